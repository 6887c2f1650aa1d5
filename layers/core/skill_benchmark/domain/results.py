"""From the records of one branch to its row: what came of one answer, and what is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean
from typing import Literal

from skill_benchmark.domain.checks import CheckOutcome, run_checks
from skill_benchmark.domain.errors import CallFailed, leaves_of
from skill_benchmark.domain.families import same_family
from skill_benchmark.domain.plan import Branch, Plan, Seat
from skill_benchmark.domain.records import AnswerRecord, Failure, LostAttempt, VerdictRecord
from skill_benchmark.domain.verdicts import DIMENSIONS

Outcome = Literal["scored", "refused", "truncated", "model_error", "judge_error", "missing"]
VerdictStatus = Literal["scored", "by_rule", "unreadable", "refused", "truncated", "failed"]

MODEL_STAGE = "model"
_OF_A_MODEL = frozenset(kind.__name__ for kind in leaves_of(CallFailed))
"""Whatever else fails, such as a read of the store or a place in Lambda, says nothing of a model or a judge."""
_STATUS_OF_JUDGE_ERROR: dict[str, VerdictStatus] = {
    "JudgeUnreadable": "unreadable",
    "JudgeRefused": "refused",
    "JudgeTruncated": "truncated",
}


def judge_stage(seat_index: int) -> str:
    return f"judge-{seat_index}"


@dataclass(frozen=True)
class BranchRecords:
    """All that the object store holds of one branch."""

    answer: AnswerRecord | None = None
    verdicts: Mapping[Seat, VerdictRecord] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    """By stage."""
    lost: Sequence[LostAttempt] = ()


@dataclass(frozen=True)
class JudgeCall:
    """One judge asked about one answer: its verdict, or what became of it."""

    seat: Seat
    same_family: bool | None
    left_out: bool
    """The verdict is kept and does not count."""
    status: VerdictStatus
    record: VerdictRecord | None
    failure: Failure | None
    cost_microcents: int | None
    """Of the verdict and of the judge's lost attempts; None where a part of it is not known."""
    cost_missing_reason: str | None
    attempts: int


@dataclass(frozen=True)
class Result:
    """One (case, model, repeat) of a run. What was not measured is None."""

    case_index: int
    branch: Branch
    outcome: Outcome
    answer: AnswerRecord | None
    judge_calls: Sequence[JudgeCall]
    valid_verdicts: int
    quality_score: float | None
    """This and the dimensions are means of the valid verdicts."""
    quality_spread: float | None
    """Their standard deviation (n - 1); None for fewer than two."""
    dimensions: Mapping[str, float | None]
    matches_expected: bool | None
    """What more than half of the valid verdicts say."""
    check: CheckOutcome | None
    """What the checks say; None where the case and the skill have none, or there is no answer."""
    lost_cost_microcents: int | None
    """Billed for calls of the model whose answers were lost, as far as it is known; None where nothing is."""
    lost_cost_uncounted: int
    """Calls of the model whose answers were lost, and whose cost is not known."""
    judge_cost_microcents: int | None
    error_type: str | None
    error_message: str | None
    finished: bool
    """Nothing more will come of this branch: its answer failed, or every seat of the panel has spoken or failed."""

    @property
    def matched(self) -> bool | None:
        """Whether the answer is right: a check that decides outranks the judges."""
        decided = self.check.passed if self.check else None
        return self.matches_expected if decided is None else decided

    @property
    def cost_microcents(self) -> int | None:
        return self.answer.call.cost_microcents if self.answer else None


def assemble(plan: Plan, case_index: int, branch: Branch, records: BranchRecords) -> Result:
    """Decide the outcome of a branch. Nothing here turns a failure into a number."""
    judge_calls = _judge_calls(plan, branch, records)
    valid = [call.record.verdict for call in judge_calls if call.record is not None and not call.left_out]
    scores = [verdict.quality_score for verdict in valid]
    outcome, error = _outcome(records, judge_calls)
    lost = [attempt.call.cost_microcents for attempt in records.lost if attempt.judge is None]
    known = [cost for cost in lost if cost is not None]
    return Result(
        case_index=case_index,
        branch=branch,
        outcome=outcome,
        answer=records.answer,
        judge_calls=judge_calls,
        valid_verdicts=len(valid),
        quality_score=_mean(scores),
        quality_spread=_spread(scores),
        dimensions={name: _mean([getattr(verdict, name) for verdict in valid]) for name in DIMENSIONS},
        matches_expected=_majority([verdict.matches_expected for verdict in valid]),
        check=_checked(plan, case_index, records.answer),
        lost_cost_microcents=sum(known) if known else None,
        lost_cost_uncounted=len(lost) - len(known),
        judge_cost_microcents=_total([call.cost_microcents for call in judge_calls]),
        error_type=error.error_type if error else None,
        error_message=error.message if error else None,
        finished=_is_finished(plan, records),
    )


