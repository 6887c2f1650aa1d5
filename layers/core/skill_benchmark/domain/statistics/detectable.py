"""What a comparison of this size can find: the smallest difference, and the number of test cases for a wanted one.

Both are those of the procedure that compares two models: all sign flips of the case-wise differences, at the level of
Holm's first step, which is the one that a pair is sure to be tested at.
"""

from functools import lru_cache
from math import ceil, log2, sqrt

import numpy as np
from scipy import optimize, special, stats

from skill_benchmark.domain.statistics.levels import POWER, level_of
from skill_benchmark.domain.statistics.numbers import Floats

_FEW_ARRANGEMENTS = 102
"""Up to so many arrangements under the level, the t test is no model of the sign flips. It is what 12 cases have."""
_LOWEST = 12
"""Arrangements that are as extreme as the observed one flip the lowest differences, and no others."""
_EXACT_LEVELS = 60
"""Cases up to which the attainable levels are told apart; above, they differ from the nominal one by nothing."""
_SAMPLES = 4_000
_SAMPLES_AT_ONCE = 250


def detectable_in_sd(cases: int, pairs: int) -> float | None:
    """The smallest difference that is found four times in five, in standard deviations of the case-wise differences.

    None where no outcome of so few cases could be significant.
    """
    arrangements = _arrangements_under(cases, pairs)
    if arrangements < 1:
        return None
    if arrangements <= _FEW_ARRANGEMENTS:
        return _of_few_arrangements(cases, arrangements)
    return _of_t_test(cases, arrangements * 2.0 ** (1 - cases) if cases <= _EXACT_LEVELS else level_of(pairs))


def cases_to_find_anything(pairs: int) -> int:
    """The smallest number of cases at which an outcome could be significant: 2^(1 - n) has to be under the level."""
    return int(log2(1 / level_of(pairs))) + 2


def cases_needed(difference_in_sd: float, pairs: int, limit: int) -> int | None:
    """The smallest number of cases at which this difference is found four times in five; None above the limit."""
    low, high = cases_to_find_anything(pairs), limit
    if low > high or not _is_found(difference_in_sd, high, pairs):
        return None
    while low < high:
        middle = (low + high) // 2
        if _is_found(difference_in_sd, middle, pairs):
            high = middle
        else:
            low = middle + 1
    return low


def smallest_detectable_difference(standard_deviation: float, cases: int, pairs: int) -> float | None:
    """In points, given the standard deviation (n - 1) of the case-wise differences; None as `detectable_in_sd`.

    The standard deviation is estimated from the same few cases. The factor beside it balances two figures: the power
    at the stated difference, averaged over what the estimate may be, is as far below 80 % as the power where the
    estimate is right is above it.
    """
    in_sd = detectable_in_sd(cases, pairs)
    return None if in_sd is None else in_sd * standard_deviation * (1 + 3 / (8 * (cases - 1)))


def _arrangements_under(cases: int, pairs: int) -> int:
    """How many pairs of opposite arrangements may be as extreme as the observed one, itself included."""
    allowed = level_of(pairs) * 2.0 ** (min(cases, _EXACT_LEVELS) - 1)
    return ceil(allowed) - 1


def _is_found(difference_in_sd: float, cases: int, pairs: int) -> bool:
    smallest = detectable_in_sd(cases, pairs)
    return smallest is not None and smallest <= difference_in_sd


@lru_cache(maxsize=4096)
def _of_t_test(cases: int, level: float) -> float:
    """By the noncentral t distribution, at the level that the arrangements attain."""
    critical = special.stdtrit(cases - 1, 1 - level / 2)

    def lacking(difference: float) -> float:
        return float(stats.nct.sf(critical, cases - 1, difference * sqrt(cases))) - POWER

    return float(optimize.brentq(lacking, 0.0, 4 * (critical + 4) / sqrt(cases), xtol=1e-6))


@lru_cache(maxsize=256)
def _of_few_arrangements(cases: int, arrangements: int) -> float:
    """By simulation of normal differences, from a fixed seed.

    Flipping a set of cases makes the sum smaller unless the mean of the set is negative. A sample is therefore
    significant from that shift on which leaves fewer than `arrangements` sets with a negative mean.
    """
    random = np.random.default_rng(20261124)
    lowest = min(cases, _LOWEST)
    sets = (np.arange(1, 2**lowest - (lowest == cases))[:, None] >> np.arange(lowest)) & 1
    sizes = sets.sum(axis=1)
    shifts: list[Floats] = []
    for _ in range(_SAMPLES // _SAMPLES_AT_ONCE):
        samples = np.sort(random.standard_normal((_SAMPLES_AT_ONCE, cases)), axis=1)[:, :lowest]
        needed = -(samples @ sets.T) / sizes
        shifts.append(np.partition(needed, -arrangements, axis=1)[:, -arrangements])
    return float(np.quantile(np.concatenate(shifts), POWER))
