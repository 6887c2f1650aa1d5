"""AWS requests of a function's process, answered by the process that started it over a pipe that only these two have.

A server on a port would give the secrets to every program of this machine, and to every web page that is open on it.
A frame is one line of JSON and then the body as it is. Requests have numbers: many are under way at once, and none
waits for the answer of another.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from threading import Lock, Thread
from typing import Any

from botocore import handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

_SECONDS_FOR_AN_ANSWER = 60
# Those of all invocations that a function's process runs at once.
_REQUESTS_AT_ONCE = 256


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Respond = Callable[[AWSPreparedRequest], Answer]


class AwsPipe:
    """A function's end: what botocore would send to AWS goes into the pipe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._numbers = count()
        self._waiting: dict[int, Future[Answer]] = {}
        self._closed = False
        self._lock = Lock()

    def install(self) -> None:
        """Serve every client of this process that is made from now on."""
        handlers.BUILTIN_HANDLERS.append(("before-send", self))
        Thread(target=self._receive, name="aws-answers", daemon=True).start()

    def __call__(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Send a request and wait for its answer.

        Raises EndpointConnectionError when the other process has ended, ReadTimeoutError when it does not answer.
        """
        number = next(self._numbers)
        future: Future[Answer] = Future()
        frame = {
            "number": number,
            "method": request.method,
            "url": request.url,
            "headers": [(name, _text(value)) for name, value in request.headers.items()],
        }
        try:
            self._send(future, number, _framed(frame, _content(request.body)))
            answer = future.result(_SECONDS_FOR_AN_ANSWER)
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except (EOFError, OSError) as error:
            raise EndpointConnectionError(endpoint_url=request.url, error=error) from error
        finally:
            self._waiting.pop(number, None)
        headers = HTTPHeaders.from_pairs(answer.headers.items())
        return AWSResponse(request.url, answer.status, headers, _Body(answer.body))

    def _send(self, future: "Future[Answer]", number: int, frame: bytes) -> None:
        with self._lock:
            if self._closed:
                raise EOFError("the pipe is closed")
            self._waiting[number] = future
            self._connection.send_bytes(frame)

    def _receive(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                frame, body = _parsed(self._connection.recv_bytes())
                if future := self._waiting.pop(frame["number"], None):
                    future.set_result(Answer(frame["status"], frame["headers"], body))
        with self._lock:
            self._closed = True
            orphans, self._waiting = self._waiting, {}
        for future in orphans.values():
            future.set_exception(EOFError("the pipe is closed"))


def answer_requests(connection: Connection, respond: Respond) -> None:
    """The other end: answer what comes, each request in a thread of its own, until the function's process ends."""
    sending = Lock()

    def answer(message: bytes) -> None:
        frame, body = _parsed(message)
        answered = _answer(respond, frame, body)
        head = {"number": frame["number"], "status": answered.status, "headers": dict(answered.headers)}
        with sending, suppress(OSError):
            connection.send_bytes(_framed(head, answered.body))

    threads = ThreadPoolExecutor(_REQUESTS_AT_ONCE, thread_name_prefix="aws-request")
    with suppress(EOFError, OSError):
        while True:
            threads.submit(answer, connection.recv_bytes())
    threads.shutdown(wait=True)
    connection.close()


def _answer(respond: Respond, frame: Mapping[str, Any], body: bytes) -> Answer:
    headers = HTTPHeaders.from_pairs(frame["headers"])
    try:
        return respond(AWSPreparedRequest(frame["method"], frame["url"], headers, body, stream_output=False))
    except Exception as error:
        # An answer that never comes would be worse; botocore shows the text and may retry, as it does with AWS.
        text = json.dumps({"__type": "InternalFailure", "message": f"{type(error).__name__}: {error}"})
        return Answer(500, {}, text.encode())


class _Body(io.BytesIO):
    """A response's body as botocore reads it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def _framed(frame: Mapping[str, Any], body: bytes) -> bytes:
    return json.dumps(frame).encode() + b"\n" + body


def _parsed(message: bytes) -> tuple[dict[str, Any], bytes]:
    line, _, body = message.partition(b"\n")
    frame: dict[str, Any] = json.loads(line)
    return frame, body


def _content(body: Any) -> bytes:
    content = body.read() if hasattr(body, "read") else body
    return content.encode() if isinstance(content, str) else bytes(content or b"")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
