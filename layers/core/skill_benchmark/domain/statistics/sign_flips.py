"""The sign-flip test: if neither model were better, each difference could as well have been the other way round.

p is the share of all 2^n ways to flip signs whose sum is as far from 0 as the observed one. Nothing is drawn at random,
so that p is as fine as the correction for many pairs needs it, and the same differences always have the same p. For few
cases all ways are tried. For many, their sums are counted by the characteristic function of their distribution
(M. Pagano and D. Tritchler, J. Am. Stat. Assoc. 78, 1983), which is a product of cosines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, sqrt
from sys import float_info

import numpy as np
import numpy.typing as npt

from skill_benchmark.domain.statistics.numbers import Floats, floats

_TRIED_CASES = 14
_DENOMINATORS: tuple[int, ...] = (*range(1, 17), 18, 20, 24, 30)
"""Of scores: whole numbers, and means of so many repeats and verdicts."""
_STEPS_PER_SPREAD = 128
"""Differences that need finer steps are rounded to this part of their root mean square. The test stays exact: it is
then that of the rounded differences."""
_REACH = 9.0
"""Standard deviations of the sum; what lies beyond has a probability under 1e-18."""
_BEYOND = 8.0
_VALUES_AT_ONCE = 2_000_000
"""Sixteen megabytes."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _OnLattice:
    """Differences of one pair in whole steps, and where their p belongs."""

    place: int
    steps: Ints
    """Without signs and zeros."""
    observed: int
    """The sum with signs, without its sign."""

    @property
    def spread(self) -> float:
        """Of the sum when signs are flipped."""
        return float(np.sqrt((self.steps.astype(np.float64) ** 2).sum()))

    @property
    def smallest_p_value(self) -> float:
        """That of differences which all have one sign. Beyond what a float can hold, it is still not 0."""
        return max(0.5 ** (len(self.steps) - 1), float_info.min)

    @property
    def p_value_at_the_ends(self) -> float | None:
        """Of a sum of 0, and of one so far out that its p is smaller than the rounding errors of counting.

        That p is bounded by Hoeffding's inequality; it is never larger.
        """
        if self.observed == 0:
            return 1.0
        distance = self.observed / self.spread
        return max(2 * exp(-(distance**2) / 2), self.smallest_p_value) if distance > _BEYOND else None

    @property
    def period(self) -> int:
        """Sums that differ by this much may be counted as one: only one of them can occur."""
        return 2 * min(int(self.steps.sum()), self.observed + ceil(_REACH * self.spread)) + 1


def sign_flip_p_values(pairs: Sequence[Sequence[float] | Floats]) -> list[float | None]:
    """Two-sided p of a mean difference of 0 for each row of differences; None for a row without any."""
    p_values: list[float | None] = [None] * len(pairs)
    tried: dict[int, list[tuple[int, Floats]]] = {}
    counted: list[_OnLattice] = []
    for place, pair in enumerate(pairs):
        differences = floats(pair, "differences")
        if 0 < len(differences) <= _TRIED_CASES:
            tried.setdefault(len(differences), []).append((place, differences))
        elif len(differences):
            row = _on_lattice(place, differences)
            p_values[place] = row.p_value_at_the_ends
            if p_values[place] is None:
                counted.append(row)
    for cases, rows in tried.items():
        for place, p_value in zip([place for place, _ in rows], _tried(cases, [row for _, row in rows]), strict=True):
            p_values[place] = p_value
    counted.sort(key=lambda pair: pair.period)
    for batch in _batches(counted):
        for row, p_value in zip(batch, _counted(batch), strict=True):
            p_values[row.place] = p_value
    return p_values


def _tried(cases: int, rows: Sequence[Floats]) -> list[float]:
    """By all ways to flip signs. The last sign stays: flipping all of them changes no distance from 0."""
    signs = 1.0 - 2 * ((np.arange(2 ** (cases - 1))[:, None] >> np.arange(cases)) & 1)
    p_values: list[float] = []
    at_once = max(1, _VALUES_AT_ONCE // len(signs))
    for start in range(0, len(rows), at_once):
        differences = np.stack(rows[start : start + at_once], axis=1)
        observed = np.abs(differences.sum(axis=0)) * (1 - 1e-12) - 1e-12
        p_values += (np.abs(signs @ differences) >= observed).mean(axis=0).tolist()
    return p_values


def _on_lattice(place: int, differences: Floats) -> _OnLattice:
    step = _step(differences)
    steps = np.rint(differences / step).astype(np.int64)
    return _OnLattice(place, np.abs(steps[steps != 0]), abs(int(steps.sum())))


def _step(differences: Floats) -> float:
    """The largest step of which all differences are multiples, unless it is needlessly fine."""
    spread = sqrt(float(np.mean(differences**2)))
    for denominator in _DENOMINATORS:
        steps = differences * denominator
        if spread * denominator <= _STEPS_PER_SPREAD and np.abs(steps - np.rint(steps)).max() < 1e-6:
            return 1 / denominator
    return spread / _STEPS_PER_SPREAD


def _batches(pairs: Sequence[_OnLattice]) -> list[list[_OnLattice]]:
    """Pairs with periods of one size, which can be counted with the period of the largest."""
    batches: list[list[_OnLattice]] = []
    for pair in pairs:
        if batches and pair.period <= 1.25 * batches[-1][0].period and len(batches[-1]) < 1_000:
            batches[-1].append(pair)
        else:
            batches.append([pair])
    return batches


def _counted(pairs: Sequence[_OnLattice]) -> list[float]:
    """1 minus the probability of all sums nearer to 0 than the observed one, by the inversion formula for a lattice."""
    period = pairs[-1].period
    values = np.unique(np.concatenate([pair.steps for pair in pairs]))
    counts = np.stack([_counts(pair.steps, values) for pair in pairs])
    observed = np.array([pair.observed for pair in pairs], dtype=np.float64)[:, None]
    nearer = 2 * observed[:, 0] - 1
    at_once = max(1, _VALUES_AT_ONCE // max(len(values), len(pairs)))
    for start in range(1, (period - 1) // 2 + 1, at_once):
        turns = np.arange(start, min(start + at_once, (period - 1) // 2 + 1))
        angles = 2 * np.pi / period * turns
        # Whole turns are taken away before the cosine, whose argument would otherwise lose its last digits.
        cosines = np.cos(2 * np.pi / period * (values[:, None] * turns % period))
        sizes = np.exp(counts @ np.log(np.maximum(np.abs(cosines), 1e-300)))
        negative = (counts @ (cosines < 0)) % 2
        kernel = np.sin(np.pi / period * ((2 * observed - 1) * turns % (2 * period))) / np.sin(angles / 2)
        nearer += 2 * (sizes * (1 - 2 * negative) * kernel).sum(axis=1)
    shares = (1 - nearer / period).tolist()
    return [min(1.0, max(share, pair.smallest_p_value)) for pair, share in zip(pairs, shares, strict=True)]


def _counts(steps: Ints, values: Ints) -> Floats:
    counts: Floats = np.bincount(np.searchsorted(values, steps), minlength=len(values)).astype(np.float64)
    return counts
