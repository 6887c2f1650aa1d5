"""A deadline by the clock for all that a call does on the network, however its server spreads what it sends.

A timeout of an HTTP library bounds the wait for the next byte, and a server that sends one now and then is waited for
without end. Here each operation on a socket waits at most until the deadline of the call that it belongs to: while
connecting, in the handshake, in the head, in a body of any encoding, on a connection of the pool or through a proxy.
"""

import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from ssl import SSLContext
from threading import Thread
from typing import Any

import httpcore2
import httpx2

_BYTES_A_WRITE = 16 * 1024
"""The library writes a buffer in as many operations as the peer forces on it; the clock is read before each buffer."""

_until: ContextVar[float] = ContextVar("until", default=inf)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """All operations within end after this time at the latest; a deadline within another cannot extend it."""
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


def keep_deadlines(client: httpx2.Client) -> None:
    """Have each connection of the client, through a proxy or not, end with the deadline of the call that uses it."""
    # The library has the setting on its pools, and no way to hand it to them through a client.
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001
        if isinstance(transport, httpx2.HTTPTransport):
            transport._pool._network_backend = _Network()  # noqa: SLF001


def _left(timeout: float | None, late: type[httpcore2.TimeoutException]) -> float:
    left = _until.get() - time.monotonic()
    if left <= 0:
        raise late("the deadline of the call has passed")
    return left if timeout is None else min(left, timeout)


class _Network(httpcore2.NetworkBackend):
    def __init__(self) -> None:
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = _addresses(host, port, _left(timeout, httpcore2.ConnectTimeout))
        # Each address has its share of what is left, so that one that swallows packets leaves time for the next.
        for shares in range(len(addresses), 0, -1):
            share = _left(timeout, httpcore2.ConnectTimeout) / shares
            try:
                stream = self._sockets.connect_tcp(addresses[-shares], port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if shares == 1:
                    raise
            else:
                return _Stream(stream)
        raise httpcore2.ConnectError(f"{host} has no address")


def _addresses(host: str, port: int, timeout: float) -> list[str]:
    """The addresses of a host. The system's look-up knows no timeout: one that takes too long is left to itself."""
    found: Future[list[str]] = Future()

    def look_up() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result(list(dict.fromkeys(str(address[0]) for *_, address in infos)))
        except Exception as error:
            found.set_exception(error)

    Thread(target=look_up, daemon=True).start()
    try:
        return found.result(timeout)
    except TimeoutError as error:
        raise httpcore2.ConnectTimeout(f"{host} was not looked up in time") from error
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError(f"{host} cannot be looked up: {error}") from error


class _Stream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _BYTES_A_WRITE):
            piece = buffer[start : start + _BYTES_A_WRITE]
            self._stream.write(piece, _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
