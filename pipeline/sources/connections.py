"""Connections to public addresses alone, until a deadline."""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator

import httpcore2

_CONNECT_SECONDS = 10.0
"""For one address of a host: where it has several, the next one may answer."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that stand for those of IPv4 (RFC 6052)."""


class NotPublicError(Exception):
    """A host that is at no public address, with the way out."""


class Backend(httpcore2.NetworkBackend):
    """Connects to addresses that were looked at, by name only once: who answers for a name may
    answer differently the second time. Nothing outlasts the `deadline`."""

    def __init__(self, deadline: float, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            if not self._allow_private and not is_public(address):
                failure = NotPublicError(
                    f"leads to {address}, which is no public address; "
                    "source.allow_private=true allows it"
                )
                continue
            try:
                left = min(_remaining(self._deadline), _CONNECT_SECONDS)
                stream = self._backend.connect_tcp(address, port, left, None, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._deadline)
        if isinstance(failure, httpcore2.ConnectTimeout) and _is_left(self._deadline):
            failure = httpcore2.ConnectError(f"{host} does not answer")
        raise failure

    def _addresses(self, host: str, port: int) -> Iterator[str]:
        """Those of a name, by a thread, for the resolver has a patience of its own."""
        found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

        def resolve() -> None:
            try:
                entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                found.put([str(entry[4][0]) for entry in entries])
            except OSError as error:
                found.put(error)
            except UnicodeError as error:  # of a name that is none
                found.put(OSError(str(error)))

        threading.Thread(target=resolve, daemon=True).start()
        try:
            addresses = found.get(timeout=_remaining(self._deadline))
        except queue.Empty:
            raise httpcore2.ConnectTimeout from None
        if isinstance(addresses, OSError):
            raise httpcore2.ConnectError(f"{host}: {addresses.strerror or addresses}")
        yield from dict.fromkeys(addresses)


class _Stream(httpcore2.NetworkStream):
    """A connection that ends at the deadline: a library's own limit is for each read alone."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _remaining(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _remaining(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = _remaining(self._deadline)
        stream = self._stream.start_tls(ssl_context, server_hostname, left)
        return _Stream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _is_left(deadline: float) -> bool:
    return time.monotonic() < deadline


def _remaining(deadline: float) -> float:
    if not _is_left(deadline):
        raise httpcore2.ReadTimeout
    return max(deadline - time.monotonic(), 0.001)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet, and so are those of IPv4 in it."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.teredo or ip.is_site_local or ip.is_reserved:
            return False
    return ip.is_global and not ip.is_multicast
