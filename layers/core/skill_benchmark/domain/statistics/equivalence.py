"""Evidence that a difference is small, which also has to exclude what could be behind cases that nobody wrote."""

from math import ceil, exp, log, pi, sqrt

import numpy as np
from scipy import optimize, special

from skill_benchmark.domain.statistics.levels import EQUIVALENCE_MARGIN, level_of
from skill_benchmark.domain.statistics.numbers import Floats

_SCALE = 100.0


def is_shown_to_be_small(differences: Floats, pairs: int) -> bool:
    """Whether both bounds of the mean difference lie within the margin, at the level of one of so many pairs.

    The bounds are Gaffke's (N. Gaffke, 2004; E. Learned-Miller and P. Thomas, arXiv:1905.06208): cases get random
    weights that add up to 1, and one more case gets a weight, on which the models differ by the whole scale. For equal
    differences that is the exact binomial bound, and for differences of 0 the rule of three. A model that fails on one
    case in fifty is thereby not called equivalent by the forty cases that do not show it.
    """
    level = level_of(pairs) / 2
    return _beyond_margin(differences) <= level and _beyond_margin(-differences) <= level


def cases_for_equivalence(pairs: int) -> int:
    """The smallest number of cases at which models could be shown to be equivalent, if they differ on none."""
    return ceil(log(level_of(pairs) / 2) / log(1 - EQUIVALENCE_MARGIN / _SCALE))


def _beyond_margin(differences: Floats) -> float:
    """The probability that the weighted mean is minus the margin or less, by a saddlepoint approximation.

    Weights that are uniform on all that add up to 1 are exponential variables over their sum, so that this is the
    probability that a weighted sum of exponential variables is 0 or less (R. Lugannani and S. Rice, 1980).
    """
    distances, counts = np.unique(differences + EQUIVALENCE_MARGIN, return_counts=True)
    distances = np.append(distances, EQUIVALENCE_MARGIN - _SCALE)
    weights = np.append(counts, 1).astype(np.float64)
    if distances.max() <= 0:
        return 1.0
    low, high = 1 / distances.min(), 1 / distances.max()

    def slope(at: float) -> float:
        return float((weights * distances / (1 - at * distances)).sum())

    width = high - low
    at = optimize.brentq(slope, low + 1e-12 * width, high - 1e-12 * width, xtol=1e-15)
    exponent = float((weights * np.log1p(-at * distances)).sum())
    curvature = float((weights * (distances / (1 - at * distances)) ** 2).sum())
    if exponent < 1e-6:
        return 0.5
    root = -sqrt(2 * exponent) if at < 0 else sqrt(2 * exponent)
    density = exp(-(root**2) / 2) / sqrt(2 * pi)
    return float(special.ndtr(root)) + density * (1 / root - 1 / (at * sqrt(curvature)))
