"""A judge's mean, corrected by a sample that people have labelled (PPI++; Angelopoulos, Duchi, Zrnic, 2023)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

from skill_benchmark.domain.statistics.numbers import Floats, floats

Values = Sequence[float] | Floats

_Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Moments:
    """A judge's scores of things that nobody has labelled: how many, their sum and their sum of squares."""

    count: int
    sum: float
    sum_of_squares: float

    @classmethod
    def of(cls, values: Values) -> "Moments":
        array = floats(values, "values")
        return cls(len(array), float(array.sum()), float((array**2).sum()))

    def with_values(self, values: Floats) -> "Moments":
        more = Moments.of(values)
        return Moments(self.count + more.count, self.sum + more.sum, self.sum_of_squares + more.sum_of_squares)

    @property
    def mean(self) -> float:
        return self.sum / self.count

    @property
    def variance(self) -> float:
        """With n - 1."""
        return max(0.0, self.sum_of_squares - self.sum**2 / self.count) / (self.count - 1)


@dataclass(frozen=True)
class CorrectedMean:
    """An estimate of what people's mean of everything would be, with its 95 % interval."""

    tuning: float
    """Lambda: how far the judge's scores are used. 0 is the labels alone, 1 is plain prediction-powered inference."""
    mean: float
    standard_error: float
    low: float
    high: float


def corrected_mean(people: Values, judge: Values, unlabelled: Moments) -> CorrectedMean | None:
    """Of n labelled things, each with people's and the judge's score, and the judge's scores of the others.

    None for fewer than two labelled or fewer than two others.
    """
    y, f = floats(people, "people"), floats(judge, "judge")
    if len(y) != len(f):
        raise ValueError("each label needs the judge's score of the same thing")
    if len(y) < 2 or unlabelled.count < 2:
        return None
    variance = unlabelled.with_values(f).variance
    share = 1 + len(y) / unlabelled.count
    tuning = float(np.clip(np.cov(y, f, ddof=1)[0, 1] / (share * variance), 0, 1)) if variance > 0 else 0.0
    residuals = y - tuning * f
    mean = tuning * unlabelled.mean + float(residuals.mean())
    error = sqrt(tuning**2 * unlabelled.variance / unlabelled.count + float(residuals.var(ddof=1)) / len(y))
    return CorrectedMean(tuning, mean, error, mean - _Z * error, mean + _Z * error)


def labels_alone(people: Values) -> CorrectedMean | None:
    """The mean of the labelled things, without any judge; None for fewer than two."""
    y = floats(people, "people")
    if len(y) < 2:
        return None
    error = float(y.std(ddof=1)) / sqrt(len(y))
    return CorrectedMean(0.0, float(y.mean()), error, float(y.mean()) - _Z * error, float(y.mean()) + _Z * error)
