"""Intervals of means: they cover what they claim to cover, stay on the scale, and say so where nothing can be seen."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from skill_benchmark.domain.statistics.cases import case_means
from skill_benchmark.domain.statistics.means import difference_interval, score_interval, unseen_share
from tests.benchmarks.coverage import SHAPES, coverage

Random = np.random.Generator


@pytest.mark.parametrize("cases", [5, 10, 20, 50, 200])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_an_interval_covers_the_mean_of_all_inputs_at_its_level(shape: Any, cases: int) -> None:
    """92 % or more, of the samples that show the rare failure where a shape has one."""
    measured = coverage(shape, cases, runs=1_000, seed=1)
    assert measured.of_samples_that_show_it >= 0.92


@pytest.mark.parametrize("cases", [5, 10, 20, 50])
def test_an_interval_of_a_difference_covers_at_its_level(cases: int) -> None:
    random = np.random.default_rng(12)
    for a, b in ((0, 1), (0, 2), (1, 2), (0, 0)):
        differences = SHAPES[a].draw(random, (1_000, cases)) - SHAPES[b].draw(random, (1_000, cases))
        truth = SHAPES[a].mean - SHAPES[b].mean
        ends = [difference_interval(row).ends for row in differences]
        assert np.mean([low <= truth <= high for low, high in ends]) >= 0.92, (SHAPES[a].name, SHAPES[b].name)


def test_no_end_leaves_the_scale() -> None:
    low, high = score_interval([100, 100, 90, 0, 100]).ends
    assert 0 <= low < high == 100
    assert difference_interval([100, 90, -100, 100]).ends[1] == 100
    assert difference_interval([-100, -90, 100, -100]).ends[0] == -100


def test_the_interval_of_scores_is_the_wider_of_t_and_hall_at_each_end() -> None:
    scores = np.array([100.0, 100, 98, 97, 95, 90, 40])
    t = stats.ttest_1samp(scores, 0).confidence_interval(0.95)
    hall = by_solving_the_transformation(scores, 0.95)
    assert score_interval(scores).ends == pytest.approx((min(t.low, hall[0]), 100))
    assert 100 < hall[1] < t.high
    assert hall[0] < t.low < t.high  # the longer side is where the low score is
    lower = scores / 2
    expected = (min(t.low, hall[0]) / 2, max(t.high, hall[1]) / 2)
    assert score_interval(lower).ends == pytest.approx(expected)
    assert score_interval(100 - lower).ends == pytest.approx((100 - expected[1], 100 - expected[0]))


def by_solving_the_transformation(scores: np.ndarray, confidence: float) -> tuple[float, float]:
    """The ends at which Hall's transformation of the t statistic reaches the quantile, found by a root finder."""
    count, skew = len(scores), 0.8 * stats.skew(scores)
    quantile = stats.t.ppf((1 + confidence) / 2, count - 1) / np.sqrt(count)

    def transformed(mean: float) -> float:
        w = (scores.mean() - mean) / scores.std(ddof=1)
        return float(w + skew * w**2 / 3 + skew**2 * w**3 / 27 + skew / (6 * count))

    low = optimize.brentq(lambda mean: transformed(mean) - quantile, -2_000, 2_000)
    high = optimize.brentq(lambda mean: transformed(mean) + quantile, -2_000, 2_000)
    return float(low), float(high)


@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_the_interval_of_a_difference_is_made_in_the_same_way_at_any_level(confidence: float) -> None:
    differences = np.array([1.0, 2.0, 4.0, -3.0, 12.0])
    t = stats.ttest_1samp(differences, 0).confidence_interval(confidence)
    hall = by_solving_the_transformation(differences, confidence)
    expected = (min(t.low, hall[0]), max(t.high, hall[1]))
    assert difference_interval(differences, confidence).ends == pytest.approx(expected)
    assert difference_interval(differences).ends == difference_interval(differences, 0.95).ends


def test_the_interval_of_a_symmetric_difference_is_the_paired_t_interval() -> None:
    differences = [-3.0, -1, 0, 2, 4, 5, 7]
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert stats.skew(differences) == pytest.approx(0)
    assert difference_interval(differences).ends == pytest.approx(tuple(expected), rel=1e-4)


@pytest.mark.parametrize("cases", [2, 10, 100])
@pytest.mark.parametrize("score", [0.0, 85.0, 100.0])
def test_equal_scores_have_the_exact_bound_of_what_else_there_could_be(score: float, cases: int) -> None:
    """If 97.5 % of such samples would not be equal, fewer inputs than that score the same (Clopper and Pearson)."""
    share = stats.binomtest(cases, cases).proportion_ci(0.95, method="exact").low
    low, high = score_interval([score] * cases).ends
    assert low == pytest.approx(share * score)
    assert high == pytest.approx(share * score + (1 - share) * 100)
    low, high = difference_interval([score] * cases).ends
    assert (low, high) == pytest.approx((share * score - (1 - share) * 100, share * score + (1 - share) * 100))


@pytest.mark.parametrize(("scores", "mean", "reason"), [([], None, "nothing was scored"), ([80], 80, "one test case")])
def test_where_no_spread_can_be_seen_there_is_no_interval_and_a_reason(
    scores: list[float], mean: float | None, reason: str
) -> None:
    interval = score_interval(scores)
    assert interval.mean == mean
    assert (interval.low, interval.high, interval.standard_error, interval.method) == (None,) * 4
    assert reason in (interval.reason or "")


def test_ten_cases_may_not_show_a_failure_of_a_quarter_of_all_inputs() -> None:
    share = unseen_share(10)
    assert share == pytest.approx(0.2589, abs=1e-4)
    assert (1 - (share or 0)) ** 10 == pytest.approx(0.05)
    assert unseen_share(1_000) == pytest.approx(3 / 1_000, rel=0.01)
    assert unseen_share(0) is None


def test_repeats_of_a_case_are_one_observation_of_it() -> None:
    scores, cases = [80, 90, 70, 60, 100, 20], [0, 0, 1, 3, 3, 3]
    assert case_means(scores, cases) == pytest.approx([85, 70, np.nan, 60], nan_ok=True)
    assert case_means(scores, cases, count=5) == pytest.approx([85, 70, np.nan, 60, np.nan], nan_ok=True)
    assert len(case_means([], [])) == 0
    with pytest.raises(ValueError, match="test case"):
        case_means([80], [0, 1])


def test_unequal_repeats_neither_bias_the_mean_nor_shorten_its_interval() -> None:
    """Half of the cases are hard, and most of their repeats fail: the mean of all results is that of the easy ones."""
    random = np.random.default_rng(2)
    covered, means = [], []
    for _ in range(600):
        hard = random.random(30) < 0.5
        of_case = np.clip(np.where(hard, 60, 90) + random.normal(0, 5, 30), 0, 100)
        repeats = np.where(hard, 1, 5)
        cases = np.repeat(np.arange(30), repeats)
        scores = np.clip(of_case[cases] + random.normal(0, 4, len(cases)), 0, 100)
        interval = score_interval(case_means(scores, cases.tolist()))
        low, high = interval.ends
        covered.append(low <= 75 <= high)
        means.append(interval.mean or 0)
    assert np.mean(covered) >= 0.92
    assert np.mean(means) == pytest.approx(75, abs=0.5)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("interval", [score_interval, difference_interval])
def test_what_is_no_number_is_refused(interval: Callable[..., object], value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        interval([80, value])
