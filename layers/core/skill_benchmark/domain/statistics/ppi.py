"""A judge's mean, corrected by a sample that people have labelled (PPI++; Angelopoulos, Duchi, Zrnic, 2023).

Answers to one test case are alike, so that every figure here is a sum over clusters: a cluster's influence is how far
its own answers move the figure, and the standard error is the root of the summed squares (cluster-robust, G / (G - 1)
for the clusters of each part). Where each answer is a cluster of its own, this is the formula of the paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import stats

from skill_benchmark.domain.statistics.numbers import Floats, floats

Values = Sequence[float] | Floats
Ints = npt.NDArray[np.int64]
Clusters = Sequence[int] | Ints

_LEVEL = 0.975
_NORMAL_FROM = 100
"""Clusters; with fewer, the spread is known too badly for the normal quantile."""


@dataclass(frozen=True)
class Moments:
    """A judge's scores of things that nobody has labelled: their number and sum by cluster, and the sum of squares.

    A cluster may stand here more than once; its numbers are added up.
    """

    clusters: Ints
    counts: Floats
    sums: Floats
    sum_of_squares: float

    @classmethod
    def of(cls, values: Values, clusters: Clusters | None = None) -> "Moments":
        """Without clusters each value is one of its own, and none of those of labelled things."""
        array = floats(values, "values")
        known = -1 - np.arange(len(array)) if clusters is None else _clusters(clusters, len(array))
        return cls(known, np.ones(len(array)), array, float((array**2).sum()))

    def without(self, values: Values, clusters: Clusters) -> "Moments":
        """What is left when some of the values are taken out; a cluster of which nothing is left is none."""
        some = Moments.of(values, clusters)
        known, index = np.unique(np.concatenate([self.clusters, some.clusters]), return_inverse=True)
        counts = _added(index, np.concatenate([self.counts, -some.counts]))
        sums = _added(index, np.concatenate([self.sums, -some.sums]))
        left = counts > 0
        return Moments(known[left], counts[left], sums[left], max(0.0, self.sum_of_squares - some.sum_of_squares))

    @property
    def count(self) -> float:
        return float(self.counts.sum())

    @property
    def sum(self) -> float:
        return float(self.sums.sum())


@dataclass(frozen=True)
class Sample:
    """Labelled things, each with people's and the judge's score and its cluster, and the judge's scores of others."""

    people: Floats
    judge: Floats
    clusters: Ints
    others: Moments

    @classmethod
    def of(cls, people: Values, judge: Values, others: Moments, clusters: Clusters | None = None) -> "Sample":
        y, f = floats(people, "people"), floats(judge, "judge")
        if len(y) != len(f):
            raise ValueError("each label needs the judge's score of the same thing")
        return cls(y, f, np.arange(len(y)) if clusters is None else _clusters(clusters, len(y)), others)

    @property
    def judged(self) -> int:
        """Labelled or not."""
        return len(self.judge) + round(self.others.count)

    @property
    def judge_mean(self) -> float:
        return (float(self.judge.sum()) + self.others.sum) / self.judged


@dataclass(frozen=True)
class Estimate:
    """A mean, or a difference of two, with its standard error and its 95 % interval."""

    mean: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True)
class CorrectedMean(Estimate):
    """An estimate of what people's mean of everything would be."""

    tuning: float
    """Lambda: how far the judge's scores are used. 0 is the labels alone, 1 is plain prediction-powered inference."""


def corrected_mean(
    people: Values, judge: Values, unlabelled: Moments, clusters: Clusters | None = None
) -> CorrectedMean | None:
    """Of n labelled things, each with people's and the judge's score, and the judge's scores of the others.

    None for fewer than two clusters of labelled things, or of others.
    """
    sample = Sample.of(people, judge, unlabelled, clusters)
    corrected = _corrected(sample)
    if corrected is None:
        return None
    tuning, mean = corrected
    found = _interval(mean, _count(sample.clusters))
    return CorrectedMean(found.mean, found.standard_error, found.low, found.high, tuning)


def corrected_difference(first: Sample, second: Sample) -> Estimate | None:
    """The corrected mean of the first minus that of the second; None where one of them has none.

    The influences of a cluster that both have are subtracted before they are squared. So the difference is as certain
    as what the two share makes it, however many labels each has and wherever they are.
    """
    corrected = _corrected(first), _corrected(second)
    if corrected[0] is None or corrected[1] is None:
        return None
    difference = _sum((1, corrected[0][1]), (-1, corrected[1][1]))
    return _interval(difference, min(_count(first.clusters), _count(second.clusters)))


