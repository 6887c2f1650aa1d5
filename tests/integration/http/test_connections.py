"""What one client can hold, and for how long; and what all of them can hold together."""

import threading
import time
from dataclasses import replace

import pytest

from local.errors import InvocationFailed
from local.http.limits import Limits
from tests.integration.http.conftest import Client, Serve, Served

HEAD = b"POST /v1/skills/a/runs HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET /v1/skills HTTP/1.1\r\nHost: localhost\r\n\r\n"
SHORT = 0.4
HASTY = Limits(idle_seconds=SHORT, head_seconds=SHORT, body_seconds=SHORT, send_seconds=SHORT, linger_seconds=SHORT)


@pytest.mark.parametrize("half", [b"G", b"GET / HTTP/1.1\r\n", HEAD, HEAD + b"Content-Length: 5\r\n\r\n{", HEAD + b"x"])
def test_a_half_sent_request_times_out(serve: Serve, half: bytes) -> None:
    client = serve(HASTY).connect()
    client.send(half)
    began = time.monotonic()
    assert client.reply().problem()["status"] == 408
    assert SHORT / 2 < time.monotonic() - began < 10 * SHORT
    assert client.is_closed()


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nx: ", HEAD + b"Content-Length: 9999\r\n\r\n"])
def test_a_drip_buys_no_time(serve: Serve, begun: bytes) -> None:
    """The time is for all of the head, and for all of the body; not for the next byte of it."""
    client = serve(HASTY).connect()
    client.send(begun)
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(SHORT / 10):
            try:
                client.send(b"x")
            except OSError:
                return

    thread = threading.Thread(target=drip)
    thread.start()
    began = time.monotonic()
    try:
        assert client.reply().problem()["status"] == 408
    finally:
        stop.set()
        thread.join()
    assert time.monotonic() - began < 10 * SHORT


@pytest.mark.parametrize("requests", [0, 1])
def test_an_idle_connection_ends(serve: Serve, requests: int) -> None:
    client = serve(HASTY).connect()
    for _ in range(requests):
        client.send(GET)
        assert client.reply().status == 200
    assert client.is_closed()


def test_a_client_that_does_not_read_is_let_go(serve: Serve) -> None:
    served = serve(replace(HASTY, connections=1))
    served.recorder.answer = {"statusCode": 200, "headers": {}, "body": "x" * 5_000_000}
    client = served.connect()
    client.send(GET)
    _wait_until(served, 1)
    served.recorder.answer = {"statusCode": 200, "headers": {}, "body": ""}
    assert served.exchange(GET).status == 503
    _wait_for_a_place(served)


def test_connections_are_bounded_and_a_place_is_free_again(serve: Serve) -> None:
    served = serve(Limits(connections=3))
    clients = [served.connect() for _ in range(3)]
    for client in clients:
        client.send(GET)
        assert client.reply().status == 200
    one_more = served.connect()
    reply = one_more.reply()
    assert reply.problem()["status"] == 503
    assert (reply.headers["connection"], reply.headers["retry-after"]) == (["close"], ["1"])
    assert one_more.is_closed()
    clients[0].socket.close()
    _wait_for_a_place(served)


def test_bodies_that_wait_are_bounded_together(serve: Serve) -> None:
    served = serve(Limits(bodies_bytes=250))
    whole = HEAD + b"Content-Type: text/plain\r\nContent-Length: 100\r\n\r\n" + b"x" * 100
    waiting = [served.connect() for _ in range(2)]
    served.recorder.may_answer.clear()
    for client in waiting:
        client.send(whole)
    _wait_until(served, 2)
    assert served.exchange(whole).problem()["status"] == 503
    served.recorder.may_answer.set()
    assert [client.reply().status for client in waiting] == [200, 200]
    for _ in range(10):
        assert served.exchange(whole).status == 200


def test_requests_of_one_connection_are_answered_in_their_order(served: Served) -> None:
    client = served.connect()
    client.send(b"".join(GET.replace(b"/v1/skills", b"/v1/%d" % index) for index in range(50)))
    assert [client.reply().status for _ in range(50)] == [200] * 50
    assert [event["rawPath"] for event in served.recorder.events] == [f"/v1/{index}" for index in range(50)]


