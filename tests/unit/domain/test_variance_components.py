"""How far repeats of one test case, and verdicts on one answer, lie apart."""

import numpy as np
import pytest

from skill_benchmark.domain.measured import measured
from skill_benchmark.domain.plan import PlannedCase, Seat
from skill_benchmark.domain.results import BranchRecords, assemble
from skill_benchmark.domain.summaries import ModelSummary
from skill_benchmark.domain.summary import Summary
from skill_benchmark.domain.variance_components import PooledVariance, within_case_sd
from tests.unit.domain.examples import a_plan, a_verdict, an_answer


def test_repeats_are_pooled_over_the_cases_that_have_two_or_more() -> None:
    cases, scores = [0, 1, 0, 2, 1, 1], [80.0, 50.0, 90.0, 10.0, 60.0, 40.0]
    expected = np.sqrt((50 + 200) / (1 + 2))  # the sum of squares of each case, by its n - 1; case 2 says nothing
    assert within_case_sd(cases, scores) == pytest.approx(expected)


def test_the_pooled_spread_is_that_of_an_analysis_of_variance() -> None:
    random = np.random.default_rng(6)
    cases = random.integers(0, 40, size=200)
    scores = random.integers(0, 101, size=200).astype(float)
    deviations = np.concatenate([scores[cases == case] - scores[cases == case].mean() for case in set(cases.tolist())])
    expected = np.sqrt((deviations**2).sum() / (200 - len(set(cases.tolist()))))
    assert within_case_sd(cases.tolist(), scores.tolist()) == pytest.approx(float(expected))


def test_without_a_repeated_case_there_is_no_spread_and_equal_repeats_have_a_spread_of_zero() -> None:
    assert within_case_sd([0, 1, 2], [1.0, 2.0, 3.0]) is None
    assert within_case_sd([], []) is None
    assert within_case_sd([0, 0], [7.0, 7.0]) == 0


def test_groups_weigh_by_their_degrees_of_freedom() -> None:
    pooled = PooledVariance()
    assert pooled.standard_deviation is None
    pooled.add(3.0, count=2)
    pooled.add(5.0, count=4)
    assert pooled.standard_deviation == pytest.approx(np.sqrt((1 * 9 + 3 * 25) / 4))


def summary_of(scores: list[list[list[int]]], judges: int = 1) -> ModelSummary:
    """Of one model: by test case, by repeat, what each judge said. A repeat without verdicts is not scored."""
    repeats = max(len(case) for case in scores)
    plan = a_plan(
        cases=[PlannedCase(input=str(index)) for index in range(len(scores))],
        models=["model-a"],
        judges=[f"judge-{number}" for number in range(judges)],
        repeats=repeats,
    )
    summary = Summary(plan.models, len(plan.cases), repeats)
    for index, case in enumerate(scores):
        for branch, said in zip(plan.branches(index), case, strict=True):
            verdicts = {
                Seat(judge=f"judge-{number}"): a_verdict(score, judge=f"judge-{number}")
                for number, score in enumerate(said)
            }
            records = BranchRecords(answer=an_answer(), verdicts=verdicts)
            summary.add(measured(assemble(plan, index, branch, records)))
    return summary.close().models[0]


def test_a_summary_has_the_spread_of_repeats_and_of_verdicts() -> None:
    summary = summary_of([[[80, 90], [60, 60]], [[50, 70], [50, 30]]], judges=2)
    assert summary.repeat_sd == pytest.approx(np.sqrt((312.5 + 200) / 2)), "of 85 and 60, and of 60 and 40"
    assert summary.judge_sd == pytest.approx(np.sqrt((50 + 0 + 200 + 200) / 4))


def test_one_repeat_and_one_verdict_have_no_spread() -> None:
    summary = summary_of([[[80]], [[50]]])
    assert (summary.repeat_sd, summary.judge_sd) == (None, None)


def test_an_answer_that_was_not_scored_is_no_repeat() -> None:
    summary = summary_of([[[80, 90], []], [[50], []]], judges=2)
    assert summary.repeat_sd is None
    assert summary.judge_sd == pytest.approx(np.sqrt(50)), "one verdict has no spread"