def labels_alone(values: Values, clusters: Clusters | None = None) -> Estimate | None:
    """The mean over the labelled things of people's scores, or of the judge's minus people's; nothing else is used.

    None for fewer than two clusters.
    """
    array = floats(values, "values")
    known = np.arange(len(array)) if clusters is None else _clusters(clusters, len(array))
    mean = _mean_of(Moments.of(array, known))
    return _interval(mean, _count(known)) if mean else None


def shift(judge: Values, unlabelled: Moments, clusters: Clusters | None = None) -> Estimate | None:
    """The judge's mean of the labelled things minus that of the others; None for fewer than two clusters of either.

    Where the labelled things were drawn at random, 0 is outside of the interval once in twenty times.
    """
    array = floats(judge, "judge")
    known = np.arange(len(array)) if clusters is None else _clusters(clusters, len(array))
    labelled, others = _mean_of(Moments.of(array, known)), _mean_of(unlabelled)
    if labelled is None or others is None:
        return None
    return _interval(_sum((1, labelled), (-1, others)), _count(known))


@dataclass(frozen=True)
class _Mean:
    """A figure, and how far each cluster moves it."""

    value: float
    clusters: Ints
    influences: Floats


def _mean_of(moments: Moments) -> _Mean | None:
    clusters, index = np.unique(moments.clusters, return_inverse=True)
    if len(clusters) < 2:
        return None
    mean = moments.sum / moments.count
    of_sample = sqrt(len(clusters) / (len(clusters) - 1)) / moments.count
    return _Mean(mean, clusters, _added(index, moments.sums - mean * moments.counts) * of_sample)


def _sum(*weighted: tuple[float, _Mean]) -> _Mean:
    """The weighted sum of figures, whose influences are added where they are of one cluster."""
    clusters, index = np.unique(np.concatenate([mean.clusters for _, mean in weighted]), return_inverse=True)
    influences = _added(index, np.concatenate([weight * mean.influences for weight, mean in weighted]))
    return _Mean(sum(weight * mean.value for weight, mean in weighted), clusters, influences)


def _added(index: Ints, values: Floats) -> Floats:
    """The sums of the values that have the same index."""
    return np.bincount(index, weights=values).astype(np.float64)


def _corrected(sample: Sample) -> tuple[float, _Mean] | None:
    """Lambda and the corrected mean."""
    others = _mean_of(sample.others)
    if others is None or _count(sample.clusters) < 2:
        return None
    tuning = _tuning(sample)
    rest = _mean_of(Moments.of(sample.people - tuning * sample.judge, sample.clusters))
    assert rest is not None
    return tuning, _sum((tuning, others), (1, rest))


def _tuning(sample: Sample) -> float:
    """That of the paper, over answers: any value leaves the mean right, and the best one for clusters gains nothing."""
    labelled, others = len(sample.judge), sample.others.count
    squares = sample.others.sum_of_squares + float((sample.judge**2).sum())
    deviations = squares - sample.judged * sample.judge_mean**2
    # What is left of equal scores when they are subtracted.
    if deviations <= 1e-12 * squares:
        return 0.0
    variance = deviations / (sample.judged - 1)
    covariance = float(np.cov(sample.people, sample.judge, ddof=1)[0, 1])
    return float(np.clip(covariance / ((1 + labelled / others) * variance), 0, 1))


def _interval(mean: _Mean, clusters: int) -> Estimate:
    """By the t quantile of so many clusters of labelled things, which are the few that the spread is known from."""
    error = float(np.sqrt((mean.influences**2).sum()))
    quantile = float(stats.t.ppf(_LEVEL, clusters - 1) if clusters < _NORMAL_FROM else stats.norm.ppf(_LEVEL))
    return Estimate(mean.value, error, mean.value - quantile * error, mean.value + quantile * error)


def _clusters(clusters: Clusters, count: int) -> Ints:
    if len(clusters) != count:
        raise ValueError("each value needs the cluster that it is of")
    return np.asarray(clusters, dtype=np.int64)


def _count(clusters: Ints) -> int:
    return len(np.unique(clusters))
