"""Ask a judge about one answer: once, and once more when the reply is no verdict."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote
from uuid import uuid4

from skill_benchmark.adapters.anthropic_models import CallBroke
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.answers import lost_attempt
from skill_benchmark.domain.emptiness import is_empty
from skill_benchmark.domain.errors import CallFailed, JudgeFailed, JudgeRefused, JudgeTruncated, JudgeUnreadable
from skill_benchmark.domain.judging import compose_request
from skill_benchmark.domain.records import LostAttempt, VerdictRecord
from skill_benchmark.domain.replies import Reply
from skill_benchmark.domain.verdict_records import Question, verdict_by_rule, verdict_of

_FINAL = (JudgeRefused, JudgeTruncated)
"""Said once, they are not asked about again."""


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

    def has_spoken(self, question: Question) -> bool:
        """Whether the judge's first reply was no verdict, so that it may be asked once more.

        Raises its JudgeFailed again when it may not: a third reply would be shopping for a score, and so would one
        after a refusal. A delivery, a redrive or a resume much later finds what was said before.
        """
        first = self._said(question, again=False)
        second = self._said(question, again=True) if first and first.error_type == JudgeUnreadable.__name__ else None
        if last := second or first:
            final = next((kind for kind in _FINAL if kind.__name__ == last.error_type), None)
            if second or final:
                raise (final or JudgeUnreadable)(last.error_message)
        return first is not None

    def verdict(self, question: Question, *, attempts: int, again: bool) -> VerdictRecord:
        """Ask, and ask once more unless this is that time. Raises a CallFailed."""
        if is_empty(question.material.answer, question.material.expected_output):
            return verdict_by_rule(question)
        if not again:
            with suppress(JudgeUnreadable):
                return self._ask(question, attempts, again=False)
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
            self._keep_lost(question, error, reply, _reply(question, again=again))
            raise

    def _said(self, question: Question, *, again: bool) -> LostAttempt | None:
        attempt = _reply(question, again=again)
        return self.store.get(record_keys.lost_verdict(self.run_id, question.answer_id, attempt), LostAttempt)

    def _keep_lost(self, question: Question, error: CallFailed, reply: Reply, attempt: str) -> None:
        lost = lost_attempt(question.answer_id, error, reply, question.seat)
        for name in (attempt, uuid4().hex):  # The second where another delivery was first: both were paid for.
            if self.store.put_once(record_keys.lost_verdict(self.run_id, question.answer_id, name), lost):
                break


def _reply(question: Question, *, again: bool) -> str:
    """Names the record of a reply that was no verdict, so that every later delivery knows what was said."""
    return f"{quote(question.seat.judge, safe='')}@{question.seat.verdict_index}{'@again' if again else ''}"
