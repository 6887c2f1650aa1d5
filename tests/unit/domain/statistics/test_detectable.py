"""What a comparison of a given size can find, held against the procedure itself on fresh data."""

import numpy as np
import pytest
from scipy import stats

from skill_benchmark.domain.statistics.detectable import (
    cases_needed,
    cases_to_find_anything,
    detectable_in_sd,
    smallest_detectable_difference,
)

ALPHA = 0.05


def significant(differences: np.ndarray, pairs: int) -> np.ndarray:
    """By the whole procedure, without the code under test: the signs of each row, and an interval that holds no 0."""
    said: np.ndarray = signs_say_so(differences, pairs) & interval_says_so(differences, pairs)
    return said


def signs_say_so(differences: np.ndarray, pairs: int) -> np.ndarray:
    """By trying all signs; with more cases than can be tried, the interval alone decides."""
    cases = differences.shape[1]
    if cases > 13:
        return np.ones(len(differences), dtype=bool)
    signs = 1 - 2 * ((np.arange(2**cases)[:, None] >> np.arange(cases)) & 1)
    observed = np.abs(differences.sum(axis=1)) * (1 - 1e-12)
    p_values = (np.abs(signs @ differences.T) >= observed).mean(axis=0)
    return np.asarray(p_values * pairs < ALPHA)


def interval_says_so(differences: np.ndarray, pairs: int) -> np.ndarray:
    """Neither the t statistic nor Hall's transformation of it may be within the quantiles."""
    cases = differences.shape[1]
    quantile = stats.t.ppf(1 - ALPHA / pairs / 2, cases - 1) / np.sqrt(cases)
    w = differences.mean(axis=1) / differences.std(axis=1, ddof=1)
    skew = 0.8 * stats.skew(differences, axis=1)
    hall = w + skew * w**2 / 3 + skew**2 * w**3 / 27 + skew / (6 * cases)
    above = (w > quantile) & (hall > quantile)
    below = (w < -quantile) & (hall < -quantile)
    return np.asarray(above | below)


@pytest.mark.parametrize(
    ("cases", "pairs"),
    [(6, 1), (8, 1), (8, 3), (9, 10), (10, 10), (11, 45), (12, 1), (12, 45), (13, 3), (20, 10), (50, 45), (200, 1)],
)
def test_the_smallest_detectable_difference_is_found_four_times_in_five(cases: int, pairs: int) -> None:
    difference = detectable_in_sd(cases, pairs)
    assert difference is not None
    draws = np.random.default_rng(7).standard_normal((1_000, cases)) + difference
    assert 0.76 <= significant(draws, pairs).mean() <= 0.84


@pytest.mark.parametrize("pairs", [1, 3, 6, 10, 45])
def test_where_no_outcome_could_be_significant_there_is_no_smallest_difference(pairs: int) -> None:
    enough = cases_to_find_anything(pairs)
    assert detectable_in_sd(enough, pairs) is not None
    assert detectable_in_sd(enough - 1, pairs) is None
    same_sign = np.ones((1, enough))
    assert signs_say_so(same_sign, pairs).all()
    assert not signs_say_so(same_sign[:, 1:], pairs).any()


def test_the_cases_that_are_needed_are_the_smallest_number_that_finds_the_difference() -> None:
    for pairs in (1, 10):
        needed = cases_needed(0.5, pairs, limit=10_000)
        assert needed is not None
        here, one_fewer = detectable_in_sd(needed, pairs), detectable_in_sd(needed - 1, pairs)
        assert here is not None
        assert one_fewer is not None
        assert here <= 0.5 < one_fewer
    assert cases_needed(0.01, 1, limit=10_000) is None
    assert cases_needed(5.0, 1, limit=10_000) == cases_to_find_anything(1)
    assert cases_needed(5.0, 1, limit=5) is None


def test_with_many_cases_it_is_the_textbook_formula() -> None:
    # (z of 97.5 % + z of 80 %) / sqrt(n), for a two-sided test at 5 %
    difference = detectable_in_sd(2_000, 1)
    assert difference == pytest.approx((1.959964 + 0.841621) / np.sqrt(2_000), rel=1e-3)


@pytest.mark.parametrize("cases", [8, 12, 30])
def test_an_estimated_spread_leaves_the_power_between_three_quarters_and_85_percent(cases: int) -> None:
    """Each run states its own figure, from its own spread; fresh data is then drawn with that difference."""
    random = np.random.default_rng(11)
    spreads = random.standard_normal((2_000, cases)).std(axis=1, ddof=1)
    stated = np.array([smallest_detectable_difference(spread, cases, 1) for spread in spreads])
    fresh = random.standard_normal((2_000, cases)) + stated[:, None]
    power = significant(fresh, 1).mean()
    assert 0.74 <= power <= 0.85
