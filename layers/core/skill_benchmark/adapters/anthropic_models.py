"""Calls to the Anthropic Messages API: one attempt each, errors turned into ours, usage never lost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

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
from skill_benchmark.domain.replies import Reply
from skill_benchmark.warm import kept_warm

if TYPE_CHECKING:
    from anthropic import Anthropic, APIError
    from anthropic.types import RawMessageStreamEvent

JUDGE_MAX_TOKENS = 4_096


class CallBroke(Exception):
    """A call that failed after it may have been billed; carries our error and what had come back."""

    def __init__(self, error: CallFailed, reply: Reply) -> None:
        super().__init__(str(error))
        self.error = error
        self.reply = reply


class AnthropicModels:
    """The models of one API key. The SDK never retries: Step Functions does, where people can see it."""

    def __init__(self, api_key: str, base_url: str | None = None) -> None:
        self._client = _client(api_key, base_url)

    def answer(self, model: str, skill: str, text: str, *, max_tokens: int, timeout: float) -> Reply:
        """Run the skill on one input. Raises a CallFailed, or CallBroke when something may have been billed."""
        return self._stream(
            timeout, model=model, max_tokens=max_tokens, system=skill, messages=[{"role": "user", "content": text}]
        )

    def verdict(self, judge: str, system: str, user: str, schema: dict[str, Any], *, timeout: float) -> Reply:
        """Ask a judge for JSON of the given schema. Raises as `answer` does."""
        return self._stream(
            timeout,
            model=judge,
            max_tokens=JUDGE_MAX_TOKENS,
            system=system,
            messages=[{"role": "user", "content": user}],
            output_config={"format": {"type": "json_schema", "schema": schema}},
        )

    def ping(self, model: str, *, timeout: float) -> None:
        """The smallest possible call: shows whether this key may use this model now."""
        with _our_errors():
            self._client.messages.create(
                model=model, max_tokens=1, messages=[{"role": "user", "content": "."}], timeout=timeout
            )

    def is_listed(self, model: str, *, timeout: float) -> bool:
        """Whether the provider's catalogue has the model and has not retired it; asking is free of charge."""
        with _our_errors():
            entry = self._client.models.retrieve(model, timeout=timeout)
        # Catalogues of other servers, and older ones, say nothing of the lifecycle.
        return getattr(entry, "lifecycle", "active") != "retired"

    def _stream(self, timeout: float, **request: Any) -> Reply:
        reply = Reply(request["model"])
        started = time.perf_counter()
        try:
            with (
                _our_errors(),
                self._client.messages.create(stream=True, timeout=timeout, **request) as events,
            ):
                if events.response.headers.get("content-type", "").startswith("application/json"):
                    _take_whole(events.response.read(), reply)
                for event in events:
                    _take(event, reply, started)
                    if time.perf_counter() - started > timeout:
                        raise ModelTimeout(f"{request['model']} was still answering after {timeout:.0f} s")
                if reply.stop_reason is None:
                    raise ModelUnavailable(f"the answer of {request['model']} ended before it was complete")
        except CallFailed as error:
            if reply.usage is not None or isinstance(error, ModelTimeout):
                raise CallBroke(error, reply) from error
            raise
        reply.latency_ms = _milliseconds_since(started)
        return reply


@kept_warm
def _client(api_key: str, base_url: str | None) -> "Anthropic":
    import anthropic  # noqa: PLC0415 - takes a second to import; only functions that call a model pay for it

    # A redirect would send the key and the texts to wherever the answer says, encrypted or not.
    http_client = anthropic.DefaultHttpxClient(follow_redirects=False)
    return anthropic.Anthropic(api_key=api_key, base_url=base_url or None, max_retries=0, http_client=http_client)


def _take(event: "RawMessageStreamEvent", reply: Reply, started: float) -> None:
    if event.type == "message_start":
        reply.add_usage(event.message.usage)
    elif event.type == "content_block_delta" and event.delta.type == "text_delta":
        if reply.first_token_ms is None:
            reply.first_token_ms = _milliseconds_since(started)
        reply.text += event.delta.text
    elif event.type == "message_delta":
        reply.stop_reason = event.delta.stop_reason
        reply.add_usage(event.usage)


class _Block(BaseModel):
    type: str
    text: str = ""


class _Usage(BaseModel, extra="allow"):
    """Whatever is reported: `Reply` knows what to make of it."""


class _WholeAnswer(BaseModel):
    """A message of the API, as lenient as the SDK is with the events of a stream."""

    content: list[_Block]
    stop_reason: str | None = None
    usage: _Usage | None = None


def _take_whole(body: bytes, reply: Reply) -> None:
    """Gateways in front of the API may not stream; the answer is there all the same, and paid for."""
    message = _WholeAnswer.model_validate_json(body)
    reply.text = "".join(block.text for block in message.content if block.type == "text")
    reply.stop_reason = message.stop_reason
    reply.add_usage(message.usage)


def _milliseconds_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


@contextmanager
def _our_errors() -> Iterator[None]:
    import anthropic  # noqa: PLC0415 - see _client
    import httpx2  # noqa: PLC0415 - the SDK's HTTP library; a stream that breaks midway raises its errors as they are

    try:
        yield
    except (anthropic.APITimeoutError, httpx2.TimeoutException) as error:
        raise ModelTimeout("the model API did not answer in time") from error
    except anthropic.APIError as error:
        raise _translated(error) from error
    except (httpx2.HTTPError, ValueError) as error:
        raise ModelUnavailable(f"the answer was cut off or garbled: {type(error).__name__}") from error


def _translated(error: "APIError") -> CallFailed:
    import anthropic  # noqa: PLC0415 - see _client

    if not isinstance(error, anthropic.APIStatusError):
        return ModelUnavailable(f"no connection to the model API: {type(error.__cause__ or error).__name__}")
    message = f"HTTP {error.status_code}: {(error.api_message or 'no reason given')[:300]}"
    if "spend_limit" in (error.error_code or "") or error.status_code == 402:
        return SpendLimitReached(message)
    if error.status_code == 429 or error.type == "rate_limit_error":
        return ModelThrottled(message)
    if error.status_code in {401, 403}:
        return AccessDenied(message)
    if error.status_code == 404:
        return UnknownModel(message)
    if (
        error.status_code in {408, 409, 499}
        or error.status_code >= 500
        or error.type in {"api_error", "overloaded_error"}
    ):
        return ModelUnavailable(message)
    return ModelRejected(message)
