"""Call Model: buy one answer and record it. A second delivery finds the record and buys nothing."""

from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.adapters.anthropic_models import CallBroke
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.composition import brief_of, case_of, models, object_store, preview_of, seconds_for_a_call
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.answers import answer_of, copied, lost_attempt, superseded, text_for_judges, told
from skill_benchmark.domain.errors import AnswerNotStored
from skill_benchmark.domain.plan import Branch, Seat, StoredAnswer
from skill_benchmark.domain.records import AnswerRecord
from skill_benchmark.observability import observed, record_answer


class CallModelTask(Branch):
    run_id: str
    tenant_id: str
    case_index: int
    panel: list[Seat]
    retry_count: int = 0


@observed
def lambda_handler(event: dict[str, object], context: LambdaContext) -> dict[str, object]:
    task = CallModelTask.model_validate(event)
    store = object_store()
    key = record_keys.answer(task.run_id, task.answer_id)
    # Looked up every time, not only on a retry: a look costs a hundredth of the cheapest answer at most, and no kind of
    # second delivery has to be foreseen.
    record = store.get(key, AnswerRecord)
    if record is None:
        record = _copy(task, task.source, store) if task.source else _buy(task, store, context)
        if not store.put_once(key, record):
            record = _second(task, record, store)
    if record.outcome == "answered":
        store.put_once(record_keys.text(task.run_id, task.answer_id), text_for_judges(record, _texts(task)))
    return {
        "outcome": record.outcome,
        "preview": preview_of(record.text),
        "output_tokens": record.call.usage.output_tokens if record.call.usage else None,
        "latency_ms": record.call.latency_ms,
        # Who is asked about it: nobody about what is no answer.
        "seats": [seat.model_dump() for seat in task.panel] if record.outcome == "answered" else [],
    }


def _second(task: CallModelTask, bought: AnswerRecord, store: ObjectStore) -> AnswerRecord:
    """Another delivery was first: its answer counts, and this one was paid for."""
    recorded = store.require(record_keys.answer(task.run_id, task.answer_id), AnswerRecord)
    # The same where S3 took our record and its response was lost, so that the client sent it again.
    if recorded != bought and not task.source:
        lost = superseded(task.answer_id, bought.call)
        store.put_once(record_keys.lost_answer(task.run_id, task.answer_id, uuid4().hex), lost)
    return recorded


def _copy(task: CallModelTask, source: StoredAnswer, store: ObjectStore) -> AnswerRecord:
    bought = store.get(record_keys.answer(source.run_id, source.answer_id), AnswerRecord)
    if bought is None:
        raise AnswerNotStored(f"the run {source.run_id} has no answer here that could be re-judged")
    return copied(bought, task.answer_id, _texts(task))


def _texts(task: CallModelTask) -> tuple[str, ...]:
    return told(brief_of(task.run_id), case_of(task.run_id, task.case_index))


def _buy(task: CallModelTask, store: ObjectStore, context: LambdaContext) -> AnswerRecord:
    brief = brief_of(task.run_id)
    case = case_of(task.run_id, task.case_index)
    api = models()
    try:
        # What the reads above have taken is no longer there for the call.
        left = seconds_for_a_call(context)
        reply = api.answer(task.model, brief.skill, case.input, max_tokens=brief.max_output_tokens, timeout=left)
    except CallBroke as broke:
        lost = lost_attempt(task.answer_id, broke.error, broke.reply)
        store.put_once(record_keys.lost_answer(task.run_id, task.answer_id, uuid4().hex), lost)
        raise broke.error from broke
    record = answer_of(task.case_index, task, reply, texts=told(brief, case), attempts=task.retry_count + 1)
    record_answer(record.outcome)
    return record
