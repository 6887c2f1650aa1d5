"""From a judge's reply, or a rule, to the record of a verdict."""

from dataclasses import dataclass

from skill_benchmark.domain.errors import JudgeRefused, JudgeTruncated
from skill_benchmark.domain.judging import JudgeMaterial, JudgeRequest
from skill_benchmark.domain.plan import Seat
from skill_benchmark.domain.records import Brief, Call, VerdictRecord
from skill_benchmark.domain.replies import Reply
from skill_benchmark.domain.verdicts import Verdict


@dataclass(frozen=True)
class Question:
    """Who is asked about which answer, and by which rubric."""

    answer_id: str
    seat: Seat
    brief: Brief
    material: JudgeMaterial


def verdict_of(
    question: Question, request: JudgeRequest, reply: Reply, *, attempts: int, repaired: bool
) -> VerdictRecord:
    """Raises JudgeRefused, JudgeTruncated or JudgeUnreadable; a reply is never bent into a verdict."""
    if reply.stop_reason == "refusal":
        raise JudgeRefused("the judge declined to judge this answer")
    if reply.stop_reason in {"max_tokens", "model_context_window_exceeded"}:
        raise JudgeTruncated("the verdict was cut off at the judge's token limit")
    return VerdictRecord(
        answer_id=question.answer_id,
        judge=question.seat.judge,
        verdict_index=question.seat.verdict_index,
        status="scored",
        repaired=repaired,
        verdict=Verdict.read(reply.text, had_reference=question.material.had_reference),
        had_reference=question.material.had_reference,
        input_sha256=request.sha256,
        rubric_sha256=question.brief.rubric_sha256,
        prompt_version=question.brief.prompt_version,
        call=reply.priced(attempts),
    )


def verdict_by_rule(question: Question) -> VerdictRecord:
    """An answer with nothing in it is worth nothing, and no judge has to be paid to say so."""
    had_reference = question.material.had_reference
    return VerdictRecord(
        answer_id=question.answer_id,
        judge=question.seat.judge,
        verdict_index=question.seat.verdict_index,
        status="by_rule",
        verdict=Verdict.by_rule("The answer is empty; no judge was asked.", had_reference=had_reference),
        had_reference=had_reference,
        rubric_sha256=question.brief.rubric_sha256,
        prompt_version=question.brief.prompt_version,
        call=Call(cost_microcents=0),
    )
