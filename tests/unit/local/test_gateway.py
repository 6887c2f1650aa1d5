"""Payload format 2.0: what API Gateway makes of a request and of a function's answer.

The expected values are from captures of a deployed HTTP API that others have published (docs/decisions.md names them).
"""

import base64
import re
from typing import Any

import pytest

from local.errors import InvocationFailed
from local.http.gateway import combined, http_event, response_of
from local.template import Route


def event(
    path: str = "/v1/skills",
    query: str = "",
    headers: list[tuple[str, str]] | None = None,
    body: bytes = b"",
    method: str = "POST",
    route: Route | None = None,
) -> dict[str, Any]:
    return http_event(method, path, query, combined(headers or []), body, route=route)


def test_a_request_as_it_was_captured() -> None:
    """github.com/hotsock/voker, vokerhttp/testdata: sent to a deployed HTTP API, and logged by its function."""
    captured = event(
        "/capture/space%20value",
        "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty=",
        [
            ("Accept", "*/*"),
            ("Content-Type", "application/json"),
            ("Cookie", "session=abc123; theme=dark"),
            ("User-Agent", "curl/8.7.1"),
            ("X-Voker-Probe", "first"),
            ("X-Voker-Probe", "second"),
        ],
        '{"unicode":"lambda-λ"}'.encode(),
    )
    context = captured.pop("requestContext")
    assert captured == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/capture/space value",
        "rawQueryString": (
            "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty="
        ),
        "cookies": ["session=abc123", "theme=dark"],
        "headers": {
            "accept": "*/*",
            "content-type": "application/json",
            "user-agent": "curl/8.7.1",
            "x-voker-probe": "first,second",
        },
        "queryStringParameters": {
            "empty": "",
            "encodedPlus": "a+b",
            "literalPlus": "a b",
            "redirect": "https://example.com/a/b",
            "repeat": "one,two",
        },
        "body": '{"unicode":"lambda-λ"}',
        "isBase64Encoded": False,
    }
    assert context["http"] == {
        "method": "POST",
        "path": "/capture/space value",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "curl/8.7.1",
    }
    assert (context["routeKey"], context["stage"]) == ("$default", "$default")
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["time"])


@pytest.mark.parametrize(
    ("sent", "raw_path"),
    [
        ("/a%2Fb", "/a/b"),
        ("/a%20b+c", "/a b+c"),
        ("/%E2%98%95%20Coffee", "/☕ Coffee"),
        ("/a%252Eb", "/a%252Eb"),
        ("/a%25", "/a%25"),
        ("/users/me%3Fadmin=true", "/users/me"),
        ("/a%23b", "/a#b"),
        ("/a/", "/a/"),
        ("//a/../b", "//a/../b"),
    ],
)
def test_the_path_is_decoded(sent: str, raw_path: str) -> None:
    made = event(sent)
    assert (made["rawPath"], made["requestContext"]["http"]["path"]) == (raw_path, raw_path)


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("", None),
        ("a", {"a": ""}),
        ("a=", {"a": ""}),
        ("a=1&b=2&a=3", {"a": "1,3", "b": "2"}),
        ("a=1,2&a=3", {"a": "1,2,3"}),
        ("a=&a=", {"a": ","}),
        (
            "q=Hello%20World&tag=C%23%20Programming&tag=.NET%20Core",
            {"q": "Hello World", "tag": "C# Programming,.NET Core"},
        ),
        ("a=b=c", {"a": "b=c"}),
        ("A=1&a=2", {"A": "1", "a": "2"}),
    ],
)
def test_the_query_is_kept_as_sent_and_decoded_beside_it(query: str, parameters: dict[str, str] | None) -> None:
    made = event(query=query)
    assert made["rawQueryString"] == query
    assert made.get("queryStringParameters") == parameters


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        *[(kind, True) for kind in ("application/json", "application/javascript", "application/xml", "text/plain")],
        *[(kind, True) for kind in ("text/csv", "Application/JSON; charset=utf-8", "text/anything")],
        *[(kind, False) for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x")],
        *[(kind, False) for kind in ("application/octet-stream", "image/png", "application/problem+json", "")],
    ],
)
def test_a_body_is_text_for_some_content_types(content_type: str, is_text: bool) -> None:
    """github.com/ministackorg/ministack/pull/766 lists what a deployed HTTP API does: a form is not text."""
    made = event(headers=[("content-type", content_type)] if content_type else [], body=b"a=1")
    assert made["isBase64Encoded"] is not is_text
    assert made["body"] == ("a=1" if is_text else base64.b64encode(b"a=1").decode())


@pytest.mark.parametrize("field", [("content-encoding", "gzip"), ("x", "y")])
def test_bytes_that_are_no_text_are_kept(field: tuple[str, str]) -> None:
    made = event(headers=[("content-type", "application/json"), field], body=b"\x1f\x8b\xff")
    assert made["isBase64Encoded"]
    assert base64.b64decode(made["body"]) == b"\x1f\x8b\xff"


def test_what_is_not_there_is_no_key() -> None:
    assert not event().keys() & {"body", "cookies", "queryStringParameters", "pathParameters"}


def test_an_empty_body_has_a_type() -> None:
    """The developer guide: API Gateway adds the Content-Type header if there is no payload and Content-Length is 0."""
    assert event(headers=[("Content-Length", "0")])["headers"]["content-type"] == "text/plain; charset=utf-8"
    assert "content-type" not in event()["headers"]


def test_a_route_gives_its_key_and_its_parameters() -> None:
    route = Route(
        "GET /v1/runs/{run_id}/results", re.compile("GET"), re.compile("/v1/runs/(?P<run_id>[^/]+)/results"), "f"
    )
    made = event("/v1/runs/a%20b/results", method="GET", route=route)
    assert (made["routeKey"], made["pathParameters"]) == ("GET /v1/runs/{run_id}/results", {"run_id": "a b"})
    assert made["requestContext"]["routeKey"] == made["routeKey"]


@pytest.mark.parametrize(
    ("answer", "status", "content_type", "content"),
    [
        ("Hello, World!", 200, "application/json", b"Hello, World!"),
        ([1, 2], 200, "application/json", b"[1, 2]"),
        ({"a": 1}, 200, "application/json", b'{"a": 1}'),
        (None, 200, "application/json", b"null"),
        ({"statusCode": 201, "body": "x"}, 201, "text/plain; charset=utf-8", b"x"),
        ({"statusCode": "404", "headers": {"Content-Type": "a/b"}, "body": "λ"}, 404, "a/b", "λ".encode()),
        (
            {"statusCode": 200, "headers": {"content-type": "a/b"}, "body": "AP8=", "isBase64Encoded": True},
            200,
            "a/b",
            b"\x00\xff",
        ),
        ({"statusCode": 204}, 204, None, b""),
        ({"statusCode": 200, "body": None, "headers": None}, 200, None, b""),
    ],
)
def test_an_answer_as_a_response(answer: Any, status: int, content_type: str | None, content: bytes) -> None:
    response = response_of(answer)
    assert (response.status, response.headers.get("content-type"), response.content) == (status, content_type, content)


@pytest.mark.parametrize(
    "answer",
    [
        *[{"statusCode": status} for status in (200.5, "abc", None, 99, 600, 100)],
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": "b\nc"}},
        {"statusCode": 200, "headers": {"a": "λ"}},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "!", "isBase64Encoded": True},
    ],
)
def test_an_answer_that_is_none_is_a_failure(answer: Any) -> None:
    with pytest.raises(InvocationFailed, match="cannot be sent"):
        response_of(answer)
