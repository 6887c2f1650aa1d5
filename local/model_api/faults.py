"""Things that go wrong with a model API, on a schedule."""

import random
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt

Kind = Literal["answer", "verdict", "check"]
"""An answer to a test case, a judge's verdict, or the tiny call that checks a model before a run."""

What = Literal[
    "throttled",
    "spend_limit",
    "overloaded",
    "server_error",
    "rejected",
    "unauthorized",
    "reset",
    "reset_inside_body",
    "cut_body",
    "cut_json",
    "refusal",
    "max_tokens",
    "empty",
    "unknown_stop_reason",
    "slow",
    "not_streamed",
    "text",
]


class Fault(BaseModel):
    """One thing that goes wrong for the calls that match; without a schedule, for all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: What
    model: str = "*"
    kinds: Sequence[Kind] = ("answer", "verdict")
    contains: str = ""
    """Only requests whose user message has this text."""
    first: PositiveInt | None = None
    """Only the first n matching calls."""
    every: PositiveInt | None = None
    """Only each k-th matching call."""
    probability: float = Field(default=1.0, ge=0, le=1)
    seed: int = 0
    retry_after: NonNegativeFloat | None = None
    """Seconds in the `retry-after` header of `throttled`."""
    seconds: NonNegativeFloat = 0
    """How much longer a `slow` call takes."""
    text: str = ""
    """What is returned for `text`."""


class Schedule:
    """Says of each call which fault it meets, if any; the first that matches."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._faults = [(fault, random.Random(fault.seed)) for fault in faults]  # noqa: S311 - reproducible, not secret
        self._matched = [0] * len(faults)

    def meet(self, kind: Kind, model: str, user_text: str) -> Fault | None:
        for index, (fault, dice) in enumerate(self._faults):
            if kind not in fault.kinds or fault.model not in {"*", model} or fault.contains not in user_text:
                continue
            self._matched[index] += 1
            if _is_due(fault, self._matched[index]) and dice.random() < fault.probability:
                return fault
        return None


def _is_due(fault: Fault, nth: int) -> bool:
    if fault.first is not None and nth > fault.first:
        return False
    return fault.every is None or nth % fault.every == 0
