"""Shares, such as how many answers match."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

from skill_benchmark.domain.statistics.cases import case_means
from skill_benchmark.domain.statistics.numbers import Floats, floats

_Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class ProportionInterval:
    """A share of 0 to 1 with its 95 % interval. What cannot be made is None, and `reason` says why."""

    successes: int
    count: int
    share: float | None
    low: float | None
    high: float | None
    reason: str | None


def proportion_interval(successes: Sequence[int], cases: Sequence[int]) -> ProportionInterval:
    """Wilson's interval of a share of successes (0 or 1 each), clustered by test case.

    The share is the mean of the shares of the cases. Repeats of a case are no independent trials: Wilson's formula is
    given the number of trials that would be as precise as these are (Kish's design effect), and no more than there
    are. Where all trials agree, their likeness within cases cannot be seen, and each case counts as one trial.
    """
    array = floats(successes, "successes")
    if not len(array):
        return ProportionInterval(0, 0, None, None, None, "nothing was decided")
    of_cases = case_means(array, cases)
    of_cases = of_cases[~np.isnan(of_cases)]
    share = float(of_cases.mean())
    low, high = wilson(share, _effective_count(of_cases, len(array), share))
    return ProportionInterval(int(array.sum()), len(array), share, low, high, None)


def wilson(share: float, count: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of `count` trials."""
    centre = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z / (1 + _Z**2 / count) * sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    # Of a share of 0 or 1 one end is the share itself, but for the rounding of the last digit.
    return min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half))


def _effective_count(of_cases: Floats, trials: int, share: float) -> float:
    cases = len(of_cases)
    if cases == trials or share in {0.0, 1.0} or not (variance := float(of_cases.var(ddof=1)) if cases > 1 else 0.0):
        return float(cases)
    return min(float(trials), share * (1 - share) * cases / variance)


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """p of the two-sided exact test that two raters of the same cases are right equally often.

    Given the cases that only the one and only the other got right; without any, there is no evidence: 1.
    """
    discordant = only_a + only_b
    return float(stats.binomtest(only_a, discordant).pvalue) if discordant else 1.0
