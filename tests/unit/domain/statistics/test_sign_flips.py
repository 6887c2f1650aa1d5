"""p of the sign-flip test, held against all ways to flip the signs, counted in another manner."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from skill_benchmark.domain.statistics.sign_flips import sign_flip_p_values

Random = np.random.Generator


def p_of(differences: object) -> float:
    [p_value] = sign_flip_p_values([np.asarray(differences, dtype=float)])
    assert p_value is not None
    return p_value


def in_two_halves(differences: np.ndarray) -> float:
    """All sums of each half; of every sum of one half, the sums of the other that reach as far are counted."""
    sizes = np.abs(differences[differences != 0])
    observed = abs(differences.sum())
    first, second = (all_sums(half) for half in (sizes[: len(sizes) // 2], sizes[len(sizes) // 2 :]))
    first = np.sort(first)
    reaching = len(first) - np.searchsorted(first, observed - 1e-9 - second, side="left")
    return min(1.0, 2 * float(reaching.sum()) / 2 ** len(sizes)) if observed > 1e-9 else 1.0


def all_sums(sizes: np.ndarray) -> np.ndarray:
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])
    return sums


def whole(random: Random, cases: int) -> np.ndarray:
    return np.round(random.normal(2, 8, cases))


def thirds(random: Random, cases: int) -> np.ndarray:
    return np.round(random.normal(3, 12, cases)) / 3


def all_or_nothing(random: Random, cases: int) -> np.ndarray:
    large, small = random.choice([0.0, 100, -100], cases, p=[0.5, 0.35, 0.15]), random.choice([0.0, 1], cases)
    differences: np.ndarray = large + small
    return differences


def with_one_failure(random: Random, cases: int) -> np.ndarray:
    return np.append(np.round(random.normal(1, 3, cases - 1)), 95)


@pytest.mark.parametrize("cases", [5, 14, 15, 22, 34])
@pytest.mark.parametrize("draw", [whole, thirds, all_or_nothing, with_one_failure])
def test_p_is_the_share_of_all_ways_to_flip_the_signs(draw: Callable[[Random, int], np.ndarray], cases: int) -> None:
    random = np.random.default_rng(4)
    rows = [draw(random, cases) for _ in range(12)]
    assert sign_flip_p_values(rows) == pytest.approx([in_two_halves(row) for row in rows], rel=1e-9)


def test_p_of_scores_that_are_on_no_grid_is_that_of_rounded_ones() -> None:
    random = np.random.default_rng(5)
    rows = [random.normal(0.4, 1, 34) for _ in range(12)]
    assert sign_flip_p_values(rows) == pytest.approx([in_two_halves(row) for row in rows], rel=0.1)


def test_a_few_cases_by_hand() -> None:
    assert p_of([1, 2, 3]) == 2 / 8
    assert p_of([1, -1]) == 1
    assert p_of([5] * 10) == 2 / 2**10
    assert p_of([0] * 30) == 1
    assert sign_flip_p_values([[], [3]]) == [None, 1]


def test_p_is_as_fine_as_thousands_of_pairs_need_it() -> None:
    assert p_of([7] * 40) == pytest.approx(2 / 2**40)
    assert 0 < p_of([7] * 4_000) < 1e-200
    # A binomial test: 30 of 40 differences of one size point the same way.
    assert p_of([4] * 30 + [-4] * 10) == pytest.approx(stats.binomtest(30, 40).pvalue, rel=1e-9)


def test_what_lies_too_far_out_to_be_counted_is_bounded_from_above() -> None:
    """Nine standard deviations: 2,000 differences of one size, of which 1,201 point the same way."""
    exact = stats.binomtest(1_201, 2_000).pvalue
    p_value = p_of([3] * 1_201 + [-3] * 799)
    assert exact <= p_value < 1e-15
    assert math.log(p_value) == pytest.approx(math.log(exact), rel=0.1)


def test_with_many_cases_it_is_the_normal_test() -> None:
    differences = np.round(np.random.default_rng(1).normal(0.3, 9, 5_000))
    z = differences.sum() / np.sqrt((differences**2).sum())
    assert p_of(differences) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=0.02)


@pytest.mark.parametrize("cases", [12, 40])
def test_p_is_uniform_where_neither_model_is_better(cases: int) -> None:
    random = np.random.default_rng(5)
    of_cases = 100 * random.beta(5, 1, (600, cases))
    a, b = (np.round(np.clip(of_cases + random.normal(0, 8, of_cases.shape), 0, 100)) for _ in range(2))
    assert stats.kstest([p or 0 for p in sign_flip_p_values(list(a - b))], "uniform").pvalue > 0.01


def test_pairs_are_counted_together_as_each_of_them_alone() -> None:
    random = np.random.default_rng(8)
    rows = [np.round(random.normal(1, spread, cases)) for spread in (1, 9, 60) for cases in (9, 16, 40, 300)]
    assert sign_flip_p_values(rows) == pytest.approx([p_of(row) for row in rows], rel=1e-9)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        sign_flip_p_values([[1.0, math.nan]])
