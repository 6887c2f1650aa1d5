"""One connection of a client: its requests read, answered and written, each within its time and its size.

h11 speaks HTTP: it reads strictly, decodes nothing, and leaves sockets and clocks to its user.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Protocol

import h11

from local.http.limits import Limits
from local.http.refusals import refusal
from local.http.response import Response

_READ_BYTES = 64 * 1024
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_OF_THE_CONNECTION = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}
"""Headers that are not a function's to set."""


@dataclass(frozen=True)
class Head:
    """A request without its body, as it was sent. Names of headers are in lower case."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    client: str
    """Address of the client."""
    address: str
    """Address of this machine that the client has chosen."""

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


class Application(Protocol):
    """What answers requests."""

    def refuse(self, head: Head) -> Response | None:
        """The response to a request whose body need not be read."""

    async def answer(self, head: Head, body: bytes) -> Response: ...


class Refused(Exception):
    """The request is answered at once, and its connection ends."""

    def __init__(self, response: Response) -> None:
        self.response = response


class Connection:
    """Reads and writes one connection. `reserve` is asked for the memory that a body takes, and given it back."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        application: Application,
        limits: Limits,
        reserve: Callable[[int], bool],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._application = application
        self._limits = limits
        self._reserve = reserve
        self._held = 0
        self._method = b""
        # Names of headers count here and not for API Gateway, which is why this is more than its limit.
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=4 * limits.head_bytes)
        self.is_idle = True
        """Whether nobody waits for an answer."""
        self.is_last = False
        """Whether the connection ends with the request that is being answered."""

    async def serve(self) -> None:
        """Answer requests until the client or a limit ends it. Raises OSError when the client is gone."""
        while True:
            try:
                await self._answer_one()
            except Refused as refused:
                await self._send(refused.response, last=True)
                await self._linger()
                return
            except h11.RemoteProtocolError as error:
                await self._send(_of_protocol_error(error), last=True)
                await self._linger()
                return
            finally:
                self._reserve(-self._held)
                self._held = 0
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def _answer_one(self) -> None:
        request = await self._head()
        if request is None:
            self._http.send_failed()
            return
        self._method = request.method
        head = self._read(request)
        if response := self._application.refuse(head):
            raise Refused(response)
        body = await self._body(head)
        await self._send(await self._application.answer(head, body), last=self.is_last)

    async def _head(self) -> h11.Request | None:
        """The next request, or None when the client is done."""
        self.is_idle = True
        event = self._http.next_event()
        if event is h11.NEED_DATA and not self._http.trailing_data[0]:
            try:
                await self._receive(time.monotonic() + self._limits.idle_seconds)
            except TimeoutError:
                return None
            event = self._http.next_event()
        self.is_idle = False
        deadline = time.monotonic() + self._limits.head_seconds
        while event is h11.NEED_DATA:
            event = await self._next_event(deadline, "the request line and the headers")
        return event if isinstance(event, h11.Request) else None

    def _read(self, request: h11.Request) -> Head:
        """Raises Refused for a head that is too large, or that two readers could understand in two ways."""
        size = len(request.method) + len(request.target) + sum(len(value) for _, value in request.headers)
        if len(request.target) > self._limits.head_bytes:
            raise Refused(refusal(414, f"the path and the query may have {self._limits.head_bytes} bytes"))
        if size > self._limits.head_bytes:
            detail = f"the request line and the headers may have {self._limits.head_bytes} bytes together"
            raise Refused(refusal(431, detail))
        if request.http_version not in {b"1.0", b"1.1"}:
            raise Refused(refusal(505, "this server speaks HTTP/1.1"))
        if any(_CONTROL.search(value) for _, value in request.headers):
            raise Refused(refusal(400, "a header has control characters"))
        peer, own = (self._writer.get_extra_info(name) or ("", 0) for name in ("peername", "sockname"))
        headers = tuple((name.decode("ascii"), _text(value)) for name, value in request.headers)
        head = Head(request.method.decode("ascii"), request.target.decode("ascii"), headers, peer[0], own[0])
        if head.values("transfer-encoding") and head.values("content-length"):
            raise Refused(refusal(400, "a request has either Content-Length or Transfer-Encoding"))
        return head

    async def _body(self, head: Head) -> bytes:
        if sum(map(int, head.values("content-length")[:1])) > self._limits.body_bytes:
            raise Refused(self._too_large())
        if self._http.they_are_waiting_for_100_continue:
            self._writer.write(self._http.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        deadline = time.monotonic() + self._limits.body_seconds
        parts: list[bytes] = []
        while True:
            event = await self._next_event(deadline, "the body")
            if isinstance(event, h11.Data):
                parts.append(bytes(event.data))
                self._hold(len(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return b"".join(parts)

    def _hold(self, size: int) -> None:
        if self._held + size > self._limits.body_bytes:
            raise Refused(self._too_large())
        if not self._reserve(size):
            detail = "other requests fill this server's memory; try again in a moment"
            raise Refused(refusal(503, detail, retry_after=1))
        self._held += size

    def _too_large(self) -> Response:
        return refusal(413, f"a request may have {self._limits.body_bytes} bytes", kind="body-too-large")

    async def _next_event(self, deadline: float, what: str) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        event = self._http.next_event()
        if event is not h11.NEED_DATA:
            return event
        try:
            await self._receive(deadline)
        except TimeoutError as error:
            raise Refused(refusal(408, f"{what} did not come in time")) from error
        return self._http.next_event()

    async def _receive(self, deadline: float) -> None:
        async with asyncio.timeout(deadline - time.monotonic()):
            self._http.receive_data(await self._reader.read(_READ_BYTES))

    async def _send(self, response: Response, *, last: bool) -> None:
        """Write a response. Raises OSError when the client does not read it in time."""
        if self._http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        self._writer.write(as_bytes(self._http, response, method=self._method, last=last))
        async with asyncio.timeout(self._limits.send_seconds):
            await self._writer.drain()

    async def _linger(self) -> None:
        # A socket that is closed with bytes unread resets the connection, and the response is lost on the way.
        self.is_idle = True
        self._writer.write_eof()
        try:
            async with asyncio.timeout(self._limits.linger_seconds):
                while await self._reader.read(_READ_BYTES):
                    pass
        except TimeoutError:
            pass


def as_bytes(http: h11.Connection, response: Response, *, method: bytes, last: bool) -> bytes:
    """The response to a request of this method. `last` tells the client that the connection ends with it."""
    bodiless = response.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
    left_out = _OF_THE_CONNECTION | ({"content-type"} if bodiless else set())
    fields = [(name, value) for name, value in response.headers.items() if name not in left_out]
    fields += [("set-cookie", cookie) for cookie in response.cookies]
    fields.append(("date", formatdate(usegmt=True)))
    if not bodiless:
        # A function answers HEAD without the body of GET, and says how long that would have been.
        of_get = response.headers.get("content-length") if method == b"HEAD" else None
        fields.append(("content-length", of_get or str(len(response.content))))
    if last:
        fields.append(("connection", "close"))
    head = h11.Response(
        status_code=response.status,
        headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in fields],
        reason=_reason(response.status),
    )
    sent = b"" if bodiless or method == b"HEAD" else response.content
    return b"".join(http.send(event) or b"" for event in (head, h11.Data(data=sent), h11.EndOfMessage()))


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _reason(status: int) -> bytes:
    return HTTPStatus(status).phrase.encode() if status in HTTPStatus.__members__.values() else b""


def _of_protocol_error(error: h11.RemoteProtocolError) -> Response:
    if error.error_status_hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
        return refusal(431, "the request line and the headers are too large")
    if error.error_status_hint == HTTPStatus.NOT_IMPLEMENTED:
        return refusal(501, "a body may be sent with Transfer-Encoding: chunked, and with no other")
    # What h11 says shows what was sent, which is nothing for an answer to repeat.
    reason = str(error).partition(":")[0]
    return refusal(400, f"this is not HTTP/1.1: {reason}")
