"""What a comparison of this size can find: the smallest difference, and the number of test cases for a wanted one.

Both are those of the procedure that compares two models: all sign flips of the case-wise differences at the level of
Holm's first step, which is the one that a pair is sure to be tested at, and the interval beside them.
"""

from functools import lru_cache
from math import ceil, log2, sqrt

import numpy as np
from scipy import optimize, special, stats

from skill_benchmark.domain.statistics.levels import POWER, level_of
from skill_benchmark.domain.statistics.means import lower_end_in_sd
from skill_benchmark.domain.statistics.numbers import Floats

_FEW_ARRANGEMENTS = 102
"""Up to so many arrangements under the level, sign flips need more than the interval does. It is what 12 cases have."""
_LOWEST = 12
"""Arrangements that are as extreme as the observed one flip the lowest differences, and no others."""
_SIMULATED_CASES = 200
"""With more, the skew of a sample of normal differences makes no difference."""
_SAMPLES = 4_000
_SAMPLES_AT_ONCE = 250


def detectable_in_sd(cases: int, pairs: int) -> float | None:
    """The smallest difference that is found four times in five, in standard deviations of the case-wise differences.

    None where no outcome of so few cases could be significant.
    """
    if _arrangements_under(cases, pairs) < 1:
        return None
    return _simulated(cases, pairs) if cases <= _SIMULATED_CASES else _of_t_test(cases, level_of(pairs))


def cases_to_find_anything(pairs: int) -> int:
    """The smallest number of cases at which an outcome could be significant: 2^(1 - n) has to be under the level."""
    return int(log2(1 / level_of(pairs))) + 2


def why_nothing_is_found(cases: int, pairs: int, models: int) -> str | None:
    """None where an outcome of so many cases could be significant."""
    enough = cases_to_find_anything(pairs)
    return f"needs at least {enough} cases for {models} models" if cases < enough else None


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
    # From 60 cases on there are more than anybody counts, and soon more than a float holds.
    return ceil(level_of(pairs) * 2.0 ** (min(cases, 60) - 1)) - 1


def _is_found(difference_in_sd: float, cases: int, pairs: int) -> bool:
    smallest = detectable_in_sd(cases, pairs)
    return smallest is not None and smallest <= difference_in_sd


@lru_cache(maxsize=4096)
def _of_t_test(cases: int, level: float) -> float:
    """By the noncentral t distribution."""
    critical = special.stdtrit(cases - 1, 1 - level / 2)

    def lacking(difference: float) -> float:
        return float(stats.nct.sf(critical, cases - 1, difference * sqrt(cases))) - POWER

    return float(optimize.brentq(lacking, 0.0, 4 * (critical + 4) / sqrt(cases), xtol=1e-6))


@lru_cache(maxsize=4096)
def _simulated(cases: int, pairs: int) -> float:
    """The shift from which on four of five samples of normal differences are significant. The seed is fixed."""
    random = np.random.default_rng(20261124)
    arrangements = _arrangements_under(cases, pairs)
    shifts: list[Floats] = []
    for _ in range(_SAMPLES // _SAMPLES_AT_ONCE):
        samples = random.standard_normal((_SAMPLES_AT_ONCE, cases))
        needed = _shift_for_interval(samples, 1 - level_of(pairs))
        if arrangements <= _FEW_ARRANGEMENTS:
            needed = np.maximum(needed, _shift_for_sign_flips(samples, arrangements))
        shifts.append(needed)
    return float(np.quantile(np.concatenate(shifts), POWER))


def _shift_for_interval(samples: Floats, confidence: float) -> Floats:
    """From which on the interval of each sample lies above 0."""
    means, cases = samples.mean(axis=1), samples.shape[1]
    deviations = samples - means[:, None]
    skews = (deviations**3).mean(axis=1) / (deviations**2).mean(axis=1) ** 1.5
    shifts: Floats = lower_end_in_sd(skews, cases, confidence) * samples.std(axis=1, ddof=1) - means
    return shifts


def _shift_for_sign_flips(samples: Floats, arrangements: int) -> Floats:
    """From which on fewer than `arrangements` others are as extreme as the sum of each sample.

    Flipping a set of cases makes the sum smaller unless the mean of the set is negative.
    """
    cases = samples.shape[1]
    lowest = min(cases, _LOWEST)
    sets = _sets(lowest)[: 2**lowest - 1 - (lowest == cases)]
    needed = -(np.sort(samples, axis=1)[:, :lowest] @ sets.T) / sets.sum(axis=1)
    shifts: Floats = np.partition(needed, -arrangements, axis=1)[:, -arrangements]
    return shifts


@lru_cache(maxsize=16)
def _sets(of: int) -> Floats:
    """All sets of so many things but the empty one, a row of 0 and 1 each; the last one holds all."""
    sets: Floats = ((np.arange(1, 2**of)[:, None] >> np.arange(of)) & 1).astype(np.float64)
    return sets
