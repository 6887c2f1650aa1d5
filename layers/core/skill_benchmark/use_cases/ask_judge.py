"""Ask a judge about one answer: once, and once more when the reply is no verdict."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote
from uuid import uuid4

from skill_benchmark.adapters.anthropic_models import CallBroke
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.answers import lost_attempt
from skill_benchmark.domain.errors import CallFailed, JudgeFailed, JudgeUnreadable
from skill_benchmark.domain.judging import compose_request, is_empty_answer
from skill_benchmark.domain.records import LostAttempt, VerdictRecord
from skill_benchmark.domain.replies import Reply
from skill_benchmark.domain.verdict_records import Question, verdict_by_rule, verdict_of


class Judges(Protocol):
    """Whoever gives verdicts: `AnthropicModels`."""

    def verdict(self, judge: str, system: str, user: str, schema: dict[str, Any], *, timeout: float) -> Reply: ...


@dataclass(frozen=True)
class JudgeAsker:
    """Asks the judges of one run, and keeps what was billed and gave no verdict."""

    run_id: str
    store: ObjectStore
    judges: Callable[[], Judges]
    seconds_left: Callable[[], float]

    def verdict(self, question: Question, *, attempts: int) -> VerdictRecord:
        """Raises a CallFailed; a third reply would be shopping for a score."""
        if is_empty_answer(question.material.answer):
            return verdict_by_rule(question)
        first = record_keys.lost_verdict(self.run_id, question.answer_id, _first_reply(question))
        if self.store.get(first, LostAttempt) is None:
            try:
                return self._ask(question, attempts, again=False)
            except JudgeUnreadable:
                pass
        return self._ask(question, attempts, again=True)

    def _ask(self, question: Question, attempts: int, *, again: bool) -> VerdictRecord:
        request = compose_request(question.material, question.brief.rubric, again=again)
        try:
            reply = self.judges().verdict(
                question.seat.judge, request.system, request.user, request.schema, timeout=self.seconds_left()
            )
        except CallBroke as broke:
            self._keep_lost(question, broke.error, broke.reply, uuid4().hex)
            raise broke.error from broke
        try:
            return verdict_of(question, request, reply, attempts=attempts, repaired=again)
        except JudgeFailed as error:
            is_first = isinstance(error, JudgeUnreadable) and not again
            attempt = _first_reply(question) if is_first else uuid4().hex
            self._keep_lost(question, error, reply, attempt)
            raise

    def _keep_lost(self, question: Question, error: CallFailed, reply: Reply, attempt: str) -> None:
        lost = lost_attempt(question.answer_id, error, reply, question.seat)
        self.store.put_once(record_keys.lost_verdict(self.run_id, question.answer_id, attempt), lost)


def _first_reply(question: Question) -> str:
    """Names the record of a first reply that was no verdict, so that a second delivery continues behind it."""
    return f"{quote(question.seat.judge, safe='')}@{question.seat.verdict_index}"
