"""HTTP/1.1 on a socket: so many connections and no more, and an end that waits for what is being answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import h11

from local.http.connection import Application, Connection, as_bytes
from local.http.limits import Limits
from local.http.refusals import refusal


class HttpServer:
    """Serves one application on one address."""

    def __init__(self, application: Application, limits: Limits) -> None:
        self._application = application
        self._limits = limits
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._reserved = 0

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
        """Answer requests meanwhile; gives address and port. Raises OSError when the address is not to be had."""
        server = await asyncio.start_server(self._accept, host, port)
        try:
            address, given_port, *_ = server.sockets[0].getsockname()
            yield address, given_port
        finally:
            server.close()
            await self._stop()

    async def _stop(self) -> None:
        for task, connection in self._connections.items():
            connection.is_last = True
            if connection.is_idle:
                task.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=self._limits.stop_seconds)
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Without a buffer of its own, `drain` ends when the system has the last byte: nothing outlives its time limit.
        writer.transport.set_write_buffer_limits(0)
        if len(self._connections) >= self._limits.connections:
            full = refusal(503, "too many connections; try again in a moment", retry_after=1)
            writer.write(as_bytes(h11.Connection(h11.SERVER), full, method=b"GET", last=True))
            writer.close()
            return
        connection = Connection(reader, writer, self._application, self._limits, self._reserve)
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = connection
        try:
            with suppress(OSError, asyncio.CancelledError):
                await connection.serve()
        finally:
            del self._connections[task]
            writer.transport.abort()

    def _reserve(self, size: int) -> bool:
        if size > 0 and self._reserved + size > self._limits.bodies_bytes:
            return False
        self._reserved += size
        return True
