"""Two models on the same test cases: is the difference real, and does it matter?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from skill_benchmark.domain.statistics.detectable import smallest_detectable_difference, why_nothing_is_found
from skill_benchmark.domain.statistics.equivalence import cases_for_equivalence, is_shown_to_be_small
from skill_benchmark.domain.statistics.levels import ALPHA, EQUIVALENCE_MARGIN, level_of
from skill_benchmark.domain.statistics.means import difference_interval
from skill_benchmark.domain.statistics.numbers import Floats
from skill_benchmark.domain.statistics.sign_flips import sign_flip_p_values
from skill_benchmark.domain.summaries import ModelPair, PairVerdict

_SCALE = 100.0
_ROUNDING = 1e-9
"""Far less than any judge tells apart, far more than the rounding errors of a mean of scores."""
_ABOVE_ZERO = 1e-6
"""Where the interval of equal differences ends, which are shown not to be 0, and no more than that."""


def compare_models(models: Sequence[str], scores: Floats, unranked: Mapping[str, str] | None = None) -> list[ModelPair]:
    """Every pair of models. `scores` has one row per model and one column per test case, NaN where it was not scored.

    Verdicts of all pairs together are wrong in at most 5 % of runs (Holm, 1979); so are the intervals, which hold all
    differences at once (Bonferroni). An interval and its verdict agree: 0 lies outside of it where a model is better or
    worse, and nowhere else. `unranked` models were scored on too few cases, by name and reason: how they differ on
    those is counted, and says nothing of the others, so that there is no verdict.
    """
    places = list(combinations(range(len(models)), 2))
    differences = [_differences(scores[a], scores[b]) for a, b in places]
    pairs = [_measured(models[a], models[b], row) for (a, b), row in zip(places, differences, strict=True)]
    pairs = [_without_verdict(pair, unranked or {}) for pair in pairs]
    p_values = sign_flip_p_values(
        [row if pair.reason is None else row[:0] for pair, row in zip(pairs, differences, strict=True)]
    )
    tested = sum(p_value is not None for p_value in p_values)
    ranked = len(models) - len(unranked or {})
    return [
        pair
        if p_value is None or corrected is None
        else _judged(replace(pair, p_value=p_value, p_value_holm=corrected), row, tested, ranked)
        for pair, row, p_value, corrected in zip(pairs, differences, p_values, holm(p_values), strict=True)
    ]


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Corrected for being several (Holm, 1979). One that could not be computed stays None and is not counted."""
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, index) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        corrected[index] = highest
    return corrected


def _differences(a: Floats, b: Floats) -> Floats:
    # Means of the same repeats in another order differ in their last digits, and are equal.
    differences = a - b
    differences[np.abs(differences) < _ROUNDING] = 0.0
    shared: Floats = differences[~np.isnan(differences)]
    return shared


def _measured(model_a: str, model_b: str, differences: Floats) -> ModelPair:
    count = len(differences)
    return ModelPair(
        model_a=model_a,
        model_b=model_b,
        cases=count,
        wins=int((differences > 0).sum()),
        ties=int((differences == 0).sum()),
        losses=int((differences < 0).sum()),
        difference=float(differences.mean()) if count else None,
        difference_sd=_standard_deviation(differences) if count > 1 else None,
        interval_low=None,
        interval_high=None,
        p_value=None,
        p_value_holm=None,
        smallest_detectable_difference=None,
        matters=None,
        method=None,
        verdict=None,
        reason=None,
    )


def _standard_deviation(differences: Floats) -> float:
    """Of equal differences it is 0, and not what their mean was rounded by."""
    return float(differences.std(ddof=1)) if np.ptp(differences) > _ROUNDING else 0.0


