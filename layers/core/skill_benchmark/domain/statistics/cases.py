"""Test cases are what a run samples: the repeats of one case are one observation of it, their mean."""

from collections.abc import Sequence

import numpy as np

from skill_benchmark.domain.statistics.numbers import Floats, floats


def case_means(values: Sequence[float] | Floats, cases: Sequence[int], *, count: int | None = None) -> Floats:
    """The mean of the values of each test case, by its index; NaN for a case without any.

    `count` is how many cases there are; without it, as many as the highest index says.
    """
    array, index = floats(values, "values"), np.asarray(cases, dtype=np.int64)
    if len(array) != len(index):
        raise ValueError("each value needs the test case that it is of")
    length = count if count is not None else int(index.max(initial=-1)) + 1
    sums = np.bincount(index, weights=array, minlength=length)
    repeats = np.bincount(index, minlength=length)
    means: Floats = np.full(length, np.nan)
    np.divide(sums, repeats, out=means, where=repeats > 0)
    return means