def test_thirty_two_requests_are_answered_at_once(served: Served) -> None:
    served.recorder.may_answer.clear()
    clients = [served.connect() for _ in range(40)]
    for client in clients:
        client.send(GET)
    _wait_until(served, 32)
    time.sleep(0.1)
    assert len(served.recorder.events) == 32
    served.recorder.may_answer.set()
    assert [client.reply().status for client in clients] == [200] * 40


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(served: Served) -> None:
    client = served.connect()
    client.send(HEAD + b"Content-Type: text/plain\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert client.reply().status == 100
    client.send(b"{}")
    assert client.reply().status == 200
    assert served.recorder.events[0]["body"] == "{}"


def test_a_client_that_wants_the_connection_closed_has_it_closed(served: Served) -> None:
    for request in (GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), GET.replace(b"HTTP/1.1", b"HTTP/1.0")):
        client = served.connect()
        client.send(request)
        assert client.reply().status == 200
        assert client.is_closed()


def test_a_client_that_reads_late_gets_all_of_the_last_answer(served: Served) -> None:
    served.recorder.answer = {"statusCode": 200, "headers": {}, "body": "x" * 5_000_000}
    client = served.connect()
    client.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    time.sleep(0.3)
    assert len(client.reply().body) == 5_000_000


def test_the_end_of_the_server_waits_for_an_answer_and_for_nothing_else(served: Served) -> None:
    idle = served.connect()
    busy = served.connect()
    served.recorder.may_answer.clear()
    busy.send(GET)
    _wait_until(served, 1)
    served.stop()
    assert busy.reply().headers["connection"] == ["close"]
    assert idle.is_closed()
    with pytest.raises(ConnectionRefusedError):
        Client(served.address)


def test_a_function_that_fails_is_a_problem_that_names_the_request(served: Served) -> None:
    served.recorder.answer = InvocationFailed("read_api: MemoryError: ")
    problem = served.exchange(GET).problem()
    assert problem["status"] == 500
    assert served.recorder.events[0]["requestContext"]["requestId"] in problem["detail"]


def test_an_answer_that_cannot_be_sent_is_a_problem(served: Served) -> None:
    for answer in [
        {"statusCode": 99},
        {"statusCode": "two hundred"},
        {"statusCode": 200, "headers": {"x": "a\r\nset-cookie: b"}},
        {"statusCode": 200, "body": "no base64", "isBase64Encoded": True},
    ]:
        served.recorder.answer = answer
        assert served.exchange(GET).problem()["status"] == 500


def test_a_head_has_the_headers_of_a_get_and_no_body(served: Served) -> None:
    served.recorder.answer = {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": "[1]"}
    client = served.connect()
    client.send(GET.replace(b"GET", b"HEAD") + GET)
    head, get = client.reply("HEAD"), client.reply()
    assert (head.status, head.body, get.body) == (200, b"", b"[1]")
    assert head.headers | {"date": []} == get.headers | {"date": []}
    assert get.headers.keys() == {"content-type", "content-length", "date"}


def test_what_no_route_names_reaches_the_function_of_all_else(served: Served) -> None:
    for method in ("HEAD", "OPTIONS", "TRACE", "GET"):
        served.send(method, "/v1/skills/a/runs")
    assert [event["routeKey"] for event in served.recorder.events] == ["$default"] * 3 + [
        "GET /v1/skills/{skill_id}/runs"
    ]


def test_a_client_may_ask_what_the_server_takes_whatever_the_path(served: Served) -> None:
    answer = served.send("OPTIONS", "*")
    assert (answer.status, answer.headers["allow"]) == (204, ["GET, HEAD, OPTIONS, POST, PUT"])
    named = {route.key.partition(" ")[0] for route in served.recorder.routes} - {"$default"}
    assert named == {"GET", "POST", "PUT"}
    assert served.recorder.events == []
    assert served.send("OPTIONS", "*", host="evil.example").status == 421
    assert served.send("GET", "*").status == 400


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_content_has_no_content(served: Served, status: int) -> None:
    served.recorder.answer = {"statusCode": status, "headers": {"Content-Type": "a/b", "ETag": '"1"'}, "body": "x"}
    client = served.connect()
    client.send(GET + GET)
    for _ in range(2):
        assert client.reply().headers.keys() == {"etag", "date"}


def test_cookies_are_a_header_each(served: Served) -> None:
    served.recorder.answer = {"statusCode": 200, "cookies": ["a=1", "b=2; Secure"], "body": "x"}
    assert served.exchange(GET).headers["set-cookie"] == ["a=1", "b=2; Secure"]


def _wait_until(served: Served, events: int) -> None:
    deadline = time.monotonic() + 10
    while len(served.recorder.events) < events:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _wait_for_a_place(served: Served) -> None:
    deadline = time.monotonic() + 5
    while served.exchange(GET).status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.01)
