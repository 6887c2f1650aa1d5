"""From a judge's reply, or a rule, to the record of a verdict."""

from skill_benchmark.domain.errors import JudgeRefused, JudgeTruncated
from skill_benchmark.domain.judging import PROMPT_VERSION, JudgeMaterial, JudgeRequest, rubric_sha256
from skill_benchmark.domain.records import Call, VerdictRecord
from skill_benchmark.domain.replies import Reply
from skill_benchmark.domain.verdicts import Verdict


def verdict_of(
    answer_id: str, judge: str, material: JudgeMaterial, request: JudgeRequest, reply: Reply, *, attempts: int
) -> VerdictRecord:
    """Raises JudgeRefused, JudgeTruncated or JudgeUnreadable; a reply is never bent into a verdict."""
    if reply.stop_reason == "refusal":
        raise JudgeRefused("the judge declined to judge this answer")
    if reply.stop_reason in {"max_tokens", "model_context_window_exceeded"}:
        raise JudgeTruncated("the verdict was cut off at the judge's token limit")
    return VerdictRecord(
        answer_id=answer_id,
        judge=judge,
        status="scored",
        verdict=Verdict.read(reply.text, had_reference=material.had_reference),
        had_reference=material.had_reference,
        input_sha256=request.sha256,
        rubric_sha256=rubric_sha256(),
        prompt_version=PROMPT_VERSION,
        call=reply.priced(attempts),
    )


def verdict_by_rule(answer_id: str, judge: str, material: JudgeMaterial) -> VerdictRecord:
    """An answer without a letter or a digit is worth nothing, and no judge has to be paid to say so."""
    return VerdictRecord(
        answer_id=answer_id,
        judge=judge,
        status="by_rule",
        verdict=Verdict.by_rule("The answer is empty; no judge was asked.", had_reference=material.had_reference),
        had_reference=material.had_reference,
        rubric_sha256=rubric_sha256(),
        prompt_version=PROMPT_VERSION,
        call=Call(cost_microcents=0),
    )
