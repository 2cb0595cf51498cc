"""JSON over HTTP with retries, for whatever asks a server; knows nothing of what is asked."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pipeline.core.errors import ConfigError, ModelError
from pipeline.core.secrets import HIDDEN, redacted

if TYPE_CHECKING:
    import httpx2
    from tenacity import RetryCallState

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Json: TypeAlias = Mapping[str, object]

_LOG = logging.getLogger(__name__)

PATIENCE = frozenset(
    {"api_key_env", "backoff_seconds", "concurrency", "retries", "timeout_seconds"}
)
"""Fields of an engine behind a server that decide nothing of what it answers."""

_TEMPORARY = frozenset({408, 409, 425, 429})
"""Besides 5xx: timeout, conflict (of a lock), too early, too many requests (RFC 9110, 6585)."""

_REFUSED = {
    401: "the key is missing or wrong: set the environment variable {env} (engine.api_key_env)",
    403: "the key in the environment variable {env} may not do this (engine.api_key_env)",
    404: "no such model or path: see summarizer.model or topic.engine.model, and engine.url, which "
    "often ends in /v1",
}
"""What is wrong with every request alike, and the way out."""

_LONGEST_WAIT = 120.0
"""Seconds; a server that asks for more is not waited for any longer."""

_LARGEST_BODY = 16 * 2**20
_LONGEST_QUOTE = 200


class RequestError(Exception):
    """A request without a usable answer, in words that repeat no secret."""


class PassingError(RequestError):
    """One that may go well the next time; not before `after` seconds where the server says so."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


@dataclass(frozen=True)
class Endpoint:
    """Where to ask, and with how much patience. `key_env` names the environment variable with the
    key, which stays there: it is read for each request and never kept.

    Raises:
        ConfigError: `url` is not one of http or https with a host.
    """

    url: str
    key_env: str
    timeout_seconds: float
    retries: int
    backoff_seconds: float

    def __post_init__(self) -> None:
        _address(self.url)

    def __repr__(self) -> str:
        return f"Endpoint({self.shown})"

    @property
    def shown(self) -> str:
        """The URL without user, password and parameters."""
        return str(_address(self.url).copy_with(userinfo=b"", query=None, fragment=None))

    @property
    def host(self) -> str:
        """Host and, where it is not the usual one, port."""
        return _address(self.url).netloc.decode("ascii")

    def each(
        self, items: Sequence[Item], ask: Callable[[Client, Item], Answer], concurrency: int
    ) -> list[Answer]:
        """What `ask` makes of every item, in their order, `concurrency` of them at a time. What one
        of them raises, or a signal, ends the others."""
        with (
            Client(self, concurrency) as client,
            ThreadPoolExecutor(concurrency, thread_name_prefix=self.host) as pool,
        ):
            asked = [pool.submit(ask, client, item) for item in items]
            try:
                return [future.result() for future in asked]
            except BaseException:
                client.stop()
                pool.shutdown(wait=False, cancel_futures=True)
                raise


