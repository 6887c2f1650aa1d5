"""What the functions of a run leave in the object store. Each record is written once; the first wins."""

import json
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from skill_benchmark.domain.money import Usage
from skill_benchmark.domain.text import storable
from skill_benchmark.domain.verdicts import Verdict

AnswerOutcome = Literal["answered", "refused", "truncated", "model_error"]
VerdictStatus = Literal["scored", "by_rule"]


class Part(BaseModel):
    """A part of a record, or one that something else writes."""

    model_config = ConfigDict(frozen=True)


class Record(Part):
    """A version that the reader does not know is refused; a record from before there were versions has the first."""

    record_version: Literal[1] = 1


class Brief(Record):
    """What a model and a judge are told about the task. It names no model and no purpose of the run."""

    skill: str
    max_output_tokens: PositiveInt
    rubric: str | None = None
    rubric_sha256: str
    prompt_version: str


class Call(Part):
    """What a call cost in tokens, time and money."""

    usage: Usage | None = None
    latency_ms: NonNegativeInt | None = None
    """Of the successful call alone; waiting, retries and cold starts are not in it."""
    first_token_ms: NonNegativeInt | None = None
    cost_microcents: NonNegativeInt | None = None
    cost_missing_reason: str | None = None
    attempts: PositiveInt = 1


class AnswerRecord(Record):
    """What a model returned for one case."""

    answer_id: str
    case_index: NonNegativeInt
    model: str
    repeat_index: NonNegativeInt
    outcome: AnswerOutcome
    text: str
    text_sanitized: bool = False
    self_identification_redacted: bool | None = None
    """Whether the text that a judge is shown has had the model's name taken out; None: not examined."""
    injection_reasons: tuple[str, ...] | None = None
    """Why the text looks as if it addressed a judge; None: not examined."""
    stop_reason: str
    error_message: str | None = None
    call: Call


class AnswerText(Record):
    """The answer as a judge may read it: nothing but its text, in which a model does not name itself."""

    text: str


class VerdictRecord(Record):
    """What one judge said of one answer."""

    answer_id: str
    judge: str
    verdict_index: NonNegativeInt = 0
    status: VerdictStatus
    repaired: bool = False
    """The first reply was no verdict, and the judge was asked once more."""
    verdict: Verdict
    had_reference: bool
    input_sha256: str | None = None
    """Of the exact request that the judge was sent; None where a rule decided."""
    rubric_sha256: str
    prompt_version: str
    call: Call


class LostAttempt(Record):
    """A call that may have been billed and gave nothing to keep."""

    answer_id: str
    judge: str | None = None
    verdict_index: NonNegativeInt = 0
    error_type: str
    error_message: str
    call: Call


class Failure(Part):
    """Why a branch gave up: Step Functions' `Error` and `Cause` as the Catch saw them."""

    error_type: str
    message: str

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Read what the state machine put: the object, or the same object as a JSON string inside of a string."""
        # Not strict: a control character in a provider's message may come as it is.
        caught = json.loads(body, strict=False)
        if isinstance(caught, str):
            caught = json.loads(caught, strict=False)
        return cls.of(caught.get("Error") or "", caught.get("Cause") or "")

    @classmethod
    def of(cls, error: str, cause: str) -> Self:
        """A failure is never without a name and a message, for both end up where a reader looks for them."""
        # The text of a provider's error is in it, which may hold what no row can.
        said = storable(_message(cause))[0] or storable(error)[0]
        return cls(error_type=storable(error)[0] or "Unknown", message=said or "no cause was given")


def _message(cause: str) -> str:
    """The message within a Lambda's error payload, or the cause as it is."""
    try:
        payload = json.loads(cause, strict=False)
    except ValueError:
        return cause[:1000]
    message = payload.get("errorMessage") if isinstance(payload, dict) else None
    return str(message or cause)[:1000]
