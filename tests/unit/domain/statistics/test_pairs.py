"""Paired differences: p is uniform where there is nothing, and a verdict never says more than the data."""

import numpy as np
import pytest
from scipy import stats

from skill_benchmark.domain.statistics.pairs import (
    EQUIVALENCE_MARGIN,
    PairComparison,
    compare_models,
    holm,
    paired_t_interval,
    sign_flip_p_value,
    tied_with_best,
)


def pair(a: list[float], b: list[float]) -> PairComparison:
    [found] = compare_models({"a": dict(enumerate(a)), "b": dict(enumerate(b))}, seed=1)
    return found


@pytest.mark.parametrize("cases", [12, 40])
def test_p_is_uniform_where_neither_model_is_better(cases: int) -> None:
    random = np.random.default_rng(5)
    found = []
    for run in range(600):
        of_case = 100 * random.beta(5, 1, cases)
        a, b = (np.clip(of_case + random.normal(0, 8, cases), 0, 100) for _ in range(2))
        p = sign_flip_p_value(a - b, seed=run)
        assert p is not None
        found.append(p)
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_a_few_cases_are_tried_in_all_ways() -> None:
    assert sign_flip_p_value([1, 2, 3], seed=1) == 2 / 8
    assert sign_flip_p_value([1, -1], seed=1) == 1
    assert sign_flip_p_value([5] * 10, seed=1) == 2 / 2**10


def test_p_by_chance_is_never_zero_and_the_same_for_the_same_seed() -> None:
    differences = [10.0] * 40
    assert sign_flip_p_value(differences, seed=1) == 1 / 10_000
    some = np.random.default_rng(1).normal(1, 5, 60)
    assert sign_flip_p_value(some, seed=7) == sign_flip_p_value(some, seed=7)
    assert sign_flip_p_value(some, seed=7) == pytest.approx(stats.ttest_1samp(some, 0).pvalue, abs=0.03)


def test_a_difference_counts_only_cases_that_both_models_have() -> None:
    [found] = compare_models({"a": {0: 90, 1: 80, 2: 70}, "b": {1: 80, 2: 75, 3: 0}}, seed=1)
    assert (found.cases, found.wins, found.ties, found.losses, found.difference) == (2, 0, 1, 1, -2.5)


def test_a_clear_difference_is_better_and_a_small_one_is_equivalent() -> None:
    random = np.random.default_rng(3)
    base = random.uniform(40, 80, 100)
    better = pair((base + 10 + random.normal(0, 5, 100)).tolist(), base.tolist())
    worse = pair(base.tolist(), (base + 10 + random.normal(0, 5, 100)).tolist())
    same = pair((base + random.normal(0, 5, 100)).tolist(), base.tolist())
    noisy = pair((base + random.normal(0, 30, 100)).tolist(), base.tolist())
    assert [found.verdict for found in (better, worse, same, noisy)] == [
        "better",
        "worse",
        "equivalent",
        "inconclusive",
    ]
    assert same.interval_low is not None
    assert same.interval_low > -EQUIVALENCE_MARGIN
    assert noisy.smallest_detectable_difference is not None
    assert noisy.smallest_detectable_difference > EQUIVALENCE_MARGIN


def test_the_smallest_detectable_difference_is_detected_four_times_in_five() -> None:
    random = np.random.default_rng(11)
    detectable = pair(random.normal(0, 10, 30).tolist(), [0.0] * 30).smallest_detectable_difference
    spread = random.normal(0, 10, 30).std(ddof=1)
    assert detectable == pytest.approx(10 * 2.92 / np.sqrt(30), rel=0.35)
    power = np.mean(
        [stats.ttest_1samp(random.normal(10 * 2.92 / np.sqrt(30), 10, 30), 0).pvalue < 0.05 for _ in range(2000)]
    )
    assert power == pytest.approx(0.8, abs=0.04), spread


@pytest.mark.parametrize(
    ("a", "b", "verdict", "reason"),
    [
        ([], [], None, "no test case"),
        ([90], [80], "inconclusive", "one test case"),
        ([80, 80], [80, 80], "inconclusive", "all differences are the same"),
        ([80] * 99, [80] * 99, "inconclusive", "all differences are the same"),
        ([80] * 100, [80] * 100, "equivalent", "all differences are the same"),
    ],
)
def test_degenerate_pairs_have_a_reason(a: list[float], b: list[float], verdict: str | None, reason: str) -> None:
    found = pair(a, b)
    assert (found.interval_low, found.interval_high, found.smallest_detectable_difference) == (None, None, None)
    assert found.verdict == verdict
    assert reason in (found.reason or "")


def test_a_difference_that_never_varies_is_still_a_difference() -> None:
    found = pair([85] * 20, [80] * 20)
    assert (found.verdict, found.difference, found.interval_low) == ("better", 5, None)


def test_holm_corrects_for_the_number_of_pairs_and_leaves_out_what_could_not_be_made() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.02, None, 0.5]) == [0.04, None, 0.5]
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []


def test_the_best_model_is_tied_with_all_that_it_is_not_shown_to_be_better_than() -> None:
    random = np.random.default_rng(2)
    base = random.uniform(50, 80, 60)
    scores = {
        name: dict(enumerate((base + shift + random.normal(0, 6, 60)).tolist()))
        for name, shift in (("worst", -15), ("best", 2), ("second", 1))
    }
    pairs = compare_models(scores, seed=1)
    assert len(pairs) == 3
    assert tied_with_best("best", list(scores), pairs) == ["second"]


def test_one_model_has_no_pairs() -> None:
    assert compare_models({"a": {0: 1.0}}, seed=1) == []


def test_the_interval_is_the_paired_t_interval() -> None:
    differences = [1.0, 2.0, 4.0, -3.0]
    low, high = stats.ttest_1samp(differences, 0).confidence_interval()
    assert paired_t_interval(differences) == pytest.approx((low, high))
