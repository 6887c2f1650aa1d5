"""What is left of a run that ended early: each call that was paid is in the sum, or is counted beside it."""

import pytest

from skill_benchmark.domain.records import AnswerRecord, LostAttempt
from skill_benchmark.domain.results import BranchRecords, Result, assemble
from skill_benchmark.domain.unfinished import Unfinished
from tests.unit.domain.examples import a_call, a_plan, an_answer


def left(cost: int | None, answer: AnswerRecord | None = None) -> Result:
    """A branch whose answer nobody has judged, after an attempt that was lost and cost this."""
    lost = LostAttempt(answer_id="a" * 32, error_type="ModelTimeout", error_message="late", call=a_call(cost))
    plan = a_plan()
    return assemble(plan, 0, plan.branches(0)[0], BranchRecords(answer=answer, lost=[lost]))


@pytest.mark.parametrize(("cost", "known", "uncounted"), [(30, 130, 0), (None, 100, 1)])
def test_a_lost_attempt_is_in_the_sum_or_counted_beside_it(cost: int | None, known: int, uncounted: int) -> None:
    unfinished = Unfinished.of([left(cost, an_answer())], answers_bought=True)
    assert (unfinished.answers, unfinished.cost_microcents, unfinished.cost_uncounted) == (1, known, uncounted)


@pytest.mark.parametrize(("cost", "known", "uncounted"), [(30, 30, 0), (None, None, 1)])
def test_an_answer_of_which_only_a_lost_attempt_is_there_was_begun(
    cost: int | None, known: int | None, uncounted: int
) -> None:
    unfinished = Unfinished.of([left(cost)], answers_bought=True)
    assert (unfinished.answers, unfinished.cost_microcents, unfinished.cost_uncounted) == (1, known, uncounted)
