"""Calls to the Anthropic Messages API: one attempt each, errors turned into ours, usage never lost."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
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
from skill_benchmark.domain.text import as_named, without
from skill_benchmark.warm import kept_warm

if TYPE_CHECKING:
    from anthropic import Anthropic, APIError
    from anthropic.types import RawMessageStreamEvent

JUDGE_MAX_TOKENS = 4_096

_SECONDS_FOR_THE_REST = 1.0
"""After the stop reason, in which nothing of use follows; only a connection that was read to its end is used again."""


_IN_A_STREAM: dict[str, type[CallFailed]] = {
    "rate_limit_error": ModelThrottled,
    "timeout_error": ModelTimeout,
    "authentication_error": AccessDenied,
    "permission_error": AccessDenied,
    "billing_error": SpendLimitReached,
    "not_found_error": UnknownModel,
    "invalid_request_error": ModelRejected,
}
"""By the type of an error that comes after HTTP 200. Any other is no refusal, for the request was taken."""


class CallBroke(Exception):
    """A call that failed after it may have been billed; carries our error and what had come back."""

    def __init__(self, error: CallFailed, reply: Reply) -> None:
        super().__init__(str(error))
        self.error = error
        self.reply = reply


class AnthropicModels:
    """The models of one API key. The SDK never retries: Step Functions does, where people can see it."""

    def __init__(self, api_key: str, base_url: str | None = None) -> None:
        self._api_key = api_key
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
        with _within(timeout, lambda: [self._api_key]):
            self._client.messages.create(
                model=model, max_tokens=1, messages=[{"role": "user", "content": "."}], timeout=timeout
            )

    def is_listed(self, model: str, *, timeout: float) -> bool:
        """Whether the provider's catalogue has the model and has not retired it; asking is free of charge."""
        with _within(timeout, lambda: [self._api_key]):
            entry = self._client.models.retrieve(model, timeout=timeout)
        # Catalogues of other servers, and older ones, say nothing of the lifecycle.
        return getattr(entry, "lifecycle", "active") != "retired"

    def _stream(self, timeout: float, **request: Any) -> Reply:
        reply = Reply(request["model"])
        started = time.perf_counter()

        def said() -> list[str]:
            return [self._api_key, request["system"], request["messages"][0]["content"], reply.text]

        try:
            with (
                _within(timeout, said),
                self._client.messages.create(stream=True, timeout=timeout, **request) as events,
                ExitStack() as until_the_rest,
            ):
                if events.response.headers.get("content-type", "").startswith("application/json"):
                    _take_whole(events.response.read(), reply, started)
                for event in events:
                    if _take(event, reply, started):
                        until_the_rest.enter_context(_deadline(_SECONDS_FOR_THE_REST))
                if reply.stop_reason is None:
                    raise ModelUnavailable(f"the answer of {request['model']} ended before it was complete")
        except CallFailed as error:
            if reply.stop_reason is not None:
                return reply  # All of it is there, whatever happened to the connection then.
            if reply.usage is not None or (isinstance(error, ModelTimeout) and not _was_never_sent(error)):
                raise CallBroke(error, reply) from error
            raise
        return reply


@kept_warm
def _client(api_key: str, base_url: str | None) -> "Anthropic":
    import anthropic  # noqa: PLC0415 - takes a second to import; only functions that call a model pay for it

    from skill_benchmark.adapters.deadlines import keep_deadlines  # noqa: PLC0415 - as the SDK

    # A redirect would send the key and the texts to wherever the answer says, encrypted or not.
    http_client = anthropic.DefaultHttpxClient(follow_redirects=False)
    keep_deadlines(http_client)
    return anthropic.Anthropic(api_key=api_key, base_url=base_url or None, max_retries=0, http_client=http_client)


