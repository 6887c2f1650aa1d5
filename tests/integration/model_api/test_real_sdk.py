"""The real SDK against the stand-in: what each fault becomes on our side, and what the wire looks like."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import anthropic
import pytest

from local.model_api import Fault, Latency, ModelApiProcess
from skill_benchmark.adapters.anthropic_models import AnthropicModels, CallBroke
from skill_benchmark.domain.errors import (
    AccessDenied,
    CallFailed,
    ModelRejected,
    ModelThrottled,
    ModelTimeout,
    ModelUnavailable,
    SpendLimitReached,
    UnknownModel,
)
from skill_benchmark.domain.verdicts import Verdict, verdict_schema

MODEL = "claude-haiku-5-5"


@pytest.fixture(scope="module")
def api() -> Iterator[ModelApiProcess]:
    with ModelApiProcess(latency=Latency(median=0.01), keep_requests=True) as api:
        yield api


@pytest.fixture
def models(api: ModelApiProcess) -> AnthropicModels:
    api.set_faults()
    return AnthropicModels("key", api.base_url)


@pytest.fixture
def sdk(api: ModelApiProcess) -> anthropic.Anthropic:
    api.set_faults()
    return anthropic.Anthropic(api_key="key", base_url=api.base_url, max_retries=0)


@contextmanager
def gateway(body: str, status: int = 200) -> Iterator[str]:
    """A server that answers every request with this JSON; gives its URL."""

    class Always(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Always) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def answer(models: AnthropicModels, text: str = "one two three", timeout: float = 10) -> str:
    return models.answer(MODEL, "Repeat.", text, max_tokens=100, timeout=timeout).text


def test_an_answer_comes_with_usage_latency_and_first_token(models: AnthropicModels) -> None:
    reply = models.answer(MODEL, "Repeat.", "one two three", max_tokens=100, timeout=10)
    assert reply.text.startswith("[simulated]")
    assert reply.stop_reason == "end_turn"
    assert reply.usage is not None
    assert reply.usage.input_tokens > 0
    assert reply.usage.output_tokens > 1
    assert reply.latency_ms is not None
    assert reply.first_token_ms is not None
    assert 0 <= reply.first_token_ms <= reply.latency_ms


def test_a_verdict_is_valid_for_the_schema_that_was_asked_for(models: AnthropicModels) -> None:
    schema = verdict_schema(had_reference=True)
    reply = models.verdict(MODEL, "Judge.", "no blocks here", schema, timeout=10)
    assert Verdict.read(reply.text, had_reference=True).quality_notes.startswith("[simulated]")


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("throttled", ModelThrottled),
        ("spend_limit", SpendLimitReached),
        ("overloaded", ModelUnavailable),
        ("server_error", ModelUnavailable),
        ("rejected", ModelRejected),
        ("unauthorized", AccessDenied),
        ("reset", ModelUnavailable),
    ],
)
def test_a_call_that_fails_before_an_answer_is_one_of_our_errors(
    models: AnthropicModels, api: ModelApiProcess, what: str, error: type[CallFailed]
) -> None:
    api.set_faults(Fault.model_validate({"what": what}))
    with pytest.raises(error):
        answer(models)
    assert api.calls() == {f"answer {MODEL}": 1}


def test_an_answer_that_a_gateway_does_not_stream_is_taken_whole(models: AnthropicModels, api: ModelApiProcess) -> None:
    streamed = models.answer(MODEL, "Repeat.", "one two three", max_tokens=100, timeout=10)
    api.set_faults(Fault(what="not_streamed"))
    whole = models.answer(MODEL, "Repeat.", "one two three", max_tokens=100, timeout=10)
    assert (whole.text, whole.stop_reason, whole.usage) == (streamed.text, streamed.stop_reason, streamed.usage)
    assert whole.latency_ms is not None
    assert whole.first_token_ms is None


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"content": []}', '{"content": [1]}', "null"])
def test_a_whole_answer_that_is_none_is_an_unavailable_model(body: str) -> None:
    with gateway(body) as url, pytest.raises(ModelUnavailable):
        answer(AnthropicModels("key", url))


@pytest.mark.parametrize("what", ["reset_inside_body", "cut_body"])
def test_an_answer_that_breaks_midway_says_what_it_has_cost_so_far(
    models: AnthropicModels, api: ModelApiProcess, what: str
) -> None:
    api.set_faults(Fault.model_validate({"what": what}))
    with pytest.raises(CallBroke) as raised:
        answer(models, "word " * 500)
    assert isinstance(raised.value.error, ModelUnavailable)
    assert raised.value.reply.usage is not None
    assert raised.value.reply.usage.input_tokens > 500


def test_an_answer_that_takes_too_long_may_have_been_billed(models: AnthropicModels, api: ModelApiProcess) -> None:
    api.set_faults(Fault(what="slow", seconds=5))
    with pytest.raises(CallBroke) as raised:
        answer(models, timeout=0.3)
    assert isinstance(raised.value.error, ModelTimeout)


@pytest.mark.filterwarnings("ignore:The model .* is deprecated:DeprecationWarning")
def test_an_unknown_and_a_retired_model_are_refused_and_not_listed(models: AnthropicModels) -> None:
    with pytest.raises(UnknownModel):
        models.ping("no-such-model", timeout=5)
    with pytest.raises(UnknownModel):
        models.ping("claude-3-opus-20240229", timeout=5)
    with pytest.raises(UnknownModel):
        models.is_listed("no-such-model", timeout=5)
    assert not models.is_listed("claude-3-opus-20240229", timeout=5)
    assert models.is_listed(MODEL, timeout=5)


def test_no_connection_is_an_unavailable_model() -> None:
    with pytest.raises(ModelUnavailable):
        answer(AnthropicModels("key", "http://127.0.0.1:9"))


def test_neither_the_key_nor_the_input_is_in_an_error(models: AnthropicModels, api: ModelApiProcess) -> None:
    api.set_faults(Fault(what="rejected"))
    with pytest.raises(ModelRejected) as raised:
        AnthropicModels("key-of-a-customer", api.base_url).answer(
            MODEL, "Repeat.", "a private input", max_tokens=5, timeout=5
        )
    assert "key-of-a-customer" not in str(raised.value)
    assert "a private input" not in str(raised.value)


@pytest.mark.parametrize("escape", [str, json.dumps, repr])
def test_what_a_provider_repeats_of_the_request_is_not_in_an_error(escape: Callable[[str], str]) -> None:
    """Some gateways say what they do not like by quoting it; errors are logged, and stand in state and rows."""
    private = {"key": "sk-customer-0001", "skill": 'Translate "this"\nfor our customer.', "input": "Paris, 12 rue X"}
    quoted = "; ".join(escape(text) for text in private.values())
    body = json.dumps({"error": {"type": "invalid_request_error", "message": f"max_tokens is too large for {quoted}"}})
    with gateway(body, 400) as url, pytest.raises(ModelRejected) as raised:
        AnthropicModels(private["key"], url).answer(MODEL, private["skill"], private["input"], max_tokens=5, timeout=5)
    assert str(raised.value).startswith("HTTP 400: max_tokens is too large for ")
    for part in ("customer", "Translate", "Paris", "rue"):
        assert part not in str(raised.value)


@pytest.mark.parametrize("message", ["a\x00b", "a\ud800b", "\x00", "\ud800"])
def test_an_error_of_a_provider_can_be_stored(message: str) -> None:
    body = json.dumps({"error": {"type": message, "message": message, "details": {"error_code": message}}})
    with gateway(body, 400) as url, pytest.raises(ModelRejected) as raised:
        answer(AnthropicModels("key", url))
    assert str(raised.value) == f"HTTP 400: {'ab' if 'a' in message else 'unknown'}"


@pytest.mark.parametrize(("reason", "kept"), [("a\x00\ud800b", "ab"), ("\x00", "unknown")])
def test_what_a_provider_calls_things_can_be_stored(reason: str, kept: str) -> None:
    usage = {"input_tokens": 1, "output_tokens": 1, "service_tier": reason, "speed": reason}
    with gateway(json.dumps({"content": [], "stop_reason": reason, "usage": usage})) as url:
        reply = AnthropicModels("key", url).answer(MODEL, "Repeat.", "one", max_tokens=100, timeout=10)
    assert (reply.stop_reason, reply.usage and (reply.usage.service_tier, reply.usage.speed)) == (kept, (kept, kept))


def test_the_catalogue_and_the_counter_answer_the_sdk(sdk: anthropic.Anthropic) -> None:
    assert MODEL in [model.id for model in sdk.models.list()]
    assert sdk.models.retrieve(MODEL).lifecycle == "active"
    counted = sdk.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "one two three"}])
    assert counted.input_tokens > 0


def test_a_message_need_not_be_streamed(sdk: anthropic.Anthropic) -> None:
    message = sdk.messages.create(
        model=MODEL, max_tokens=100, system="Repeat.", messages=[{"role": "user", "content": "one two three"}]
    )
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 1
    assert next(block.text for block in message.content if block.type == "text").startswith("[simulated]")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"max_tokens": 0, "messages": [{"role": "user", "content": "x"}]}, "max_tokens"),
        ({"max_tokens": 5, "messages": []}, "messages"),
        ({"max_tokens": 5, "messages": [{"role": "user", "content": "  "}]}, "messages"),
        ({"max_tokens": 5, "messages": [{"role": "user", "content": "x"}], "temperature": 0}, "temperature"),
    ],
)
def test_a_bad_request_is_refused_by_its_field(sdk: anthropic.Anthropic, body: dict[str, object], field: str) -> None:
    with pytest.raises(anthropic.BadRequestError, match=field):
        sdk.post("/v1/messages", body={"model": MODEL, **body}, cast_to=object)


def test_the_key_is_not_sent_to_wherever_a_redirect_leads() -> None:
    reached: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reached.append(self.headers.get("x-api-key", ""))
            self.send_error(500)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    class Redirecting(Elsewhere):
        def do_POST(self) -> None:
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.1:{elsewhere.server_port}/v1/messages")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as elsewhere:
        with ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as server:
            for one in (elsewhere, server):
                Thread(target=one.serve_forever, daemon=True).start()
            with pytest.raises(ModelRejected, match="307"):
                AnthropicModels("sk-key", f"http://127.0.0.1:{server.server_port}").ping(MODEL, timeout=5)
            server.shutdown()
        elsewhere.shutdown()
    assert reached == []


def test_the_stand_in_ends_with_the_process_that_started_it() -> None:
    api = ModelApiProcess()
    with api:
        process = api._process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=10) == 0
