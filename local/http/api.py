"""The HTTP API on this machine: real requests as API Gateway events to the deployed functions."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from urllib.parse import unquote_to_bytes

from local.errors import InvocationFailed
from local.http.connection import Head
from local.http.gateway import combined, forward
from local.http.limits import DEFAULT_LIMITS, Limits
from local.http.refusals import refusal
from local.http.response import Response
from local.http.server import HttpServer
from local.http.web_pages import refusal_of
from local.stack import EmbeddedStack

_REQUESTS_AT_ONCE = 32
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT")
"""Those of the API, each on some of its paths."""
_logger = logging.getLogger(__name__)
_BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


class HttpApi:
    """Serves the stack's API until it is told to stop. `host` is the one of `--host`, which Host may name."""

    def __init__(self, stack: EmbeddedStack, host: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self._stack = stack
        self._host = host
        self._limits = limits
        self._threads = ThreadPoolExecutor(_REQUESTS_AT_ONCE, thread_name_prefix="request")

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[str]:
        """Answer requests meanwhile; gives the URL. Raises OSError when the address is not to be had."""
        try:
            async with HttpServer(self, self._limits).listening(self._host, port) as (address, given_port):
                yield f"http://{f'[{address}]' if ':' in address else address}:{given_port}"
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def refuse(self, head: Head) -> Response | None:
        """What is wrong with a request for whatever function it is, if anything is."""
        hosts = head.values("host")
        if len(hosts) != 1:
            return refusal(400, "a request should have one Host header")
        authority, path, query = _split(head.target)
        authorities = hosts if authority is None else [*hosts, authority]
        headers = combined(head.headers)
        if refused := refusal_of(head.method, authorities, headers, served_host=self._host, address=head.address):
            return refused
        if not path.startswith("/") and not _is_about_all(head):
            return refusal(400, "the target of a request should be a path, such as /v1/health")
        if _BROKEN_ESCAPE.search(head.target) or not _is_utf8(path) or not _is_utf8(query):
            return refusal(400, "the path or the query has a % that does not begin an escaped byte of UTF-8")
        return None

    async def answer(self, head: Head, body: bytes) -> Response:
        """The response of the function that the request is routed to."""
        if _is_about_all(head):
            return Response(204, {"allow": ", ".join(_METHODS)}, b"")
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._forward, head, body)
        except InvocationFailed as failed:
            return refusal(500, str(failed))
        except Exception:
            _logger.exception("a request could not be forwarded")
            return refusal(500, "something failed in this server; its standard error says what")

    def _forward(self, head: Head, body: bytes) -> Response:
        _, path, query = _split(head.target)
        return forward(self._stack, head.method, path, query, combined(head.headers), body, source_ip=head.client)


def _is_about_all(head: Head) -> bool:
    """Whether a client asks what the server takes, whatever the path (RFC 9110, 9.3.7)."""
    return head.method == "OPTIONS" and head.target == "*"


def _split(target: str) -> tuple[str | None, str, str]:
    """The authority of an absolute target, the path and the query, as they were sent."""
    authority = None
    if match := re.match("https?://([^/?#]*)", target, re.IGNORECASE):
        authority, target = match[1], target[match.end() :]
        if not target.startswith("/"):
            target = f"/{target}"
    path, _, query = target.partition("?")
    return authority, path, query


def _is_utf8(escaped: str) -> bool:
    try:
        unquote_to_bytes(escaped).decode()
    except UnicodeDecodeError:
        return False
    return True