def _is_finished(plan: Plan, records: BranchRecords) -> bool:
    if records.answer is None:
        return MODEL_STAGE in records.failures
    return records.answer.outcome != "answered" or all(
        seat in records.verdicts or judge_stage(index) in records.failures for index, seat in enumerate(plan.panel)
    )


def _checked(plan: Plan, case_index: int, answer: AnswerRecord | None) -> CheckOutcome | None:
    checks = plan.checks_of(case_index)
    if not checks or answer is None or answer.outcome != "answered":
        return None
    return run_checks(checks, answer.text, plan.cases[case_index].expected_output)


def _outcome(records: BranchRecords, judge_calls: Sequence[JudgeCall]) -> tuple[Outcome, Failure | None]:
    answer = records.answer
    if answer is None:
        failure = records.failures.get(MODEL_STAGE)
        if failure:
            return ("model_error" if failure.error_type in _OF_A_MODEL else "missing"), failure
        return "missing", Failure(error_type="Missing", message="the run ended before this answer was there")
    if answer.outcome != "answered":
        message = answer.error_message or f"the model stopped with {answer.stop_reason}"
        return answer.outcome, Failure(error_type=answer.stop_reason, message=message)
    if any(call.record and not call.left_out for call in judge_calls):
        return "scored", None
    failed = [call.failure for call in judge_calls if call.failure]
    if judged := next((failure for failure in failed if failure.error_type in _OF_A_MODEL), None):
        return "judge_error", judged
    if failed:
        return "missing", failed[0]
    if any(call.left_out for call in judge_calls):
        message = "only judges of the model's own family were asked yet, and their verdicts are left out"
        return "missing", Failure(error_type="Missing", message=message)
    return "missing", Failure(error_type="Missing", message="the run ended before a judge had been asked")


def _judge_calls(plan: Plan, branch: Branch, records: BranchRecords) -> list[JudgeCall]:
    calls = []
    for index, seat in enumerate(plan.panel):
        record = records.verdicts.get(seat)
        failure = records.failures.get(judge_stage(index))
        lost = [
            attempt.call
            for attempt in records.lost
            if (attempt.judge, attempt.verdict_index) == (seat.judge, seat.verdict_index)
        ]
        if record is None and failure is None and not lost:
            continue
        made = [*lost, *([record.call] if record else [])]
        unknown = next((call.cost_missing_reason for call in made if call.cost_microcents is None), None)
        of_one_family = same_family(seat.judge, branch.model)
        calls.append(
            JudgeCall(
                seat=seat,
                same_family=of_one_family,
                left_out=plan.exclude_same_family and of_one_family is True,
                status=record.status if record else _status(failure),
                record=record,
                failure=None if record else failure,
                cost_microcents=_total([call.cost_microcents for call in made]),
                cost_missing_reason=unknown,
                attempts=max([record.call.attempts if record else 1, len(made)]),
            )
        )
    return calls


def _status(failure: Failure | None) -> VerdictStatus:
    return _STATUS_OF_JUDGE_ERROR.get(failure.error_type, "failed") if failure else "failed"


def _mean(scores: Sequence[int]) -> float | None:
    return fmean(scores) if scores else None


def _spread(scores: Sequence[int]) -> float | None:
    """The standard deviation, in whole numbers up to its root: `statistics.stdev` takes a hundred times as long."""
    count, total = len(scores), sum(scores)
    if count < 2:
        return None
    return sqrt((count * sum(score * score for score in scores) - total * total) / (count * (count - 1)))


def _majority(answers: Sequence[bool | None]) -> bool | None:
    """What more than half of the judges said who said anything; None where they are split evenly or said nothing."""
    given = [answer for answer in answers if answer is not None]
    yes = sum(given)
    return None if 2 * yes == len(given) else 2 * yes > len(given)


def _total(costs: Sequence[int | None]) -> int | None:
    """A sum of which a part is not known is not known."""
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None
