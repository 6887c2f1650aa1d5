"""The HTTP API on loopback: real requests as API Gateway events to the deployed functions."""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from local.errors import InvocationFailed
from local.http_front import Response, forward
from local.stack import EmbeddedStack

MAX_BODY_BYTES = 10 * 1024 * 1024
"""API Gateway's limit."""
_REQUESTS_AT_ONCE = 32


class HttpApi:
    """Serves the stack's API until it is told to stop."""

    def __init__(self, stack: EmbeddedStack) -> None:
        self._stack = stack
        self._threads = ThreadPoolExecutor(_REQUESTS_AT_ONCE, thread_name_prefix="request")

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[str]:
        """Answer requests meanwhile; gives the URL. Raises OSError when the address is not to be had."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:[\\s\\S]*}", self._answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            address = runner.addresses[0]
            yield f"http://{address[0]}:{address[1]}"
        finally:
            await runner.cleanup()
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, incoming: web.Request) -> web.Response:
        try:
            body = (await incoming.read()).decode()
        except web.HTTPRequestEntityTooLarge:
            return _problem(413, f"a request may have {MAX_BODY_BYTES} bytes")
        except UnicodeDecodeError:
            return _problem(400, "the body is not UTF-8")
        loop = asyncio.get_running_loop()
        try:
            response = await loop.run_in_executor(self._threads, self._forward, incoming, body)
        except InvocationFailed as failed:
            return _problem(500, str(failed))
        return web.Response(status=response.status, headers=response.headers, text=response.body)

    def _forward(self, incoming: web.Request, body: str) -> Response:
        return forward(
            self._stack,
            incoming.method,
            incoming.rel_url.raw_path,
            incoming.rel_url.raw_query_string,
            dict(incoming.headers),
            body or None,
        )


def _problem(status: int, detail: str) -> web.Response:
    document: dict[str, Any] = {"type": "about:blank", "title": "Not served", "status": status, "detail": detail}
    return web.Response(status=status, content_type="application/problem+json", text=json.dumps(document))
