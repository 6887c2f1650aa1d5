"""A timeout is a deadline: however a server spreads what it sends, a call ends, and what it cost so far is known."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import repeat
from threading import Thread

import pytest

from functions.call_model import app
from skill_benchmark import composition
from skill_benchmark.adapters.anthropic_models import AnthropicModels, CallBroke
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import CallFailed, ModelThrottled, ModelTimeout, ModelUnavailable
from skill_benchmark.domain.plan import Plan
from skill_benchmark.domain.records import LostAttempt
from tests.integration.model_api.dripping import (
    DELTA,
    ERROR_HEAD,
    HEAD,
    JSON_HEAD,
    PING,
    START,
    STOP,
    TEXT,
    chunked,
    event,
    read_request,
    server,
    slow_reader,
    zipped,
)
from tests.unit.functions.conftest import Context

SECONDS = 1.0
MODEL = "claude-haiku-5-5"
LONG_TEXT = json.dumps({"content": [{"type": "text", "text": "word " * 10_000}]}).encode()
GZIP_HEAD = JSON_HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
CHUNKED_HEAD = HEAD.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")


def bytewise(body: bytes) -> Iterator[bytes]:
    return iter([bytes([byte]) for byte in body])


@contextmanager
def in_time(seconds: float = SECONDS) -> Iterator[None]:
    """A body that ends about when its deadline says. Left alone, each of these servers takes much longer."""
    started = time.monotonic()
    try:
        yield
    finally:
        assert time.monotonic() - started < seconds + 1.5


def ask(url: str, text: str = "A question.") -> None:
    models = AnthropicModels("key", url)
    with in_time():
        models.answer(MODEL, "Repeat.", text, max_tokens=100, timeout=SECONDS)


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        pytest.param(b"", bytewise(HEAD + b"x" * 900), id="in the head"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X-Header: of many\r\n", id="between the lines of the head"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="with answers to come"),
        pytest.param(HEAD, PING, id="before the first event"),
        pytest.param(HEAD, bytewise(START * 3), id="in the first event"),
        pytest.param(HEAD, b": comment\n", id="in comments"),
        pytest.param(CHUNKED_HEAD, b"1\r\n:\r\n", id="in chunks"),
        pytest.param(CHUNKED_HEAD, bytewise(b"1;" + b"x" * 900), id="in the head of a chunk"),
        pytest.param(JSON_HEAD, bytewise(LONG_TEXT), id="in a JSON body"),
        pytest.param(GZIP_HEAD, bytewise(zipped(LONG_TEXT)), id="in a gzip body"),
        pytest.param(ERROR_HEAD, bytewise(b'{"error": {"type": "' + b"x" * 900), id="in the body of an error"),
    ],
)
def test_a_server_that_drips_before_it_says_what_it_costs_is_left_and_the_call_may_have_been_billed(
    first: bytes, drip: bytes | Iterator[bytes]
) -> None:
    with server(first, drip) as url, pytest.raises(CallBroke) as raised:
        ask(url)
    assert isinstance(raised.value.error, ModelTimeout)
    assert raised.value.reply.usage is None


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        pytest.param(HEAD + START, PING, id="pings"),
        pytest.param(HEAD + START + TEXT, bytewise(TEXT * 3), id="in the middle of an event"),
        pytest.param(HEAD + START, TEXT, id="an event at a time"),
        pytest.param(CHUNKED_HEAD + chunked(START), b"1\r\n:\r\n", id="in chunks"),
    ],
)
def test_a_server_that_drips_in_its_answer_is_left_and_the_usage_so_far_is_kept(
    first: bytes, drip: bytes | Iterator[bytes]
) -> None:
    with server(first, drip) as url, pytest.raises(CallBroke) as raised:
        ask(url)
    assert isinstance(raised.value.error, ModelTimeout)
    assert raised.value.reply.usage is not None
    assert raised.value.reply.usage.input_tokens == 500


@pytest.mark.parametrize("end", [DELTA, DELTA + STOP])
@pytest.mark.parametrize("drip", [PING, event("error", error={"type": "api_error", "message": "m"}), b""])
def test_an_answer_that_is_whole_is_taken_whatever_the_server_does_then(end: bytes, drip: bytes) -> None:
    with server(HEAD + START + TEXT + end, drip) as url:
        models = AnthropicModels("key", url)
        with in_time():
            reply = models.answer(MODEL, "Repeat.", "A question.", max_tokens=100, timeout=30)
    assert (reply.text, reply.stop_reason, reply.usage and reply.usage.output_tokens) == ("An answer.", "end_turn", 3)
    assert reply.latency_ms is not None
    assert reply.latency_ms < 900, "what was waited for after the answer is no part of it"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("timeout_error", ModelTimeout),
        ("overloaded_error", ModelUnavailable),
        ("api_error", ModelUnavailable),
        ("rate_limit_error", ModelThrottled),
        ("an_error_of_next_year", ModelUnavailable),
    ],
)
def test_an_error_in_the_middle_of_an_answer_is_one_to_retry_and_its_usage_is_kept(
    kind: str, error: type[CallFailed]
) -> None:
    broken = event("error", error={"type": kind, "message": "not today"})
    with server(HEAD + START + broken) as url, pytest.raises(CallBroke, match="not today") as raised:
        ask(url)
    assert type(raised.value.error) is error
    assert raised.value.reply.usage is not None


def test_a_handshake_that_drips_ends_with_the_deadline_and_nothing_was_sent() -> None:
    """A TLS record of 16 KB, announced and sent a byte at a time."""
    record = b"\x16\x03\x03\x40\x00"
    with server(record, bytewise(b"\x02" * 900), silent=True) as url, pytest.raises(ModelTimeout):
        ask(url.replace("http:", "https:"))


def test_a_server_that_reads_little_at_a_time_ends_with_the_deadline() -> None:
    with slow_reader() as url, pytest.raises(CallBroke) as raised:
        ask(url, "word " * 4_000_000)
    assert isinstance(raised.value.error, ModelTimeout)


def test_a_server_that_does_not_accept_ends_with_the_deadline_and_nothing_was_sent() -> None:
    """A full queue of connections: the kernel answers no further one."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        with pytest.raises(ModelTimeout):
            ask(f"http://127.0.0.1:{listener.getsockname()[1]}")
        for one in waiting:
            one.close()


