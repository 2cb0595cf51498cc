"""WARC: the HTML pages of a crawl, streamed; other records are left out, by what they are."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar

from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.sources.base import BadRecord, LeftOut, Read
from pipeline.sources.fetch import Fetching
from pipeline.sources.files import Paths, find_files, read_each
from pipeline.sources.html_page import PAYLOAD, Extractor, Page
from pipeline.sources.html_pages import Pages, extraction
from pipeline.sources.parts import UNREADABLE, DamagedFileError, Part

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

_LARGEST_PAGE = 16 * 2**20
"""Bytes, packed and unpacked."""
_HTML = frozenset(("text/html", "application/xhtml+xml"))
_DIGESTS = frozenset(("md5", "sha1", "sha256", "sha512"))
_RESPONSE = 4
_KINDS = {
    2: "warcinfo", 8: "resource", 16: "request", 32: "metadata", 64: "revisit", 128: "conversion",
    256: "continuation",
}  # fmt: skip
"""What fastwarc's numbers of record types mean; its enumeration has no names."""


@dataclass(config=PLUGIN)
class WarcSource(Fetching):
    """WARC files, packed or not: the responses with status 200 that are HTML, each extracted as
    `HtmlSource` does. `crawl_date` takes the day of the crawl for the date of a page without one.
    """

    path: Paths
    patterns: Sequence[str] = ("**/*.warc", "**/*.warc.*")
    extractor: Extractor = "trafilatura"
    crawl_date: bool = False
    deadline: PositiveFloat = 20.0
    workers: PositiveInt | None = None

    performance_fields: ClassVar[frozenset[str]] = Fetching.performance_fields | {
        "deadline", "workers"
    }  # fmt: skip

    def identity(self) -> Mapping[str, str]:
        return {"reader": "warc-1", "extraction": extraction(self.extractor)}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Read]:
        try:
            yield from self._pages.read(read_each(self.files(), self._records, self))
        finally:
            self._pages.close()

    def read_part(self, part: Part) -> Iterator[Read]:
        """The articles of a WARC file."""
        yield from self._pages.read(self._records(part))

    @cached_property
    def _pages(self) -> Pages:
        return Pages(self.extractor, self.workers, self.deadline)

    def _records(self, part: Part) -> Iterator[Page | BadRecord | LeftOut]:
        from fastwarc.warc import ArchiveIterator

        number = 0
        try:
            with part.open() as file:
                stream = _Stream(file)
                for record in ArchiveIterator(stream, parse_http=False, stream_detect=False):
                    read = self._read(record, f"{part.name}: record {number + 1}")
                    number += 1
                    yield read
                if stream.error is not None:
                    raise stream.error
        except UNREADABLE as error:
            reason = f"not readable as WARC after record {number}: {error}; mend or fetch it anew"
            raise DamagedFileError(part.name, reason, error) from error

    def _read(self, record: WarcRecord, where: str) -> Page | BadRecord | LeftOut:
        """What a record is.

        Raises:
            EOFError: the file ends within it.
        """
        try:
            reason = _why_not(record)
            flaw = None
        except (OSError, ValueError) as error:
            reason, flaw = "", error
        length = record.content_length
        body = record.reader.read(_LARGEST_PAGE + 1) if reason is None else b""
        if len(body) + record.consume() < length or "Content-Length" not in record.headers:
            raise EOFError("the file ends within the next one")
        if flaw is not None:
            reason = f"broken HTTP headers: {flaw}; remove the record"
            return BadRecord.of(where, "", reason, flaw)
        if reason is not None:
            return LeftOut(where, reason)
        return self._page(record, where, body)

    def _page(self, record: WarcRecord, where: str, body: bytes) -> Page | BadRecord:
        headers = record.http_headers
        plain = body
        if (headers.get("Transfer-Encoding") or "").strip().lower() == "chunked":
            plain = _unpacked(plain, "chunked")
        if not _is_whole((body, plain), record.headers.get("WARC-Payload-Digest")):
            payload = body[:PAYLOAD].decode("utf-8", "backslashreplace")
            reason = f"{where}: not what its WARC-Payload-Digest says; fetch the file anew"
            return BadRecord(where, payload, reason, "ValueError: wrong digest")
        plain = _unpacked(plain, (headers.get("Content-Encoding") or "").strip().lower())
        if len(plain) > _LARGEST_PAGE:
            payload = plain[:PAYLOAD].decode("utf-8", "backslashreplace")
            reason = f"{where}: over {_LARGEST_PAGE >> 20} MB, not one article; remove the record"
            return BadRecord(where, payload, reason, "ValueError: too large")
        url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
        day = record.headers.get("WARC-Date") if self.crawl_date else None
        return Page(where, plain, url or None, record.http_charset, day)


def _why_not(record: WarcRecord) -> str | None:
    """Why a record is no page to read; None if it is one.

    Raises:
        OSError: its HTTP headers are broken.
    """
    kind = int(record.record_type)
    if kind != _RESPONSE:
        return _KINDS.get(kind, "unknown record")
    if not record.is_http:
        return "not http"
    record.parse_http()
    status = record.http_headers.status_code
    if status is None:
        raise ValueError("no status")
    if status != 200:
        return f"status {status}"
    named = record.http_content_type or record.headers.get("WARC-Identified-Payload-Type") or ""
    return None if named.partition(";")[0].strip().lower() in _HTML else "not html"


def _is_whole(bodies: Sequence[bytes], digest: str | None) -> bool:
    """Whether a digest such as `sha1:BASE32` is that of one of the `bodies`: some crawlers take it
    before they unpack, some after. One that is not known says nothing."""
    algorithm, _, given = (digest or "").strip().partition(":")
    algorithm = algorithm.lower().replace("-", "")
    if algorithm not in _DIGESTS or not given:
        return True
    for body in bodies:
        raw = hashlib.new(algorithm, body, usedforsecurity=False)
        if given.lower() in (raw.hexdigest(), base64.b32encode(raw.digest()).decode().lower()):
            return True
    return False


def _unpacked(data: bytes, encoding: str) -> bytes:
    """The data without an encoding of HTTP, up to a byte more than a page may have; as they are
    where they have none, which crawlers that unpack leave in the headers."""
    from fastwarc import stream_io

    file = BytesIO(data)
    try:
        match encoding:
            case "chunked":
                return stream_io.ChunkedReader(file).read(_LARGEST_PAGE + 1)
            case "gzip" | "x-gzip":
                return stream_io.GzipReader(file).read(_LARGEST_PAGE + 1)
            case "deflate":
                return stream_io.GzipReader(file, zlib=True).read(_LARGEST_PAGE + 1)
            case "br":
                return stream_io.BrotliReader(file).read(_LARGEST_PAGE + 1)
            case "zstd":
                return stream_io.ZstdReader(file).read(_LARGEST_PAGE + 1)
            case _:
                return data
    except (OSError, ValueError):
        return data


class _Stream:
    """A file that ends where it breaks off, after all that comes before."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._read = getattr(file, "read1", file.read)
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            data: bytes = self._read(size)
        except UNREADABLE as error:
            self.error = error
            return b""
        return data

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def close(self) -> None:
        self._file.close()