class Client:
    """An open connection pool, to send requests with, from several threads if need be. Redirects
    are not followed: the key is for this server alone."""

    def __init__(self, endpoint: Endpoint, connections: int) -> None:
        import httpx2

        self._endpoint = endpoint
        self._url = _address(endpoint.url)
        self._stop = threading.Event()
        auth = (self._url.username, self._url.password) if self._url.userinfo else None
        self._url = self._url.copy_with(userinfo=b"", fragment=None)
        self._client = httpx2.Client(
            auth=auth,
            timeout=endpoint.timeout_seconds,
            limits=httpx2.Limits(max_connections=connections),
            follow_redirects=False,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._client.close()

    def stop(self) -> None:
        """Retry nothing any more: for whoever gives up while others wait for their next turn."""
        self._stop.set()

    def post(self, path: str, body: Json, read: Callable[[Json], Answer]) -> Answer:
        """What `read` makes of the JSON object that comes back.

        A connection or answer that fails for the moment is tried again, with exponential backoff
        and jitter; so is an answer of which `read` says that it is a `PassingError`.

        Raises:
            RequestError: there is no usable answer to this request.
            ModelError: there is none to any: the key, model or path is wrong.
        """
        from tenacity import (
            Retrying,
            retry_if_exception_type,
            sleep_using_event,
            stop_after_attempt,
            stop_when_event_set,
            wait_exponential_jitter,
        )

        backoff = self._endpoint.backoff_seconds
        growing = wait_exponential_jitter(multiplier=backoff, max=_LONGEST_WAIT, jitter=backoff)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.after if isinstance(error, PassingError) else 0.0
            return min(max(asked, growing(state)), _LONGEST_WAIT)

        def say(state: RetryCallState) -> None:
            _LOG.warning(
                "%s; attempt %d of %d",
                state.outcome.exception() if state.outcome else "",
                state.attempt_number,
                self._endpoint.retries + 1,
            )

        retrying = Retrying(
            stop=stop_after_attempt(self._endpoint.retries + 1) | stop_when_event_set(self._stop),
            wait=wait,
            retry=retry_if_exception_type(PassingError),
            sleep=sleep_using_event(self._stop),
            before_sleep=say,
            reraise=True,
        )
        answer: Answer = retrying(self._once, path, body, read)
        return answer

    def _once(self, path: str, body: Json, read: Callable[[Json], Answer]) -> Answer:
        import httpx2

        where, key = self._endpoint.shown, _key(self._endpoint.key_env)
        url = self._url.copy_with(path=self._url.path.rstrip("/") + path)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        begun = time.monotonic()
        try:
            with self._client.stream("POST", url, json=body, headers=headers) as response:
                content = self._content(response, begun)
        except httpx2.TimeoutException:
            raise PassingError(
                f"{where}: no answer within engine.timeout_seconds="
                f"{self._endpoint.timeout_seconds:g}"
            ) from None
        except httpx2.RequestError as error:
            reason = _hidden(str(error) or type(error).__name__, key)
            raise PassingError(f"{where}: {type(error).__name__}: {reason}") from None
        status = response.status_code
        if status != 200:
            quoted = _hidden(_message(content), key)
            said = f"{where}: {status} {response.reason_phrase}" + (quoted and f": {quoted}")
            if status in _TEMPORARY or status >= 500:
                raise PassingError(said, _seconds(response.headers.get("retry-after")))
            if status in _REFUSED:
                raise ModelError(f"{said}; " + _REFUSED[status].format(env=self._endpoint.key_env))
            if response.is_redirect:
                raise ModelError(
                    f"{said}; redirects are not followed, set engine.url to where it leads"
                )
            raise RequestError(said)
        try:
            answer = json.loads(content)
        except ValueError:
            raise PassingError(f"{where}: the answer is not JSON") from None
        if not isinstance(answer, dict):
            raise PassingError(f"{where}: the answer is not a JSON object")
        return read(answer)

    def _content(self, response: httpx2.Response, begun: float) -> bytes:
        """The body. The library bounds the wait for each part of it, not for all nor their size."""
        parts = bytearray()
        for part in response.iter_bytes():
            parts += part
            if len(parts) > _LARGEST_BODY:
                raise PassingError(
                    f"{self._endpoint.shown}: an answer of over {_LARGEST_BODY >> 20} MB"
                )
            if time.monotonic() - begun > self._endpoint.timeout_seconds:
                raise PassingError(
                    f"{self._endpoint.shown}: the answer took longer than engine.timeout_seconds="
                    f"{self._endpoint.timeout_seconds:g}"
                )
        return bytes(parts)


def _address(text: str) -> httpx2.URL:
    import httpx2

    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError):
        url = httpx2.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError(
            f"engine.url={redacted(text)}: not the address of a server, such as "
            "http://localhost:8000/v1"
        )
    return url


def _key(name: str) -> str | None:
    """The key in the environment; its value stands in no message."""
    key = os.environ.get(name, "").strip()
    if not all(" " < character <= "~" for character in key):
        raise ModelError(f"the environment variable {name} (engine.api_key_env) holds no key")
    return key or None


def _hidden(text: str, key: str | None) -> str:
    """One short line without the key, which some servers repeat."""
    if key:
        text = text.replace(key, HIDDEN)
    line = " ".join(redacted(text).split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[: _LONGEST_QUOTE - 3]}..."


def _message(content: bytes) -> str:
    """What an error body says: OpenAI's `error.message` and its relatives, or the text itself."""
    text = content.decode("utf-8", "replace")
    try:
        found: object = json.loads(text)
    except ValueError:
        return text
    for name in ("error", "message", "detail"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    return found if isinstance(found, str) else json.dumps(found)


def _seconds(header: str | None) -> float:
    """Retry-After (RFC 9110, 10.2.3): seconds or a date; 0 for none or neither."""
    if not header:
        return 0.0
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0
