"""Bytes that are no request, or too much of one: a problem document each time, and nothing reaches a function."""

import gzip

import pytest

from local.http.limits import Limits
from tests.integration.http.conftest import Serve, Served

HOST = b"Host: localhost\r\n"
HEAD = b"POST /v1/skills/a/runs HTTP/1.1\r\n" + HOST


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n",
        b"GET / http/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/11\r\n" + HOST + b"\r\n",
        b"G\x00T / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET * HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET v1/health HTTP/1.1\r\n" + HOST + b"\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n",
        HEAD + b"no colon\r\n\r\n",
        HEAD + b"name : value\r\n\r\n",
        HEAD + b": value\r\n\r\n",
        HEAD + b"x: \x00\r\n\r\n",
        HEAD + b"x: a\x00b\r\n\r\n",
        HEAD + b"x: a\x1b[2Jb\r\n\r\n",
        HEAD + b"x: a\rb\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: +2\r\n\r\n{}",
        HEAD + b"Content-Length: 0x2\r\n\r\n{}",
        HEAD + b"Content-Length: two\r\n\r\n{}",
        HEAD + b"Content-Length: \r\n\r\n",
        HEAD + b"Content-Length: 2, 3\r\n\r\n{}",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}!!0\r\n\r\n",
        b"GET /v1/%zz HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /v1/% HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /v1/%2 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /v1/%ff HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /v1/%c0%af HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /v1/skills?limit=%zz HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /v1/skills?limit=%ed%a0%80 HTTP/1.1\r\n" + HOST + b"\r\n",
    ],
)
def test_what_is_no_request_is_a_bad_request(served: Served, request_bytes: bytes) -> None:
    client = served.connect()
    client.send(request_bytes)
    assert client.reply().problem()["status"] == 400
    assert client.is_closed()
    assert served.recorder.events == []


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /" + b"a" * 10_240 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
        (b"GET /?" + b"a" * 10_240 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
        (HEAD + b"x: " + b"a" * 10_240 + b"\r\n\r\n", 431),
        (HEAD + b"".join(b"x%d: %s\r\n" % (index, b"a" * 1024) for index in range(10)) + b"\r\n", 431),
        (HEAD + b"x: " + b"a" * 1_000_000, 431),
        (b"GET /" + b"a" * 1_000_000, 431),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (HEAD + b"Transfer-Encoding: identity\r\n\r\n", 501),
        (b"GET / HTTP/1.2\r\n" + HOST + b"\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (HEAD + b"Content-Length: 10485761\r\n\r\n", 413),
        (HEAD + b"Content-Length: 99999999999999999999\r\n\r\n", 413),
    ],
)
def test_what_is_too_large_or_of_another_kind_says_so(served: Served, request_bytes: bytes, status: int) -> None:
    client = served.connect()
    client.send(request_bytes)
    answer = client.reply()
    assert answer.problem()["status"] == status
    assert answer.headers["cache-control"] == ["no-store"]
    assert client.is_closed()
    assert served.recorder.events == []


def test_a_request_line_and_headers_of_just_the_limit_are_taken(served: Served) -> None:
    """The limit is API Gateway's: the request line, and the values of the headers."""
    counted = len("GET/") + len("localhost")
    assert served.send("GET", "/", ("x" * 5000, "a" * (10_240 - counted)), host="localhost").status == 200
    assert served.send("GET", "/", ("x", "a" * (10_241 - counted)), host="localhost").status == 431


def test_a_body_of_ten_megabytes_is_taken_and_one_byte_more_is_not(serve: Serve) -> None:
    served = serve(Limits(body_bytes=100))
    for size, status in ((100, 200), (101, 413)):
        assert served.send("POST", "/", ("content-type", "text/plain"), body=b"x" * size).status == status
        chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * size + b"0\r\n\r\n"
        assert served.exchange(chunked).status == status
    assert [len(event["body"]) for event in served.recorder.events] == [100, 136]


def test_a_client_that_sends_all_of_a_body_that_is_too_large_reads_why(served: Served) -> None:
    """A connection that is closed with bytes unread is reset, and the answer is lost."""
    size = 30 * 1024 * 1024
    client = served.connect()
    client.send(HEAD + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)
    assert client.reply().problem()["status"] == 413


def test_a_client_that_leaves_in_the_middle_is_a_bad_request(served: Served) -> None:
    for half in (b"GET / HT", HEAD, HEAD + b"Content-Length: 5\r\n\r\n{"):
        client = served.connect()
        client.send(half)
        client.socket.shutdown(1)
        assert client.reply().problem()["status"] == 400
        assert client.is_closed()
    assert served.recorder.events == []


def test_what_was_sent_is_not_repeated_by_the_answer(served: Served) -> None:
    for sent in (b"GET /<script> HTTP\r\n\r\n", HEAD + b"<script>\r\n\r\n", HEAD + b"Content-Length: <script>\r\n\r\n"):
        assert b"<script>" not in served.exchange(sent).body


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, gzip", "identity, gzip"])
@pytest.mark.parametrize("body", [gzip.compress(b"{}"), gzip.compress(b"{}")[:-4], b"not gzip", b"{}"])
def test_an_encoded_body_reaches_the_function_as_it_was_sent(served: Served, encoding: str, body: bytes) -> None:
    """API Gateway decodes nothing. The API refuses the encoding, and a bomb is never unpacked."""
    fields = [("content-type", "application/json"), ("content-encoding", encoding)]
    assert served.send("POST", "/v1/skills/a/runs", *fields, body=body).status == 200
    [event] = served.recorder.events
    assert event["headers"]["content-encoding"] == encoding
    assert event["isBase64Encoded"]