def _without_verdict(pair: ModelPair, unranked: Mapping[str, str]) -> ModelPair:
    """The pair, with the reason where it cannot have a verdict."""
    for model in (pair.model_a, pair.model_b):
        if model in unranked:
            return replace(pair, reason=f"{model} is not ranked: {unranked[model]}")
    if not pair.cases:
        return replace(pair, reason="no test case was scored for both models")
    if pair.cases == 1:
        return replace(pair, verdict="inconclusive", reason="one test case: nothing is known of others")
    return pair


def _judged(pair: ModelPair, differences: Floats, tested: int, models: int) -> ModelPair:
    """Better or worse where both the corrected p and the interval say so; equivalent where it is shown to be small.

    The signs alone are not enough: scores that are capped at 100 make differences skewed, and a model with rare
    failures then looks better by the signs more often than in 5 % of runs. The interval is corrected for skew.
    """
    assert pair.p_value_holm is not None
    interval = difference_interval(differences, 1 - level_of(tested))
    low, high = interval.ends
    if pair.p_value_holm >= ALPHA:
        low, high = min(low, 0.0), max(high, 0.0)
    elif not pair.difference_sd:
        # Equal differences show a sign and no spread; their bound is about cases unlike these.
        low, high = (max(low, _ABOVE_ZERO), high) if differences[0] > 0 else (low, min(high, -_ABOVE_ZERO))
    verdict: PairVerdict = "better" if low > 0 else "worse" if high < 0 else "inconclusive"
    if verdict == "inconclusive" and _within_margin(low, high) and is_shown_to_be_small(differences, tested):
        verdict = "equivalent"
    judged = replace(
        pair,
        interval_low=low,
        interval_high=high,
        matters=None if verdict == "inconclusive" else _matters(low, high),
        method=_method(str(interval.method), tested),
        verdict=verdict,
    )
    return _with_what_could_be_found(judged, tested, models)


def _method(interval: str, tested: int) -> str:
    of_all = f", simultaneous for {tested} pairs" if tested > 1 else ""
    return f"{interval}{of_all}; all sign flips{', Holm' if tested > 1 else ''}"


def _within_margin(low: float, high: float) -> bool:
    return low > -EQUIVALENCE_MARGIN and high < EQUIVALENCE_MARGIN


def _matters(low: float, high: float) -> bool | None:
    if _within_margin(low, high):
        return False
    return True if low >= EQUIVALENCE_MARGIN or high <= -EQUIVALENCE_MARGIN else None


def _with_what_could_be_found(pair: ModelPair, tested: int, models: int) -> ModelPair:
    assert pair.difference_sd is not None
    smallest = smallest_detectable_difference(pair.difference_sd, pair.cases, tested) if pair.difference_sd else None
    if smallest is not None and smallest <= _SCALE:
        reason = _why_inconclusive(pair, tested) if pair.verdict == "inconclusive" else None
        return replace(pair, smallest_detectable_difference=smallest, reason=reason)
    if why := why_nothing_is_found(pair.cases, tested, models):
        what = "" if pair.verdict == "inconclusive" else "a smallest detectable difference "
        return replace(pair, reason=what + why)
    if smallest is None:
        return replace(pair, reason="all differences are the same: their spread cannot be seen")
    return replace(pair, reason=f"with {pair.cases} cases no difference on the scale is found four times in five")


def _why_inconclusive(pair: ModelPair, tested: int) -> str | None:
    """Where it could be asked: a small p beside it, or an interval within the margin."""
    assert pair.interval_low is not None
    assert pair.interval_high is not None
    assert pair.p_value_holm is not None
    if pair.p_value_holm < ALPHA:
        return "p is under 5 %, but the interval, which allows for skew and for all pairs at once, holds 0"
    if not _within_margin(pair.interval_low, pair.interval_high):
        return None
    return (
        f"the interval lies within {EQUIVALENCE_MARGIN:g} points, but {pair.cases} cases cannot exclude a rare failure "
        f"of one model; equivalent models need {cases_for_equivalence(tested)} cases or more"
    )
