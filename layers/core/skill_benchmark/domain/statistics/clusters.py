"""The spread of a mean of values that are alike within clusters, such as the repeats of one test case."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from skill_benchmark.domain.statistics.numbers import Floats, floats


def clustered_standard_error(values: Sequence[float] | Floats, clusters: Sequence[int]) -> float | None:
    """Of the mean of values that are alike within a cluster; None for fewer than two clusters."""
    of_clusters = influences(floats(values, "values"), clusters)
    return float(of_clusters.std(ddof=1) / sqrt(len(of_clusters))) if len(of_clusters) > 1 else None


def influences(values: Floats, clusters: Sequence[int]) -> Floats:
    """One value a cluster, whose mean is the mean of all values and whose spread is that of the clusters.

    Of clusters of one size it is the mean of each. sd/sqrt(G) of these values is the cluster-robust standard error
    sqrt(G/(G-1) * sum over clusters of (sum of deviations)^2) / n.
    """
    if len(clusters) != len(values):
        raise ValueError("each value needs the cluster that it is of")
    mean = values.mean()
    _, index = np.unique(np.asarray(clusters), return_inverse=True)
    sums = np.bincount(index, weights=values - mean)
    of_clusters: Floats = mean + sums * (len(sums) / len(values))
    return of_clusters