def test_a_name_that_is_not_looked_up_in_time_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(10))
    with pytest.raises(ModelTimeout):
        ask("http://localhost:9")


def test_of_several_addresses_one_that_swallows_packets_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.2", 0), backlog=0) as full, server(HEAD + START + DELTA) as url:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        real, port = socket.getaddrinfo, int(url.rsplit(":", 1)[1])
        addresses = {"127.0.0.1": port, "127.0.0.2": full.getsockname()[1]}

        def both(host: str, port: int, *args: object, **kwargs: object) -> object:
            if host != "model.api":
                return real(host, addresses.get(host, port), *args, **kwargs)  # type: ignore[arg-type]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (name, port)) for name in ("127.0.0.2", "127.0.0.1")]

        monkeypatch.setattr(socket, "getaddrinfo", both)
        monkeypatch.setenv("no_proxy", "*")
        ask(f"http://model.api:{port}")
        for one in waiting:
            one.close()


def test_a_proxy_that_drips_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(b"", bytewise(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 900)) as url:
        monkeypatch.setenv("https_proxy", url)
        models = AnthropicModels("key of a proxy", "https://model.example")
        with in_time(), pytest.raises(ModelTimeout):
            models.ping(MODEL, timeout=SECONDS)


def test_the_tiny_calls_have_a_deadline_too() -> None:
    with server(b"", bytewise(HEAD + b"x" * 900)) as url:
        models = AnthropicModels("key", url)
        with in_time(), pytest.raises(ModelTimeout):
            models.ping(MODEL, timeout=SECONDS)
        with in_time(), pytest.raises(ModelTimeout):
            models.is_listed(MODEL, timeout=SECONDS)


def test_a_connection_is_used_again_under_the_deadline_of_the_next_call() -> None:
    """Taken from the pool, it knows nothing of the call that made it."""
    whole = CHUNKED_HEAD.replace(b"Connection: close\r\n", b"") + chunked(START + TEXT + DELTA + STOP) + b"0\r\n\r\n"

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            read_request(connection)
            connection.sendall(whole)
            read_request(connection)
            connection.sendall(HEAD + START)
            for piece in repeat(PING):
                time.sleep(0.1)
                connection.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = Thread(target=serve, args=[listener])
        serving.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        ask(url)
        time.sleep(SECONDS)
        with pytest.raises(CallBroke) as raised:
            ask(url)
        serving.join()
    assert raised.value.reply.usage is not None, "a second connection would not have been accepted"


def test_the_attempt_is_recorded_before_the_function_is_out_of_time(
    plan: Plan, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds_to_record = 3.0
    monkeypatch.setattr(composition, "_SECONDS_TO_RECORD", seconds_to_record)
    seconds_to_read = 1.6
    AnthropicModels("key", "http://127.0.0.1:9")  # to have the SDK imported, which takes seconds on a busy machine
    ends = time.monotonic() + 2 * seconds_to_read + SECONDS + seconds_to_record

    class Short(Context):
        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return round((ends - time.monotonic()) * 1000)

    class SlowRecords(ObjectStore):
        """The look at what is there, and the material, may take a while too."""

        def get_bytes(self, key: str) -> bytes | None:
            time.sleep(seconds_to_read)
            return super().get_bytes(key)

    monkeypatch.setattr(app, "object_store", lambda: store)
    monkeypatch.setattr(composition, "object_store", lambda: SlowRecords(store._bucket, store._client))
    branch = {"model": MODEL, "repeat_index": 0, "answer_id": plan.answer_id(0, MODEL, 0), "source": None}
    task = {"run_id": plan.run_id, "tenant_id": plan.tenant_id, "case_index": 0, "panel": [], **branch}
    with server(HEAD + START, PING) as url:
        monkeypatch.setattr(app, "models", lambda: AnthropicModels("key", url))
        with pytest.raises(ModelTimeout):
            app.lambda_handler(task, Short())
    assert ends - time.monotonic() > 0
    [key] = store.keys(record_keys.lost_answers(plan.run_id))
    lost = store.require(key, LostAttempt)
    assert (lost.error_type, lost.call.usage and lost.call.usage.input_tokens) == ("ModelTimeout", 500)
