"""API Gateway, embedded: HTTP requests as events to the functions of the API, and their responses back.

Payload format 2.0, as an HTTP API was seen to make it; docs/decisions.md names the captures.
"""

import base64
import json
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.errors import InvocationFailed
from local.http.response import Response
from local.stack import CALLER, TENANT, EmbeddedStack
from local.template import Route

MAX_EVENT_BYTES = 6 * 1024 * 1024
"""Of an event that invokes a function synchronously; API Gateway refuses what would be larger."""

_TEXT_TYPES = {"application/json", "application/javascript", "application/xml"}


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
    content = None if body is None else body.encode()
    fields = {"content-type": "application/json", **combined((headers or {}).items())}
    return forward(stack, method, path, query, fields, content)


def forward(
    stack: EmbeddedStack,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    source_ip: str = "127.0.0.1",
) -> Response:
    """Send one request through the API's functions. The tenant is `local` unless a header says otherwise.

    Raises InvocationFailed, naming the request, for a function that fails or answers what cannot be sent.
    """
    route = next(route for route in stack.routes if route.takes(method, decoded_path(path)))
    fields = {"x-tenant-id": TENANT, **combined(headers.items())}
    event = http_event(method, path, query, fields, body, route=route, source_ip=source_ip)
    if len(json.dumps(event)) > MAX_EVENT_BYTES:
        from local.http.refusals import refusal  # noqa: PLC0415 - the API's library of problems, which `run` has no need of

        return refusal(413, f"a request may have about {MAX_EVENT_BYTES} bytes", kind="body-too-large")
    try:
        return response_of(stack.invoke(route.folder, event))
    except InvocationFailed as failed:
        raise InvocationFailed(f"request {event['requestContext']['requestId']}: {failed}") from failed


def combined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by their names in lower case; the values of a repeated one are joined."""
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        separator = "; " if key == "cookie" else ","
        joined[key] = f"{joined[key]}{separator}{value}" if key in joined else value
    return joined


def decoded_path(path: str) -> str:
    """The path as an HTTP API routes by it: `%2F` is a slash, `%3F` begins a query, and `%25` alone stays as it is."""
    return unquote(path.replace("%25", "%2525")).partition("?")[0]


def http_event(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    route: Route | None = None,
    source_ip: str = "127.0.0.1",
) -> dict[str, Any]:
    """An event as an IAM-authenticated caller's request makes one. `path` and `query` are as they were sent."""
    now = time.time()
    raw_path = decoded_path(path)
    route_key = route.key if route else "$default"
    fields = combined(headers.items())
    cookies = fields.pop("cookie", "")
    if fields.get("content-length") == "0":
        fields.setdefault("content-type", "text/plain; charset=utf-8")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": fields,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "authorizer": {"iam": {"userArn": CALLER}},
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": method,
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip,
                "userAgent": fields.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": route_key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = [cookie for cookie in re.split("; *", cookies) if cookie]
    if query_parameters := parse_qsl(query, keep_blank_values=True):
        event["queryStringParameters"] = _joined(query_parameters)
    if path_parameters := route.parameters(raw_path) if route else {}:
        event["pathParameters"] = path_parameters
    if body:
        text = _text(fields, body)
        event["isBase64Encoded"] = text is None
        event["body"] = base64.b64encode(body).decode() if text is None else text
    return event


def response_of(answer: Any) -> Response:
    """What a function answered, as a response. Raises InvocationFailed for one that cannot be sent."""
    if not (isinstance(answer, dict) and "statusCode" in answer):
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return Response(200, {"content-type": "application/json"}, text.encode())
    try:
        headers = {str(name).lower(): _header(value) for name, value in (answer.get("headers") or {}).items()}
        body = answer.get("body") or ""
        content = base64.b64decode(body, validate=True) if answer.get("isBase64Encoded") else body.encode()
        cookies = tuple(_header(cookie) for cookie in answer.get("cookies") or ())
        response = Response(_status(answer["statusCode"]), headers, content, cookies)
    except (AttributeError, TypeError, ValueError) as error:
        raise InvocationFailed(f"the function's response cannot be sent: {error}") from error
    if content:
        headers.setdefault("content-type", "text/plain; charset=utf-8")
    return response


def _joined(parameters: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in parameters:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _text(headers: Mapping[str, str], body: bytes) -> str | None:
    """The body when it goes to a function as text: a form, for one, does not."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    encoded = headers.get("content-encoding", "identity").strip().lower() != "identity"
    if encoded or not (content_type.startswith("text/") or content_type in _TEXT_TYPES):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _header(value: Any) -> str:
    text = str(value)
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text):
        raise ValueError("a header has control characters")
    text.encode("latin-1")
    return text.strip()


def _status(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch("[0-9]{3}", value):
        value = int(value)
    if not isinstance(value, int) or not 200 <= value <= 599:
        raise ValueError(f"statusCode is {value!r}")
    return value
