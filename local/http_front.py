"""API Gateway, embedded: HTTP requests as v2 events to the functions of the API, and their responses back."""

import base64
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from local.stack import CALLER, TENANT, EmbeddedStack

MAX_EVENT_BYTES = 6 * 1024 * 1024
"""Of an event that invokes a function synchronously; API Gateway refuses what would be larger."""


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


def request(
    stack: EmbeddedStack,
    method: str,
    path: str,
    *,
    query: str = "",
    headers: dict[str, str] | None = None,
    body: str | None = None,
) -> Response:
    """As `forward`, of this program itself: the body is JSON."""
    return forward(stack, method, path, query, {"content-type": "application/json", **(headers or {})}, body)


def forward(
    stack: EmbeddedStack, method: str, path: str, query: str, headers: dict[str, str], body: str | None
) -> Response:
    """Send one request through the API's functions. The tenant is `local` unless a header says otherwise."""
    event = http_event(method, path, query, {"x-tenant-id": TENANT, **headers}, body)
    route = next(route for route in stack.routes if route.takes(method, path))
    if len(json.dumps(event)) > MAX_EVENT_BYTES:
        return _too_large()
    answer = stack.invoke(route.folder, event)
    text = answer.get("body") or ""
    if answer.get("isBase64Encoded"):
        text = base64.b64decode(text).decode()
    return Response(answer["statusCode"], {key.lower(): value for key, value in answer["headers"].items()}, text)


def _too_large() -> Response:
    """What the gateway itself answers, before any function is asked."""
    detail = f"a request may have about {MAX_EVENT_BYTES} bytes"
    document = {"type": "about:blank", "title": "Request Entity Too Large", "status": 413, "detail": detail}
    return Response(413, {"content-type": "application/problem+json"}, json.dumps(document))


def http_event(method: str, path: str, query: str, headers: dict[str, str], body: str | None) -> dict[str, Any]:
    """An API Gateway HTTP API event, payload format 2.0, as an IAM-authenticated caller's request makes one."""
    now = time.time()
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": query,
        "queryStringParameters": dict(parse_qsl(query, keep_blank_values=True)) or None,
        "headers": {key.lower(): value for key, value in headers.items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "authorizer": {"iam": {"userArn": CALLER}},
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent", "local"),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": f"{method} {path}",
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "body": body,
        "isBase64Encoded": False,
    }
