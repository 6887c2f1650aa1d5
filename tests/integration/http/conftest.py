"""The server of `serve` on a real socket, and a client that sends bytes and reads bytes.

Behind it is no stack but a recorder of what would have reached a function: what is tested is which requests get there.
"""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from local.cloud import REGION
from local.errors import InvocationFailed
from local.http.api import HttpApi
from local.http.limits import DEFAULT_LIMITS, Limits
from local.stack import EmbeddedStack
from local.template import Route, packaged_template, routes, to_cloudformation, without_what_moto_lacks
from tests.rendered_template import SECRETS
from tests.workflow_definition import ROOT

SECONDS = 20


@pytest.fixture(scope="session")
def template_routes() -> list[Route]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)  # SAM asks it for the partition
        return routes(without_what_moto_lacks(to_cloudformation(packaged_template(ROOT), SECRETS)))


@dataclass
class Recorder:
    """In the place of a stack: has its routes, and keeps the events that its functions would get."""

    routes: list[Route]
    answer: Any = field(default_factory=lambda: {"statusCode": 200, "headers": {}, "body": ""})
    events: list[dict[str, Any]] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    def invoke(self, folder: str, event: dict[str, Any]) -> Any:
        self.events.append(event)
        assert self.may_answer.wait(SECONDS)
        if isinstance(self.answer, InvocationFailed):
            raise self.answer
        return self.answer


@dataclass(frozen=True)
class Reply:
    """One response. Names of headers are in lower case; a repeated one has several values."""

    status: int
    headers: dict[str, list[str]]
    body: bytes

    def problem(self) -> dict[str, Any]:
        """The problem that it is."""
        assert self.headers["content-type"] == ["application/problem+json"], self
        document: dict[str, Any] = json.loads(self.body)
        assert document.keys() == {"type", "title", "status", "detail"}
        assert document["type"].startswith("urn:skill-benchmark:problem:")
        assert document["status"] == self.status
        return document


class Client:
    """One connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=SECONDS)
        self._received = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self, method: str = "GET") -> Reply:
        """The next response of the connection."""
        head = self._until(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")[:-2]
        headers: dict[str, list[str]] = {}
        for name, _, value in (text.partition(": ") for text in lines):
            headers.setdefault(name.lower(), []).append(value)
        status = int(line.split(" ")[1])
        if status == 100:
            return Reply(status, headers, b"")
        bodiless = method == "HEAD" or status in {204, 304}
        size = 0 if bodiless else int(headers["content-length"][0])
        while len(self._received) < size:
            self._receive()
        body, self._received = self._received[:size], self._received[size:]
        return Reply(status, headers, body)

    def is_closed(self) -> bool:
        """Whether the server sends no more than what was read, and ends the connection."""
        try:
            return self._received == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _until(self, end: bytes) -> bytes:
        while end not in self._received:
            self._receive()
        index = self._received.index(end) + len(end)
        found, self._received = self._received[:index], self._received[index:]
        return found

    def _receive(self) -> None:
        data = self.socket.recv(65536)
        assert data, f"the connection ended after {self._received!r}"
        self._received += data


@dataclass
class Served:
    """A server, and what reached its functions."""

    recorder: Recorder
    address: tuple[str, int]
    clients: ExitStack
    stop: Callable[[], None]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.address[1]}"

    def connect(self) -> Client:
        client = Client(self.address)
        self.clients.callback(client.socket.close)
        return client

    def exchange(self, request: bytes) -> Reply:
        """Send this and nothing more, on a connection of its own, and read the response."""
        client = self.connect()
        client.send(request)
        return client.reply(request.partition(b" ")[0].decode("latin-1"))

    def send(
        self, method: str, path: str, *fields: tuple[str, str], body: bytes = b"", host: str | None = None
    ) -> Reply:
        """Send a well-formed request."""
        lines = [("host", self.host if host is None else host), *fields]
        if body:
            lines.append(("content-length", str(len(body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in lines)
        return self.exchange(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)


Serve = Callable[..., Served]


@pytest.fixture
def serve(template_routes: list[Route], caplog: pytest.LogCaptureFixture) -> Iterator[Serve]:
    """Starts servers. Whatever is sent to them, nothing of it is logged."""
    with ExitStack() as servers:

        def start(limits: Limits = DEFAULT_LIMITS, host: str = "127.0.0.1") -> Served:
            return servers.enter_context(_serving(Recorder(template_routes), limits, host))

        yield start
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.fixture
def served(serve: Serve) -> Served:
    return serve()


@contextmanager
def _serving(recorder: Recorder, limits: Limits, host: str) -> Iterator[Served]:
    loop = asyncio.new_event_loop()
    ready: asyncio.Future[str] = loop.create_future()
    stopping = asyncio.Event()

    async def run() -> None:
        async with HttpApi(cast("EmbeddedStack", recorder), host, limits).listening(0) as url:
            ready.set_result(url)
            await stopping.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()

    def stop() -> None:
        recorder.may_answer.set()
        loop.call_soon_threadsafe(stopping.set)
        thread.join(SECONDS)
        assert not thread.is_alive()

    async def url() -> str:
        return await asyncio.shield(ready)

    given = asyncio.run_coroutine_threadsafe(url(), loop).result(SECONDS)
    with ExitStack() as clients:
        try:
            yield Served(recorder, ("127.0.0.1", int(given.rpartition(":")[2])), clients, stop)
        finally:
            if thread.is_alive():
                stop()
            loop.close()
