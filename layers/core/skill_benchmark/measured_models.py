"""The models, with a metric of what each call took, cost, or failed with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from skill_benchmark.adapters.anthropic_models import CallBroke
from skill_benchmark.domain.errors import CallFailed
from skill_benchmark.domain.replies import Reply
from skill_benchmark.observability import record_model_call, record_model_error


class Models(Protocol):
    """Whoever answers: `AnthropicModels`."""

    def answer(self, model: str, skill: str, text: str, *, max_tokens: int, timeout: float) -> Reply: ...

    def verdict(self, judge: str, system: str, user: str, schema: dict[str, Any], *, timeout: float) -> Reply: ...

    def ping(self, model: str, *, timeout: float) -> None: ...

    def is_listed(self, model: str, *, timeout: float) -> bool: ...


class MeasuredModels:
    """Raises what the models raise."""

    def __init__(self, models: Models) -> None:
        self._models = models

    def answer(self, model: str, skill: str, text: str, *, max_tokens: int, timeout: float) -> Reply:
        with _errors_of("answer", model):
            reply = self._models.answer(model, skill, text, max_tokens=max_tokens, timeout=timeout)
        record_model_call("answer", model, reply.priced())
        return reply

    def verdict(self, judge: str, system: str, user: str, schema: dict[str, Any], *, timeout: float) -> Reply:
        with _errors_of("verdict", judge):
            reply = self._models.verdict(judge, system, user, schema, timeout=timeout)
        record_model_call("verdict", judge, reply.priced())
        return reply

    def ping(self, model: str, *, timeout: float) -> None:
        with _errors_of("check", model):
            self._models.ping(model, timeout=timeout)

    def is_listed(self, model: str, *, timeout: float) -> bool:
        """Not measured: servers without a catalogue answer every time with an error that is none."""
        return self._models.is_listed(model, timeout=timeout)


@contextmanager
def _errors_of(purpose: str, model: str) -> Iterator[None]:
    try:
        yield
    except CallBroke as broke:
        record_model_call(purpose, model, broke.reply.priced())
        record_model_error(purpose, broke.error)
        raise
    except CallFailed as error:
        record_model_error(purpose, error)
        raise
