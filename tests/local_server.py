"""Small HTTP servers in this process that answer, or misbehave, to order."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], object]
Behave = Callable[[dict[str, Any], int], Answer]
Page = tuple[int, dict[str, str], Iterable[bytes]] | Callable[[Callable[[bytes], object]], None]


def failed(status: int, message: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, {"error": {"message": message}}


class Server:
    """`behave` is given a request's body and how many came before with the same prompt or state;
    what it returns is answered: status, headers, and an object or the very bytes."""

    def __init__(self, behave: Behave) -> None:
        self.behave = behave
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []
        lock, seen = threading.Lock(), dict[str, int]()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(handler) -> None:  # noqa: N805
                body = json.loads(handler.rfile.read(int(handler.headers["content-length"])))
                prompt = json.dumps(body.get("messages", body.get("prompt", body.get("state"))))
                with lock:
                    before = seen.get(prompt, 0)
                    seen[prompt] = before + 1
                    self.requests.append(body)
                    self.paths.append(handler.path)
                    self.keys.append(handler.headers.get("authorization"))
                status, headers, answer = self.behave(body, before)
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                handler.send_response(status)
                for name, value in {"content-length": str(len(content)), **headers}.items():
                    handler.send_header(name, value)
                handler.end_headers()
                handler.wfile.write(content)

            def log_message(handler, *_: object) -> None:  # noqa: N805
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class Pages:
    """Answers GET: what `pages` holds under a path is a status, headers and the pieces of a body,
    or writes the bytes of an answer itself. `seen` are path and headers of each request, and
    `closing` is set at the end, for those who dawdle."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.seen: list[tuple[str, Mapping[str, str]]] = []
        self.closing = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(handler) -> None:  # noqa: N805
                self.seen.append((handler.path, {k.lower(): v for k, v in handler.headers.items()}))
                page = self.pages.get(handler.path, (404, {}, ()))
                handler.close_connection = True
                with suppress(OSError):  # whoever asked has gone
                    if callable(page):
                        page(handler.wfile.write)
                        return
                    status, headers, body = page
                    handler.send_response(status)
                    for name, value in {"connection": "close", **headers}.items():
                        handler.send_header(name, value)
                    handler.end_headers()
                    for piece in body:
                        handler.wfile.write(piece)

            def log_message(handler, *_: object) -> None:  # noqa: N805
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._http.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()

    def paths(self) -> list[str]:
        return [path for path, _ in self.seen]

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
