"""The mean of the scores of test cases, and the mean difference of two models: how far they can be believed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import special

from skill_benchmark.domain.statistics.levels import ALPHA, CONFIDENCE
from skill_benchmark.domain.statistics.numbers import Floats, floats

_SCORES = (0.0, 100.0)
_DIFFERENCES = (-100.0, 100.0)

_SHARE_OF_SKEW = 0.8
"""How much of the sample's skew is corrected for. With all of it, intervals of ten capped scores are too wide."""


@dataclass(frozen=True)
class MeanInterval:
    """A mean of `count` values with its interval. What cannot be computed is None, and `reason` says why."""

    count: int
    mean: float | None
    standard_deviation: float | None
    low: float | None
    high: float | None
    method: str | None
    reason: str | None

    @property
    def standard_error(self) -> float | None:
        return None if self.standard_deviation is None else self.standard_deviation / sqrt(self.count)

    @property
    def ends(self) -> tuple[float, float]:
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high


def score_interval(scores: Sequence[float] | Floats) -> MeanInterval:
    """The 95 % interval of a mean of independent scores of 0 to 100, such as the means of test cases."""
    return _interval(floats(scores, "scores"), _SCORES, CONFIDENCE)


def difference_interval(differences: Sequence[float] | Floats, confidence: float = CONFIDENCE) -> MeanInterval:
    """Of the mean of case-wise differences of two models, -100 to 100."""
    return _interval(floats(differences, "differences"), _DIFFERENCES, confidence)


def unseen_share(cases: int) -> float | None:
    """The largest share of all inputs that none of these cases may be like, at 95 %: about 3 / n (rule of three)."""
    return 1 - ALPHA ** (1 / cases) if cases else None


def lower_end_in_sd(skew: Floats, count: int, confidence: float) -> Floats:
    """How far the lower end lies under the mean, in standard deviations of one value, by the skew of the values.

    The farther of two: the t interval, and Hall's transformed t, which is freed of the skew before its quantiles are
    taken (P. Hall, J. R. Stat. Soc. B 54, 1992). The upper end is the lower one of the mirrored values.
    """
    at = special.stdtrit(count - 1, (1 + confidence) / 2) / sqrt(count)
    corrected = _SHARE_OF_SKEW * np.where(np.abs(skew) < 1e-6, 1e-6, skew)
    hall: Floats = 3 / corrected * (np.cbrt(1 + corrected * (at - corrected / (6 * count))) - 1)
    return np.maximum(at, hall)


def _interval(array: Floats, scale: tuple[float, float], confidence: float) -> MeanInterval:
    """Cut to the scale. No interval sees a failure that no value shows; `unseen_share` says how large it could be."""
    count = len(array)
    if not count:
        return MeanInterval(0, None, None, None, None, None, "nothing was scored")
    mean = float(array.mean())
    if count < 2:
        return MeanInterval(1, mean, None, None, None, None, "one test case: the spread between cases cannot be seen")
    deviation = float(array.std(ddof=1))
    if deviation < 1e-9 * max(1.0, abs(mean)):
        return _of_equal_values(count, mean, scale, confidence)
    skew = np.mean((array - mean) ** 3) / np.mean((array - mean) ** 2) ** 1.5
    below, above = lower_end_in_sd(np.array([skew, -skew]), count, confidence).tolist()
    low, high = _cut(mean - deviation * below, mean + deviation * above, scale)
    return MeanInterval(count, mean, deviation, low, high, "t and transformed t", None)


def _of_equal_values(count: int, mean: float, scale: tuple[float, float], confidence: float) -> MeanInterval:
    """At least (alpha/2)^(1/n) of all values are like these, or n of them would hardly be (the exact binomial bound).

    Each of the others may be anywhere on the scale.
    """
    alike = ((1 - confidence) / 2) ** (1 / count)
    low, high = (mean + (1 - alike) * (end - mean) for end in scale)
    low, high = _cut(low, high, scale)
    return MeanInterval(count, mean, 0.0, low, high, "exact bound of equal values", None)


def _cut(low: float, high: float, scale: tuple[float, float]) -> tuple[float, float]:
    return max(scale[0], low), min(scale[1], high)
