"""From a model's reply to the record of an answer."""

from skill_benchmark.domain.errors import CallFailed
from skill_benchmark.domain.injection import suspected
from skill_benchmark.domain.plan import Branch, Seat, TestCase
from skill_benchmark.domain.records import AnswerOutcome, AnswerRecord, AnswerText, Brief, Call, LostAttempt
from skill_benchmark.domain.replies import Reply
from skill_benchmark.domain.self_identification import redact
from skill_benchmark.domain.text import as_named, storable

_OUTCOME_OF_STOP_REASON: dict[str | None, AnswerOutcome] = {
    "end_turn": "answered",
    "stop_sequence": "answered",
    "refusal": "refused",
    "max_tokens": "truncated",
    "model_context_window_exceeded": "truncated",
}


def told(brief: Brief, case: TestCase) -> tuple[str, ...]:
    """What the case says: a name that is in it stays in the answer."""
    return (brief.skill, case.input, case.expected_output or "")


def text_for_judges(record: AnswerRecord, texts: tuple[str, ...]) -> AnswerText:
    """The answer as a judge may read it, of a case with these texts. The stored answer stays as the model gave it."""
    return AnswerText(text=redact(record.text, texts).text)


def copied(record: AnswerRecord, answer_id: str, texts: tuple[str, ...]) -> AnswerRecord:
    """The answer of another run, to be judged in this one, as this release redacts it."""
    redacted = redact(record.text, texts).redacted
    return record.model_copy(update={"answer_id": answer_id, "self_identification_redacted": redacted})


def answer_of(case_index: int, branch: Branch, reply: Reply, *, texts: tuple[str, ...], attempts: int) -> AnswerRecord:
    """The record of a completed reply to a case with these texts.

    A stop reason that is not known here is an outcome, not a guess.
    """
    text, sanitized = storable(reply.text)
    stop_reason = as_named(reply.stop_reason or "unknown")
    outcome = _OUTCOME_OF_STOP_REASON.get(reply.stop_reason, "model_error")
    return AnswerRecord(
        answer_id=branch.answer_id,
        case_index=case_index,
        model=branch.model,
        repeat_index=branch.repeat_index,
        outcome=outcome,
        text=text,
        text_sanitized=sanitized,
        self_identification_redacted=redact(text, texts).redacted,
        injection_reasons=suspected(text),
        stop_reason=stop_reason,
        error_message=f"stop reason {stop_reason!r} is not an answer" if outcome == "model_error" else None,
        call=reply.priced(attempts),
    )


def lost_attempt(answer_id: str, error: CallFailed, reply: Reply, seat: Seat | None = None) -> LostAttempt:
    """The record of a call that may have been billed and gave nothing to keep."""
    return LostAttempt(
        answer_id=answer_id,
        judge=seat.judge if seat else None,
        verdict_index=seat.verdict_index if seat else 0,
        error_type=type(error).__name__,
        error_message=as_named(error),
        call=reply.priced(),
    )


def superseded(answer_id: str, call: Call, seat: Seat | None = None) -> LostAttempt:
    """The record of a call that gave what another delivery of the same task had recorded before."""
    return LostAttempt(
        answer_id=answer_id,
        judge=seat.judge if seat else None,
        verdict_index=seat.verdict_index if seat else 0,
        error_type="Superseded",
        error_message="another delivery of the same task recorded its result first",
        call=call,
    )
