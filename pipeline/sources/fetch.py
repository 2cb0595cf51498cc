"""URLs as local files: each is fetched once, is kept in the user's cache, and is fetched again only
where the server says that it changed."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from platformdirs import user_cache_path
from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.digest import digest_of
from pipeline.core.errors import InputError
from pipeline.core.files import atomic, read_record, write_record
from pipeline.core.secrets import redacted
from pipeline.sources.base import BadRecord

if TYPE_CHECKING:
    from pipeline.sources.download import Answer

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")

_KEPT_DAYS = 60
"""Without use; a feed that is read every month is asked for what is new alone."""

_ENDINGS = frozenset(
    ".7z .atom .bz2 .csv .gz .htm .html .json .jsonl .ndjson .parquet .rdf .rss .shtml .tar .tbz2 "
    ".text .tgz .tsv .txt .txz .warc .xhtml .xlsx .xml .xz .zip .zst".split()
)
"""Of names that say which format a file has."""

_ENDING_OF = {
    "application/atom+xml": ".atom", "application/csv": ".csv", "application/feed+json": ".json",
    "application/gzip": ".gz", "application/json": ".json", "application/jsonl": ".jsonl",
    "application/ld+json": ".json", "application/rdf+xml": ".rdf", "application/rss+xml": ".rss",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/warc": ".warc", "application/x-gzip": ".gz", "application/x-ndjson": ".jsonl",
    "application/xhtml+xml": ".html", "application/xml": ".xml", "application/zip": ".zip",
    "text/csv": ".csv", "text/html": ".html", "text/plain": ".txt",
    "text/tab-separated-values": ".tsv", "text/xml": ".xml",
}  # fmt: skip
"""What a Content-Type says where the name says nothing."""


@dataclass(config=PLUGIN, kw_only=True)
class Fetching:
    """How a source fetches the URLs among its paths: a time and a size for each, and whether those
    of private networks may be asked. A source that reads files is one of these."""

    allow_private: bool = False
    max_mb: PositiveInt = 256
    seconds: PositiveFloat = 60.0
    performance_fields: ClassVar[frozenset[str]] = frozenset({"allow_private", "max_mb", "seconds"})
    _fetched: dict[str, Path | BadRecord] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def fetched(self, url: str) -> Path | BadRecord:
        """The file that the URL was fetched to, or why there is none. The server is asked once,
        however often this is."""
        if url not in self._fetched:
            try:
                self._fetched[url] = fetch(url, self)
            except InputError as error:
                shown = redacted(url)
                self._fetched[url] = BadRecord.of(shown, "", str(error), error, named=False)
        return self._fetched[url]

    @property
    def failures(self) -> list[BadRecord]:
        """The URLs that gave no file."""
        return [bad for bad in self._fetched.values() if isinstance(bad, BadRecord)]


def is_url(path: str) -> bool:
    """Whether a path is a URL, of whatever scheme."""
    return _URL.match(path) is not None


def fetch(url: str, fetching: Fetching, version: str | None = None) -> Path:
    """The file that a URL was fetched to, under a name that ends as the URL does. With a `version`,
    what was fetched of that version before is taken without asking.

    Raises:
        InputError: there is none, with the reason and the way out.
    """
    import httpx2

    from pipeline.sources.download import DownloadError, Limits, download

    shown = redacted(url)
    try:
        address = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError) as error:
        # Nobody knows where in it the password ends.
        raise InputError(f"{url.partition('/')[0]}//...: not a URL; check source.path") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise InputError(f"{shown}: only http and https URLs are fetched; check source.path")
    digest = sha256("\n".join((url, version or "")).encode()).hexdigest()[:16]
    folder = _cache() / _safe(address.netloc.decode("ascii")) / digest
    kept, asked = _known(folder)
    if kept is not None and version is not None:
        return kept
    limits = Limits(fetching.seconds, fetching.max_mb, fetching.allow_private)
    try:
        answer = download(url, limits, asked, _ending(address.path) in (".gz", ".tgz"))
    except DownloadError as error:
        raise InputError(f"{shown}: {error}") from error
    if answer.body is None and kept is not None:
        return kept
    return _keep(answer, folder, address.path)


def _keep(answer: Answer, folder: Path, path: str) -> Path:
    """The file of an answer, and beside it what to ask for the next time."""
    assert answer.body is not None
    file = folder / _name(path, answer)
    with answer.body, atomic(file, lasting=False) as out:
        shutil.copyfileobj(answer.body, out)
    with suppress(OSError):
        _cache().chmod(0o700)  # articles that others on the machine need not read
    _forget_old(folder.parent)
    validators = {
        asked: answer.headers[given]
        for asked, given in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
        if given in answer.headers
    }
    # After the file: one without it, or with that of another file, is not believed.
    record = {"name": file.name, "digest": digest_of(file), "validators": validators}
    write_record(_record(folder), record)
    return file


def _known(folder: Path) -> tuple[Path | None, Mapping[str, str]]:
    """The file that was fetched before, if it is whole, and the headers that ask for a newer."""
    record = read_record(_record(folder)) or {}
    name, digest, validators = (record.get(key) for key in ("name", "digest", "validators"))
    if not isinstance(name, str) or not isinstance(validators, dict):
        return None, {}
    file = folder / name
    try:
        if digest_of(file) != digest:
            return None, {}
    except OSError:
        return None, {}
    with suppress(OSError):
        os.utime(folder)  # in use
    return file, {str(header): str(value) for header, value in validators.items()}


def _cache() -> Path:
    chosen = os.environ.get("DATELINE_CACHE")
    return (Path(chosen).expanduser() if chosen else user_cache_path("dateline")) / "fetched"


def _record(folder: Path) -> Path:
    return folder.with_suffix(".json")


def _forget_old(host: Path) -> None:
    """Remove what was fetched of a host and not used for long."""
    oldest = time.time() - _KEPT_DAYS * 24 * 60 * 60
    for folder in host.glob("*/"):
        with suppress(OSError):
            if folder.stat().st_mtime < oldest:
                _record(folder).unlink(missing_ok=True)
                shutil.rmtree(folder)


def _name(path: str, answer: Answer) -> str:
    """A name for the file of a URL's path whose ending says its format, as far as anything does."""
    asked, last = (_safe(p.rstrip("/").rpartition("/")[2]) for p in (path, answer.url.path))
    for name in (asked, last):
        if _ending(name):
            return name
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return asked + _ENDING_OF.get(kind, "")


def _ending(name: str) -> str | None:
    ending = Path(name).suffix.lower()
    return ending if ending in _ENDINGS else None


def _safe(name: str) -> str:
    """A name for a file or a folder: its end, which says the format."""
    return re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)[-100:].lstrip(".") or "index"
