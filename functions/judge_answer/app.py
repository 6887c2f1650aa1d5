"""Judge Answer: ask one judge about one answer. It is given the material and an opaque id, never who answered."""

from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.composition import brief_of, case_of, models, object_store, preview_of, seconds_for_a_call
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.answers import superseded
from skill_benchmark.domain.errors import JudgeFailed
from skill_benchmark.domain.judging import JudgeMaterial
from skill_benchmark.domain.plan import Seat
from skill_benchmark.domain.records import AnswerText, VerdictRecord
from skill_benchmark.domain.verdict_records import Question
from skill_benchmark.observability import observed, record_verdict
from skill_benchmark.use_cases.ask_judge import JudgeAsker


class JudgeAnswerTask(Seat):
    run_id: str
    case_index: int
    answer_id: str
    retry_count: int = 0


@observed
def lambda_handler(event: dict[str, object], context: LambdaContext) -> dict[str, object]:
    task = JudgeAnswerTask.model_validate(event)
    store = object_store()
    key = record_keys.verdict(task.run_id, task.answer_id, task.judge, task.verdict_index)
    record = store.get(key, VerdictRecord)
    if record is None:
        asker = JudgeAsker(task.run_id, store, models, lambda: seconds_for_a_call(context))
        question = _question(task, store)
        again = asker.has_spoken(question)
        try:
            record = asker.verdict(question, attempts=task.retry_count + 1, again=again)
        except JudgeFailed as error:
            record_verdict(error)
            raise
        record_verdict(record.status)
        if not store.put_once(key, record):
            record = _second(task, record, store)
    return {"quality_score": record.verdict.quality_score, "preview": preview_of(record.verdict.quality_notes)}


def _second(task: JudgeAnswerTask, bought: VerdictRecord, store: ObjectStore) -> VerdictRecord:
    """Another delivery was first: its verdict counts, and this one was paid for."""
    recorded = store.require(
        record_keys.verdict(task.run_id, task.answer_id, task.judge, task.verdict_index), VerdictRecord
    )
    # The same where S3 took our record and its response was lost, so that the client sent it again.
    if recorded != bought:
        lost = superseded(task.answer_id, bought.call, Seat(judge=task.judge, verdict_index=task.verdict_index))
        store.put_once(record_keys.lost_verdict(task.run_id, task.answer_id, uuid4().hex), lost)
    return recorded


def _question(task: JudgeAnswerTask, store: ObjectStore) -> Question:
    brief = brief_of(task.run_id)
    case = case_of(task.run_id, task.case_index)
    answer = store.require(record_keys.text(task.run_id, task.answer_id), AnswerText)
    material = JudgeMaterial(brief.skill, case.input, case.expected_output, answer.text)
    return Question(task.answer_id, Seat(judge=task.judge, verdict_index=task.verdict_index), brief, material)
