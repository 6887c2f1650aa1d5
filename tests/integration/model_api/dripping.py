"""A model API on a raw socket that sends what it is told to, and then a little now and then, for much too long."""

import gzip
import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

SECONDS_BETWEEN_DRIPS = 0.1

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
JSON_HEAD = HEAD.replace(b"text/event-stream", b"application/json")
ERROR_HEAD = JSON_HEAD.replace(b"200 OK", b"529 Overloaded")


def event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


PING = event("ping")
START = event(
    "message_start",
    message={
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 500, "output_tokens": 1},
    },
)
TEXT = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "An answer."})
DELTA = event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 3})
STOP = event("message_stop")


def chunked(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


def zipped(body: bytes) -> bytes:
    return gzip.compress(body)


def read_request(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    while length and len(body) < int(length[1]):
        body += connection.recv(65_536)


@contextmanager
def server(first: bytes, drip: bytes | Iterator[bytes] = b"", *, silent: bool = False) -> Iterator[str]:
    """Gives the URL of a server that sends `first` to each request, and then of `drip` again and again.

    A bytes is sent whole with each drip; an iterator gives a drip at a time. A silent one reads no request.
    """
    ended = Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            if not silent:
                read_request(connection)
            connection.sendall(first)
            drips = iter(lambda: drip, None) if isinstance(drip, bytes) else drip
            for piece in drips:
                if not piece or ended.wait(SECONDS_BETWEEN_DRIPS):
                    break
                connection.sendall(piece)
            ended.wait()

    def accept() -> None:
        with suppress(OSError):
            while True:
                Thread(target=answer, args=[listener.accept()[0]], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def slow_reader() -> Iterator[str]:
    """Gives the URL of a server that reads some of the first request now and then, and answers nothing."""
    ended = Event()

    def read() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                while connection.recv(64 * 1024) and not ended.wait(SECONDS_BETWEEN_DRIPS):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        reading = Thread(target=read)
        reading.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)
            reading.join()
