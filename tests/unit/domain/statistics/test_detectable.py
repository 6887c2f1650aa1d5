"""What a comparison of a given size can find, held against the procedure itself on fresh data."""

import numpy as np
import pytest

from skill_benchmark.domain.statistics.detectable import (
    cases_needed,
    cases_to_find_anything,
    detectable_in_sd,
    smallest_detectable_difference,
)

ALPHA = 0.05


def significant(differences: np.ndarray, pairs: int) -> np.ndarray:
    """By trying all signs of each row, without the code under test."""
    cases = differences.shape[1]
    signs = 1 - 2 * ((np.arange(2**cases)[:, None] >> np.arange(cases)) & 1)
    observed = np.abs(differences.sum(axis=1)) * (1 - 1e-12)
    p_values = (np.abs(signs @ differences.T) >= observed).mean(axis=0)
    return np.asarray(p_values * pairs < ALPHA)


@pytest.mark.parametrize(
    ("cases", "pairs"), [(6, 1), (8, 1), (8, 3), (9, 10), (10, 10), (11, 45), (12, 1), (12, 45), (13, 3)]
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
    assert significant(same_sign, pairs).all()
    assert not significant(same_sign[:, 1:], pairs).any()


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
    if cases <= 12:
        power = significant(fresh, 1).mean()
    else:
        t = fresh.mean(axis=1) / fresh.std(axis=1, ddof=1) * np.sqrt(cases)
        power = (np.abs(t) > 2.0452).mean()  # the 97.5 % quantile of t with 29 degrees of freedom
    assert 0.74 <= power <= 0.85
