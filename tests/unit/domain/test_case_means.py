"""Each test case weighs the same, however many of its repeats were scored."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from scipy import stats

from skill_benchmark.domain.measured import Measured
from skill_benchmark.domain.results import Outcome
from skill_benchmark.domain.summaries import ModelSummary
from skill_benchmark.domain.summary import Summary
from skill_benchmark.domain.verdicts import DIMENSIONS

REPEATS = 10


def a_result(
    case: int, quality: float | None, *, dimensions: Sequence[float] = (), matched: bool | None = None
) -> Measured:
    outcome: Outcome = "model_error" if quality is None else "scored"
    scores: Sequence[float | None] = dimensions or [quality] * len(DIMENSIONS)
    return Measured(
        model="model-a",
        case_index=case,
        outcome=outcome,
        answered=quality is not None,
        quality_score=quality,
        dimensions=dict(zip(DIMENSIONS, scores, strict=True)),
        matched=matched,
        latency_ms=None,
        first_token_ms=None,
        tokens=None,
        cost_microcents=None,
        lost_cost_microcents=None,
        lost_cost_uncounted=0,
        judge_cost_microcents=None,
        judge_cost_uncounted=0,
        valid_verdicts=1,
        quality_spread=None,
    )


def summed_up(results: Iterable[Measured], cases: int, repeats: int = REPEATS) -> ModelSummary:
    summary = Summary(["model-a"], cases, repeats)
    for result in results:
        summary.add(result)
    [model] = summary.close().models
    return model


def unequal_repeats(seed: int, cases: int) -> list[Measured]:
    """As failures leave them: 1 to REPEATS of each case, with scores that no float holds exactly."""
    draw = np.random.default_rng(seed)
    return [
        a_result(
            case,
            float(draw.uniform(0, 100)),
            dimensions=[float(score) for score in draw.uniform(0, 100, len(DIMENSIONS))],
            matched=None if draw.random() < 0.2 else bool(draw.random() < 0.6),
        )
        for case in range(cases)
        for _ in range(draw.integers(1, REPEATS + 1))
    ]


def mean_of_case_means(results: Sequence[Measured], values: Sequence[float | None]) -> float:
    cases = np.array([result.case_index for result, value in zip(results, values, strict=True) if value is not None])
    known = np.array([value for value in values if value is not None], dtype=float)
    return float(np.mean([known[cases == case].mean() for case in np.unique(cases)]))


def test_a_case_that_lost_repeats_weighs_as_much_as_one_that_kept_them() -> None:
    kept = [a_result(0, 90, matched=True) for _ in range(3)]
    lost = [a_result(1, 30, matched=False), a_result(1, None), a_result(1, None)]
    model = summed_up([*kept, *lost], cases=2, repeats=3)
    assert (model.mean_quality_score, model.mean_recall_score, model.match_rate) == (60, 60, 0.5)
    assert (model.scored_results, model.scored_cases, model.matched_results) == (4, 2, 3)
    assert model.quality_sd == pytest.approx(42.426, abs=0.001)


def test_repeats_of_one_case_have_no_spread_of_cases() -> None:
    model = summed_up([a_result(0, 90), a_result(0, 30)], cases=1)
    assert (model.mean_quality_score, model.quality_sd, model.scored_cases) == (60, None, 1)


def test_without_a_score_there_is_no_scored_case_and_no_mean() -> None:
    model = summed_up([a_result(0, None)], cases=1)
    assert (model.scored_cases, model.mean_quality_score, model.mean_precision_score, model.match_rate) == (
        0,
        *[None] * 3,
    )


@pytest.mark.parametrize("seed", range(5))
def test_all_scores_and_the_match_rate_are_means_of_case_means(seed: int) -> None:
    results = unequal_repeats(seed, cases=30)
    model = summed_up(results, cases=30)
    assert model.mean_quality_score == pytest.approx(
        mean_of_case_means(results, [result.quality_score for result in results])
    )
    for name in DIMENSIONS:
        expected = mean_of_case_means(results, [result.dimensions[name] for result in results])
        assert getattr(model, f"mean_{name}") == pytest.approx(expected)
    assert model.match_rate == pytest.approx(mean_of_case_means(results, [result.matched for result in results]))


def test_the_same_results_in_another_order_have_the_same_means() -> None:
    results = unequal_repeats(seed=1, cases=30)
    shuffled = np.random.default_rng(2).permutation(len(results))
    assert summed_up([results[index] for index in shuffled], cases=30) == summed_up(results, cases=30)


def test_where_hard_cases_lose_more_repeats_the_mean_is_unbiased_and_its_interval_covers() -> None:
    """A third of the cases is hard, and keeps three repeats of ten on average where the others keep nine."""
    cases, runs, truth = 60, 400, (2 * 90 + 50) / 3
    draw = np.random.default_rng(20_261_124)
    errors, covered, errors_over_results, covered_over_results = [], [], [], []
    for _ in range(runs):
        hard = draw.random(cases) < 1 / 3
        expected = np.where(hard, 50, 90) + draw.uniform(-10, 10, cases)
        kept = 1 + draw.binomial(REPEATS - 1, np.where(hard, 2 / 9, 8 / 9))
        scores = [mean + draw.uniform(-5, 5, count) for mean, count in zip(expected, kept, strict=True)]
        model = summed_up(
            (a_result(case, float(score)) for case, found in enumerate(scores) for score in found), cases=cases
        )
        assert model.mean_quality_score is not None
        assert model.quality_sd is not None
        errors.append(model.mean_quality_score - truth)
        half = float(stats.t.ppf(0.975, cases - 1)) * model.quality_sd / np.sqrt(cases)
        covered.append(abs(errors[-1]) <= half)
        errors_over_results.append(float(np.concatenate(scores).mean()) - truth)
        covered_over_results.append(abs(errors_over_results[-1]) <= half)
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(runs)
    assert np.mean(covered) >= 0.93
    assert np.mean(errors_over_results) > 5, "the mean over results is biased here"
    assert np.mean(covered_over_results) < 0.7
