"""Judge Answer: ask one judge about one answer. It is given the material and an opaque id, never who answered."""

from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from skill_benchmark.adapters.anthropic_models import CallBroke
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.composition import brief_of, case_of, models, object_store, seconds_for_a_call
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.answers import lost_attempt
from skill_benchmark.domain.errors import CallFailed, JudgeFailed
from skill_benchmark.domain.judging import JudgeMaterial, compose_request, is_empty_answer
from skill_benchmark.domain.records import AnswerText, VerdictRecord
from skill_benchmark.domain.replies import Reply
from skill_benchmark.domain.text import preview
from skill_benchmark.domain.verdict_records import verdict_by_rule, verdict_of
from skill_benchmark.observability import logger


class JudgeAnswerTask(BaseModel):
    run_id: str
    case_index: int
    answer_id: str
    judge: str
    retry_count: int = 0


@logger.inject_lambda_context
def lambda_handler(event: dict[str, object], context: LambdaContext) -> dict[str, object]:
    task = JudgeAnswerTask.model_validate(event)
    store = object_store()
    key = record_keys.verdict(task.run_id, task.answer_id, task.judge)
    record = store.get(key, VerdictRecord)
    if record is None:
        record = _ask(task, store, seconds_for_a_call(context))
        if not store.put_once(key, record):
            record = store.require(key, VerdictRecord)
    return {"quality_score": record.verdict.quality_score, "preview": preview(record.verdict.quality_notes)}


def _ask(task: JudgeAnswerTask, store: ObjectStore, timeout: float) -> VerdictRecord:
    brief = brief_of(task.run_id)
    case = case_of(task.run_id, task.case_index)
    answer = store.require(record_keys.text(task.run_id, task.answer_id), AnswerText)
    material = JudgeMaterial(brief.skill, case.input, case.expected_output, answer.text)
    if is_empty_answer(answer.text):
        return verdict_by_rule(task.answer_id, task.judge, material)
    request = compose_request(material)
    try:
        reply = models().verdict(task.judge, request.system, request.user, request.schema, timeout=timeout)
    except CallBroke as broke:
        _keep_lost(task, store, broke.error, broke.reply)
        raise broke.error from broke
    try:
        return verdict_of(task.answer_id, task.judge, material, request, reply, attempts=task.retry_count + 1)
    except JudgeFailed as error:
        _keep_lost(task, store, error, reply)
        raise


def _keep_lost(task: JudgeAnswerTask, store: ObjectStore, error: CallFailed, reply: Reply) -> None:
    lost = lost_attempt(task.answer_id, error, reply, judge=task.judge)
    store.put_once(record_keys.lost_verdict(task.run_id, task.answer_id, uuid4().hex), lost)
