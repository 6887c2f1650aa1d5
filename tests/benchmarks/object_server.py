"""A bucket over HTTP that takes a while to answer, in a process of its own: what S3 is to the reader, and no more.

It serves from memory, checks no signature and speaks HTTP/1.1 as raw as a protocol of asyncio can be, so that on a
machine with two processors it takes as little of the reader's as possible. How much it took is asked for by `stop`.
"""

import asyncio
import bisect
import multiprocessing
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

LATENCY_SECONDS = 0.020
_PAGE = 1_000
_TICK_SECONDS = 0.001


class _Bucket:
    def __init__(self, objects: Mapping[str, bytes]) -> None:
        self._objects = {key.encode(): body for key, body in objects.items()}
        self._keys = sorted(self._objects)
        self._due: deque[tuple[float, asyncio.Transport, bytes]] = deque()

    def answer(self, transport: asyncio.Transport, target: bytes) -> None:
        path, _, query = target.partition(b"?")
        response = self._list(query.decode()) if query else self._get(path.split(b"/", 2)[2])
        self._due.append((time.monotonic() + LATENCY_SECONDS, transport, response))

    async def send(self) -> None:
        while True:
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                _, transport, response = self._due.popleft()
                transport.write(response)
            await asyncio.sleep(_TICK_SECONDS)

    def _get(self, key: bytes) -> bytes:
        body = self._objects.get(key)
        if body is None and b"%" in key:
            body = self._objects.get(unquote(key.decode()).encode())
        if body is None:
            return _response(b"404 Not Found", b"<Error><Code>NoSuchKey</Code></Error>")
        return _response(b"200 OK", body)

    def _list(self, query: str) -> bytes:
        asked = parse_qs(query)
        prefix = asked.get("prefix", [""])[0].encode()
        begin = bisect.bisect_left(self._keys, asked.get("continuation-token", [""])[0].encode() or prefix)
        page = [key for key in self._keys[begin : begin + _PAGE] if key.startswith(prefix)]
        following = self._keys[begin + _PAGE : begin + _PAGE + 1]
        more = bool(following) and following[0].startswith(prefix)
        token = f"<NextContinuationToken>{escape(following[0].decode())}</NextContinuationToken>" if more else ""
        contents = "".join(f"<Contents><Key>{escape(key.decode())}</Key></Contents>" for key in page)
        return _response(
            b"200 OK",
            f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}{contents}</ListBucketResult>".encode(),
        )


class _Protocol(asyncio.Protocol):
    def __init__(self, bucket: _Bucket) -> None:
        self._bucket = bucket
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        while (end := received.find(b"\r\n\r\n")) >= 0:
            self._bucket.answer(self._transport, received[4 : received.index(b" ", 4)])
            received = received[end + 4 :]
        self._received = received


def _response(status: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 %b\r\nServer: AmazonS3\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


class ObjectServer:
    """Where the bucket is served, and what that takes of the machine."""

    def __init__(self, url: str, pipe: Connection) -> None:
        self.url = url
        self._pipe = pipe

    def cpu_seconds(self) -> float:
        """Processor time of the server until now."""
        self._pipe.send("cpu")
        seconds: float = self._pipe.recv()
        return seconds


@contextmanager
def served(objects: Mapping[str, bytes]) -> Iterator[ObjectServer]:
    """Serve the objects until the end of the block. The process has no threads yet: it is forked."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(theirs, objects), daemon=True)
    process.start()
    try:
        yield ObjectServer(ours.recv(), ours)
    finally:
        process.kill()
        process.join()


def _serve(pipe: Connection, objects: Mapping[str, bytes]) -> None:
    asyncio.run(_serve_for_ever(pipe, _Bucket(objects)))


async def _serve_for_ever(pipe: Connection, bucket: _Bucket) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Protocol(bucket), "127.0.0.1", 0, backlog=1024)
    loop.add_reader(pipe.fileno(), lambda: pipe.send(time.process_time()) if pipe.recv() else None)
    pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await bucket.send()
