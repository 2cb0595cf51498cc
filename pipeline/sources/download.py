"""One GET over HTTP, within limits: from public addresses, in a time, of a size. Knows nothing of
what is fetched."""

from __future__ import annotations

import gzip
import ssl
import tempfile
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import IO

import httpcore2
import httpx2

from pipeline.core.secrets import redacted
from pipeline.core.version import __version__
from pipeline.sources.connections import Backend, NotPublicError

MOST_REDIRECTS = 5

_PIECE = 2**16

_REFUSED = {
    401: "it wants a user and a password: https://USER:PASSWORD@...",
    403: "it gives this to nobody, or not to programs",
    404: "check source.path",
    410: "it is gone for good; take it out of source.path",
    429: "it was asked too often; wait",
}


class DownloadError(Exception):
    """There is no answer, or none that may be taken: why, with the way out and without secrets."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came, from where in the end: a body of `None` says that it is the one known already."""

    body: IO[bytes] | None
    url: httpx2.URL
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one download: seconds for all of it, bytes as they come and unpacked, and whether
    addresses that are not public may be asked."""

    seconds: float
    max_mb: int
    allow_private: bool


def download(url: str, limits: Limits, headers: Mapping[str, str], packed: bool = False) -> Answer:
    """The body of a URL, unpacked; with `packed`, a gzip file stays one. `headers` may make the
    request conditional.

    Raises:
        DownloadError: as it says.
    """
    sent = {"User-Agent": f"dateline/{__version__}", "Accept-Encoding": "gzip", **headers}
    backend = Backend(time.monotonic() + limits.seconds, limits.allow_private)
    try:
        with httpx2.Client(transport=_Transport(backend), trust_env=False) as client:
            request = client.build_request("GET", url, headers=sent)
            for _ in range(MOST_REDIRECTS + 1):
                response = client.send(request, stream=True)
                try:
                    if response.has_redirect_location:
                        request = _next(response)
                        continue
                    return _answer(response, limits, packed, conditional=bool(headers))
                finally:
                    response.close()
        raise DownloadError(f"more than {MOST_REDIRECTS} redirects; give the last address")
    except NotPublicError as error:
        raise DownloadError(str(error)) from None
    except httpx2.TimeoutException:
        raise DownloadError(
            f"not all of it came within source.seconds={limits.seconds:g}; raise it or try later"
        ) from None
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        reason = redacted(" ".join(str(error).split()) or type(error).__name__)
        raise DownloadError(f"{reason}; check source.path and the network") from None
    except OSError as error:
        raise DownloadError(f"cannot be kept for now: {error.strerror or error}") from error


def _next(response: httpx2.Response) -> httpx2.Request:
    if response.next_request is None:
        raise DownloadError("redirects to what is no URL")
    return response.next_request


def _answer(response: httpx2.Response, limits: Limits, packed: bool, conditional: bool) -> Answer:
    status = response.status_code
    if status == 304 and conditional:
        return Answer(None, response.url, response.headers)
    if status != 200:
        way = _REFUSED.get(status, "try later" if status >= 500 else "check source.path")
        raise DownloadError(f"{status} {response.reason_phrase[:80]}; {way}")
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise DownloadError(f"answers with Content-Encoding {encoding[:80]!r}, which was not asked")
    body = _kept(response.iter_raw(_PIECE), limits)
    if "gzip" in encoding and not packed:
        body = _unpacked(body, limits)
    return Answer(body, response.url, response.headers)


def _kept(pieces: Iterable[bytes], limits: Limits) -> IO[bytes]:
    """The pieces as a file, if they are not too many."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (the caller's to close)
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > limits.max_mb * 10**6:
                raise DownloadError(f"over source.max_mb={limits.max_mb}; raise it")
            file.write(piece)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _unpacked(packed: IO[bytes], limits: Limits) -> IO[bytes]:
    with packed, gzip.GzipFile(fileobj=packed) as file:
        try:
            return _kept(iter(lambda: file.read(_PIECE), b""), limits)
        except (OSError, EOFError, zlib.error) as error:
            raise DownloadError(f"broken gzip ({error}); try later") from error


class _Transport(httpx2.HTTPTransport):
    """HTTP and HTTPS over connections of `backend`, whatever proxies the environment names."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(verify=_trusted())
        assert isinstance(self._pool, httpcore2.ConnectionPool)  # else it would not be replaced
        self._pool = httpcore2.ConnectionPool(_trusted(), network_backend=backend)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.scheme not in ("http", "https"):
            raise DownloadError(f"leads to a {request.url.scheme}: URL; only http and https count")
        return super().handle_request(request)


@cache
def _trusted() -> ssl.SSLContext:
    return httpx2.create_ssl_context()