def _take(event: "RawMessageStreamEvent", reply: Reply, started: float) -> bool:
    """Take what an event says of the reply. Returns whether it was the last of it."""
    if event.type == "message_start":
        reply.add_usage(event.message.usage)
    elif event.type == "content_block_delta" and event.delta.type == "text_delta":
        if reply.first_token_ms is None:
            reply.first_token_ms = _milliseconds_since(started)
        reply.text += event.delta.text
    elif event.type == "message_delta":
        reply.add_usage(event.usage)
        _stop(event.delta.stop_reason, reply, started)
    return event.type == "message_delta" and reply.stop_reason is not None


def _stop(reason: str | None, reply: Reply, started: float) -> None:
    if reason is not None:
        reply.stop_reason = as_named(reason)
        reply.latency_ms = _milliseconds_since(started)


class _Block(BaseModel):
    type: Any
    text: Any = ""


class _Usage(BaseModel, extra="allow"):
    """Whatever is reported: `Reply` knows what to make of it."""


class _WholeAnswer(BaseModel):
    """A message of the API, as lenient as the SDK is with the events of a stream."""

    content: list[_Block]
    stop_reason: Any = None
    usage: _Usage | None = None


def _take_whole(body: bytes, reply: Reply, started: float) -> None:
    """Gateways in front of the API may not stream; the answer is there all the same, and paid for."""
    # Not by pydantic, which refuses the whole for half of an emoji.
    message = _WholeAnswer.model_validate(json.loads(body))
    reply.text = "".join(str(block.text) for block in message.content if block.type == "text")
    reply.add_usage(message.usage)
    _stop(message.stop_reason, reply, started)


def _milliseconds_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _deadline(seconds: float) -> AbstractContextManager[None]:
    from skill_benchmark.adapters.deadlines import deadline  # noqa: PLC0415 - see _client

    return deadline(seconds)


@contextmanager
def _within(seconds: float, said: Callable[[], Sequence[str]] = tuple) -> Iterator[None]:
    """Everything within ends after this time at the latest, and fails with our errors alone.

    `said` gives what no error may repeat.
    """
    import anthropic  # noqa: PLC0415 - see _client
    import httpx2  # noqa: PLC0415 - the SDK's HTTP library; a stream that breaks midway raises its errors as they are

    try:
        with _deadline(seconds):
            yield
    except (anthropic.APITimeoutError, httpx2.TimeoutException) as error:
        raise ModelTimeout(f"the model API did not answer within {seconds:.0f} s") from error
    except anthropic.APIError as error:
        raise _translated(error, said()) from error
    except (httpx2.HTTPError, ValueError) as error:
        raise ModelUnavailable(f"the answer was cut off or garbled: {type(error).__name__}") from error


def _was_never_sent(error: ModelTimeout) -> bool:
    import httpx2  # noqa: PLC0415 - see _within

    cause = error.__cause__
    return isinstance(cause and (cause.__cause__ or cause), (httpx2.ConnectTimeout, httpx2.PoolTimeout))


def _translated(error: "APIError", said: Sequence[str]) -> CallFailed:
    import anthropic  # noqa: PLC0415 - see _client

    if not isinstance(error, anthropic.APIStatusError):
        return ModelUnavailable(f"no connection to the model API: {type(error.__cause__ or error).__name__}")
    # Whatever a server puts there.
    reason, kind = str(error.api_message or "no reason given"), str(error.type)
    message = f"HTTP {error.status_code}: {without(as_named(reason), said)[:300]}"
    if "spend_limit" in (error.error_code or "") or error.status_code == 402:
        return SpendLimitReached(message)
    if error.status_code < 300:
        return _IN_A_STREAM.get(kind, ModelUnavailable)(message)
    return _of_status(error.status_code, kind)(message)


def _of_status(status: int, kind: str) -> type[CallFailed]:
    if status == 429 or kind == "rate_limit_error":
        return ModelThrottled
    if status in {401, 403}:
        return AccessDenied
    if status == 404:
        return UnknownModel
    if kind == "timeout_error":
        return ModelTimeout
    if status in {408, 409, 499} or status >= 500 or kind in {"api_error", "overloaded_error"}:
        return ModelUnavailable
    return ModelRejected
