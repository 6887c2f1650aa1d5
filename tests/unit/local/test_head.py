"""A response to HEAD says the length that the response to GET would have."""

import h11
import pytest

from local.http.connection import as_bytes
from local.http.response import Response


def written(method: bytes, response: Response) -> bytes:
    http = h11.Connection(h11.SERVER)
    http.receive_data(method + b" /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    while http.next_event() is not h11.NEED_DATA and http.their_state is not h11.DONE:
        pass
    return as_bytes(http, response, method=method, last=False)


def read(method: bytes, answer: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """As an HTTP client reads it, which knows that HEAD has no body whatever its length says."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/v1/health", headers=[("Host", "localhost")]))
    client.send(h11.EndOfMessage())
    client.receive_data(answer)
    found = client.next_event()
    assert isinstance(found, h11.Response)
    body = client.next_event()
    return list(found.headers), bytes(body.data) if isinstance(body, h11.Data) else b""


@pytest.mark.parametrize("content", [b"", b"{}" * 50])
def test_head_has_the_length_of_get_and_no_body(content: bytes) -> None:
    headers, body = read(b"HEAD", written(b"HEAD", Response(200, {"content-length": "100"}, content)))
    assert ([value for name, value in headers if name == b"content-length"], body) == ([b"100"], b"")


def test_a_length_that_a_function_states_for_another_method_does_not_count() -> None:
    headers, body = read(b"GET", written(b"GET", Response(200, {"content-length": "100"}, b"{}")))
    assert ([value for name, value in headers if name == b"content-length"], body) == ([b"2"], b"{}")
