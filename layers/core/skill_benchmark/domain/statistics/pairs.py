"""Two models on the same test cases: is the difference real?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import sqrt
from typing import Literal

import numpy as np
from scipy import stats

from skill_benchmark.domain.statistics.numbers import Floats, floats

EQUIVALENCE_MARGIN = 3.0
"""Points of 100. A smaller difference changes no decision: judges differ from themselves by more than that."""

ALPHA = 0.05
POWER = 0.8

_ENUMERATED_CASES = 14
_PERMUTATIONS = 9_999
_SIGNS_AT_ONCE = 250_000
"""Two megabytes, however many test cases there are."""
_SCALE = 100.0

Verdict = Literal["better", "worse", "equivalent", "inconclusive"]


@dataclass(frozen=True)
class PairComparison:
    """model_a minus model_b, on the test cases that both have. What cannot be made is None; `reason` says why."""

    model_a: str
    model_b: str
    cases: int
    wins: int
    ties: int
    losses: int
    difference: float | None
    interval_low: float | None
    interval_high: float | None
    p_value: float | None
    p_value_holm: float | None
    smallest_detectable_difference: float | None
    method: str | None
    verdict: Verdict | None
    reason: str | None


def paired_t_interval(differences: Sequence[float] | Floats, confidence: float = 0.95) -> tuple[float, float] | None:
    """Of the mean difference; None for fewer than two, or where all are equal."""
    array = floats(differences, "differences")
    if len(array) < 2 or (spread := float(array.std(ddof=1))) < 1e-9:
        return None
    half = float(stats.t.ppf((1 + confidence) / 2, len(array) - 1)) * spread / sqrt(len(array))
    return float(array.mean()) - half, float(array.mean()) + half


def sign_flip_p_value(differences: Sequence[float] | Floats, *, seed: int) -> float | None:
    """Two-sided p of a mean difference of 0, by flipping the sign of each difference; None without any.

    If neither model were better, each difference could as well have been the other way round. All ways are tried for
    few cases; for many, 9,999 that are drawn at random, and the observed one counts among them, so that p is never 0.
    """
    array = floats(differences, "differences")
    count = len(array)
    if not count:
        return None
    observed = abs(float(array.sum())) * (1 - 1e-12) - 1e-12
    if count <= _ENUMERATED_CASES:
        bits = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
        return float(np.mean(np.abs((2 * bits - 1) @ array) >= observed))
    random = np.random.default_rng(seed)
    extreme = 0
    chunk = max(1, _SIGNS_AT_ONCE // count)
    for start in range(0, _PERMUTATIONS, chunk):
        rows = min(chunk, _PERMUTATIONS - start)
        octets = random.integers(0, 256, size=(rows, (count + 7) // 8), dtype=np.uint8)
        bits = np.unpackbits(octets, axis=1, count=count).astype(np.float64)
        extreme += int(np.count_nonzero(np.abs(2 * (bits @ array) - array.sum()) >= observed))
    return (extreme + 1) / (_PERMUTATIONS + 1)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Corrected for being several (Holm, 1979). One that could not be made stays None and is not counted."""
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, index) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        corrected[index] = highest
    return corrected


def compare_models(scores: Mapping[str, Mapping[int, float]], *, seed: int) -> list[PairComparison]:
    """Every pair of models. `scores` are a model's mean score (0 to 100) of each test case that it was scored on."""
    pairs = [
        _compared(a, b, scores[a], scores[b], seed=seed + index) for index, (a, b) in enumerate(combinations(scores, 2))
    ]
    corrected = holm([pair.p_value for pair in pairs])
    return [_judged(replace(pair, p_value_holm=p), scores) for pair, p in zip(pairs, corrected, strict=True)]


def tied_with_best(best: str, models: Sequence[str], pairs: Sequence[PairComparison]) -> list[str]:
    """The models that the best one is not shown to be better than."""
    beaten = {pair.model_b for pair in pairs if pair.model_a == best and pair.verdict == "better"}
    beaten |= {pair.model_a for pair in pairs if pair.model_b == best and pair.verdict == "worse"}
    return [model for model in models if model != best and model not in beaten]


def _differences(a: Mapping[int, float], b: Mapping[int, float]) -> Floats:
    return floats([a[case] - b[case] for case in sorted(a.keys() & b.keys())], "differences")


def _compared(
    model_a: str, model_b: str, a: Mapping[int, float], b: Mapping[int, float], *, seed: int
) -> PairComparison:
    differences = _differences(a, b)
    count = len(differences)
    interval = paired_t_interval(differences)
    p_value = sign_flip_p_value(differences, seed=seed) if count > 1 else None
    spread = float(differences.std(ddof=1)) if interval else None
    detectable = None
    if spread is not None:
        quantiles = float(stats.t.ppf(1 - ALPHA / 2, count - 1) + stats.t.ppf(POWER, count - 1))
        detectable = quantiles * spread / sqrt(count)
    exact = count <= _ENUMERATED_CASES
    return PairComparison(
        model_a=model_a,
        model_b=model_b,
        cases=count,
        wins=int((differences > 0).sum()),
        ties=int((differences == 0).sum()),
        losses=int((differences < 0).sum()),
        difference=float(differences.mean()) if count else None,
        interval_low=interval[0] if interval else None,
        interval_high=interval[1] if interval else None,
        p_value=p_value,
        p_value_holm=None,
        smallest_detectable_difference=detectable,
        method=None if p_value is None else f"paired t, {'exact ' if exact else ''}sign flips",
        verdict=None,
        reason=None,
    )


def _judged(pair: PairComparison, scores: Mapping[str, Mapping[int, float]]) -> PairComparison:
    """Better or worse where the corrected p says so; equivalent where the difference is shown to be small."""
    if not pair.cases:
        return replace(pair, reason="no test case was scored for both models")
    if pair.p_value_holm is None:
        return replace(pair, verdict="inconclusive", reason="one test case: nothing is known of others")
    assert pair.difference is not None
    if pair.p_value_holm < ALPHA:
        return replace(pair, verdict="better" if pair.difference > 0 else "worse")
    differences = _differences(scores[pair.model_a], scores[pair.model_b])
    small = paired_t_interval(differences, 1 - 2 * ALPHA)
    if small is None:
        return _judged_without_spread(pair)
    if small[0] > -EQUIVALENCE_MARGIN and small[1] < EQUIVALENCE_MARGIN:
        return replace(pair, verdict="equivalent")
    return replace(pair, verdict="inconclusive")


def _judged_without_spread(pair: PairComparison) -> PairComparison:
    reason = "all differences are the same: their spread cannot be seen"
    # Of n cases none differs, so that at most 3 / n of all cases do (rule of three), each by the whole scale at most.
    if not pair.difference and 3 / pair.cases * _SCALE <= EQUIVALENCE_MARGIN:
        return replace(pair, verdict="equivalent", reason=reason)
    return replace(pair, verdict="inconclusive", reason=reason)
