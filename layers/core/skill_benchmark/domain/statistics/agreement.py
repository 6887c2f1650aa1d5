"""How far raters agree: people with each other, and a judge with people."""

from collections.abc import Mapping, Sequence
from statistics import fmean

import numpy as np
from scipy import stats

from skill_benchmark.domain.statistics.numbers import Floats, floats

Values = Sequence[float] | Floats


def spearman(x: Values, y: Values) -> float | None:
    """Rank correlation with average ranks; None for fewer than three pairs, or where one side is constant."""
    first, second = floats(x, "x"), floats(y, "y")
    if len(first) != len(second):
        raise ValueError("x and y should be of one length")
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(stats.spearmanr(first, second).statistic)


def bias(judge: Values, people: Values) -> float | None:
    """The mean of judge minus people."""
    differences = floats(judge, "judge") - floats(people, "people")
    return float(differences.mean()) if len(differences) else None


def mean_absolute_error(judge: Values, people: Values) -> float | None:
    differences = floats(judge, "judge") - floats(people, "people")
    return float(np.abs(differences).mean()) if len(differences) else None


def krippendorff_alpha(units: Sequence[Sequence[float]]) -> float | None:
    """Krippendorff's alpha with the interval metric. A unit is all ratings of one thing; units with one are left out.

    1 is perfect agreement, 0 what chance would give. None where no unit has two ratings, or all ratings are equal.
    """
    rated = [floats(unit, "ratings") for unit in units if len(unit) > 1]
    if not rated:
        return None
    values = np.concatenate(rated)
    count = len(values)
    # The sum over ordered pairs of (a - b)^2 is 2 m * (sum of squared deviations).
    expected = 2 * count * float(((values - values.mean()) ** 2).sum()) / (count * (count - 1))
    if expected == 0:
        return None
    observed = sum(2 * len(unit) * float(((unit - unit.mean()) ** 2).sum()) / (len(unit) - 1) for unit in rated) / count
    return 1 - observed / expected


def one_against_the_others(units: Sequence[Mapping[str, float]]) -> float | None:
    """The mean over raters of the rank correlation of one with the mean of the others, on what they share.

    A unit holds the ratings of one thing by rater. A judge's correlation with people is to be held against this.
    """
    correlations = []
    for rater in sorted({name for unit in units for name in unit}):
        shared = [unit for unit in units if rater in unit and len(unit) > 1]
        own = [unit[rater] for unit in shared]
        others = [fmean(value for name, value in unit.items() if name != rater) for unit in shared]
        correlation = spearman(own, others)
        if correlation is not None:
            correlations.append(correlation)
    return fmean(correlations) if correlations else None
