"""How many test cases and repeats find a difference of two models that somebody wants to find."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from skill_benchmark.domain.limits import MAX_BRANCHES, MAX_CASES, MAX_RESULTS
from skill_benchmark.domain.noise import Component, ComponentName, Noise, RunNoise, noise_of
from skill_benchmark.domain.statistics.levels import POWER

REPEATS = (1, 2, 3, 5)
DEFAULT_MODELS = 2
DEFAULT_VERDICTS = 1
_SCALE = 100
_UNSURE_FROM = 0.3
"""Relative standard error of a variance, and so of the number of test cases, from which on it is said."""

_MEASURED_BY: dict[ComponentName, str] = {
    "case": "a run of two models",
    "repeat": "a run with two repeats",
    "judge": "a run with two verdicts on each answer",
}


@dataclass(frozen=True)
class Wanted:
    """What a run is to find: a difference (points of 100) between two of its models."""

    difference: float
    models: int
    verdicts: int
    """On each answer."""

    @property
    def pairs(self) -> int:
        return self.models * (self.models - 1) // 2


@dataclass(frozen=True)
class History:
    """What is known of a skill."""

    runs: Sequence[RunNoise] = ()
    simulated: bool | None = None
    """Of the runs, which are all simulated or all real; None without any."""
    current_cases: int | None = None
    """The test cases of its next run; None where nobody knows."""


@dataclass(frozen=True)
class PlanOption:
    """One number of repeats, and the test cases that it takes. What cannot be is None, with a reason beside it."""

    repeats: int
    difference_sd: float
    """The expected standard deviation of the case-wise differences of two models."""
    cases: int | None
    answers: int | None
    """Of all models."""
    verdicts: int | None
    """On all answers."""
    reason: str | None
    detectable_now: float | None
    """The smallest difference that the current test cases find four times in five."""
    detectable_now_reason: str | None


@dataclass(frozen=True)
class SizePlan:
    """How large a run should be, with the names of the API."""

    difference: float
    power: float
    models: int
    pairs: int
    verdicts_per_answer: int
    runs: list[str]
    simulated: bool | None
    components: list[Component]
    within_case_share: float
    """Of the variance of a difference at one repeat: what repeats and verdicts can shrink."""
    current_cases: int | None
    options: list[PlanOption]
    recommended: PlanOption | None
    why: str
    warnings: list[str]


def planned(wanted: Wanted, history: History) -> SizePlan:
    """The plan for the procedure of a comparison: sign flips, Holm's first step over all pairs, a power of 80 %.

    Recommended are the fewest answers, and of options with as many the one with the most test cases.
    """
    noise = noise_of(history.runs)
    options = [_option(wanted, noise, repeats, history.current_cases) for repeats in REPEATS]
    possible = [(option.answers, option) for option in options if option.answers is not None]
    share = noise.within_case_variance(1, wanted.verdicts) / noise.difference_sd(1, wanted.verdicts) ** 2
    return SizePlan(
        difference=wanted.difference,
        power=POWER,
        models=wanted.models,
        pairs=wanted.pairs,
        verdicts_per_answer=wanted.verdicts,
        runs=[run.run_id for run in history.runs],
        simulated=history.simulated,
        components=[noise.case, noise.repeat, noise.judge],
        within_case_share=share,
        current_cases=history.current_cases,
        options=options,
        recommended=min(possible, key=lambda each: each[0])[1] if possible else None,
        why=_why_cases(share),
        warnings=_warnings(noise, history),
    )


def _option(wanted: Wanted, noise: Noise, repeats: int, current_cases: int | None) -> PlanOption:
    # scipy takes a second to import, and most of the API does without.
    from skill_benchmark.domain.statistics.detectable import cases_needed  # noqa: PLC0415

    spread = noise.difference_sd(repeats, wanted.verdicts)
    branches = wanted.models * repeats
    cases = reason = None
    if branches > MAX_BRANCHES:
        reason = f"{wanted.models} models × {repeats} repeats are {branches} answers a case; at most {MAX_BRANCHES}"
    else:
        limit = min(MAX_CASES, MAX_RESULTS // branches)
        cases = cases_needed(wanted.difference / spread, wanted.pairs, limit)
        if cases is None:
            reason = f"more than the {limit:,} test cases that a run of {branches} answers a case may have"
    answers = cases * branches if cases else None
    detectable, undetectable = _detectable(wanted, spread, current_cases)
    return PlanOption(
        repeats=repeats,
        difference_sd=spread,
        cases=cases,
        answers=answers,
        verdicts=answers * wanted.verdicts if answers else None,
        reason=reason,
        detectable_now=detectable,
        detectable_now_reason=undetectable,
    )


def _detectable(wanted: Wanted, spread: float, cases: int | None) -> tuple[float | None, str | None]:
    from skill_benchmark.domain.statistics.detectable import (  # noqa: PLC0415 - as above
        detectable_in_sd,
        why_nothing_is_found,
    )

    if cases is None:
        return None, "the skill has no test cases yet"
    in_sd = detectable_in_sd(cases, wanted.pairs)
    if in_sd is None:
        return None, why_nothing_is_found(cases, wanted.pairs, wanted.models)
    if in_sd * spread > _SCALE:
        return None, f"{cases} cases find no difference that the scale has"
    return in_sd * spread, None


def _why_cases(within_case_share: float) -> str:
    return (
        "test cases before repeats: twice the cases halve the whole variance of a difference. Twice the repeats cost "
        f"as many answers and halve only the part that arises within a case (here {within_case_share:.0%}), and they "
        "never show what other inputs would do"
    )


def _warnings(noise: Noise, history: History) -> list[str]:
    warnings = []
    if history.simulated:
        warnings.append("the history is of simulated runs: it says nothing of real models and judges")
    defaults = [
        component.name for component in (noise.case, noise.repeat, noise.judge) if component.source == "default"
    ]
    if defaults:
        measuring = ", ".join(_MEASURED_BY[name] for name in defaults)
        warnings.append(f"by default and not measured: {', '.join(defaults)}; what measures it: {measuring}")
    degrees = noise.case.degrees_of_freedom
    if degrees and (error := sqrt(2 / degrees)) > _UNSURE_FROM:
        warnings.append(
            f"the spread of differences rests on {degrees} degrees of freedom: the numbers of test cases have a "
            f"standard error of {error:.0%}"
        )
    return warnings
