"""Spreads that are pooled over groups: of the repeats within a test case, of the verdicts within an answer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt


@dataclass
class PooledVariance:
    """The variance within groups, pooled over them: sums of squares by degrees of freedom (n - 1 of each group)."""

    sum_of_squares: float = 0.0
    degrees: int = 0

    def add(self, standard_deviation: float, count: int) -> None:
        """A group of `count` values with this standard deviation (n - 1)."""
        self.sum_of_squares += (count - 1) * standard_deviation**2
        self.degrees += count - 1

    @property
    def standard_deviation(self) -> float | None:
        """None where no group has two values."""
        return sqrt(self.sum_of_squares / self.degrees) if self.degrees else None


def by_case(cases: Sequence[int], values: Sequence[float]) -> dict[int, list[float]]:
    """The values of each test case that has any; cases and values stand side by side."""
    of_case: dict[int, list[float]] = defaultdict(list)
    for case, value in zip(cases, values, strict=True):
        of_case[case].append(value)
    return of_case


def within_case_sd(cases: Sequence[int], scores: Sequence[float]) -> float | None:
    """The standard deviation of scores of one test case, pooled over the cases with two or more.

    `cases` and `scores` stand side by side. None where no case was scored twice.
    """
    squares, degrees = [], 0
    for repeats in by_case(cases, scores).values():
        mean = fsum(repeats) / len(repeats)
        squares += [(score - mean) ** 2 for score in repeats]
        degrees += len(repeats) - 1
    return sqrt(fsum(squares) / degrees) if degrees else None
