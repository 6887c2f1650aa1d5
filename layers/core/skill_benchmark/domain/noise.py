"""What makes two models differ on a test case by chance: the components of variance, from past runs or by default.

The difference of two models on one test case, with r repeats and v verdicts on each answer, has the variance

    case² + 2 · (repeat² + judge² / v) / r

`case` is what models really differ by from case to case. The model is that of E. Miller, "Adding Error Bars to Evals"
(arXiv:2411.00640, 2024), power analysis, with the judge taken apart. The components are estimated by moments: each
mean square is set equal to its expectation, and one below zero is zero (Searle, Casella, McCulloch, "Variance
Components", 1992, chapter 4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Literal

Source = Literal["history", "default"]
ComponentName = Literal["case", "repeat", "judge"]

DEFAULT_CASE_SD = 20.0
DEFAULT_REPEAT_SD = 10.0
DEFAULT_JUDGE_SD = 5.0
"""Points of 100. Where these come from is in docs/judging.md, "Planning"."""

_TOTAL_IS_RECORDED = (
    "with the other defaults it makes 25.5 points between two models at one answer, as GPT-4's recorded scores of 12 "
    "systems have (24.7)"
)
_DEFAULT_REASONS: dict[ComponentName, str] = {
    "case": f"no completed run has compared two models; {_TOTAL_IS_RECORDED}",
    "repeat": "no completed run has repeated a test case; an assumption, on which a plan of one repeat does not depend",
    "judge": "no completed run has two verdicts on an answer; an assumption, on which a plan of as many verdicts as "
    "were given so far does not depend",
}
_NO_SPREAD = "no two models differed on any test case so far: the spread of their differences cannot be seen"
_CUT = ", cut in proportion to the spread that was measured"


@dataclass(frozen=True)
class ModelNoise:
    """One model in a run that has ended. Standard deviations are points of 100; None is not measured."""

    scored_results: int
    scored_cases: int
    verdicts: int
    """On each answer."""
    repeat_sd: float | None
    judge_sd: float | None

    @property
    def repeats(self) -> float:
        """Scored answers a case, on average."""
        return self.scored_results / self.scored_cases


@dataclass(frozen=True)
class PairNoise:
    """Two models on the test cases that both were scored on."""

    model_a: str
    model_b: str
    cases: int
    difference_sd: float


@dataclass(frozen=True)
class RunNoise:
    """The spreads of one run that has ended."""

    run_id: str
    models: dict[str, ModelNoise]
    pairs: Sequence[PairNoise]


@dataclass(frozen=True)
class Component:
    """One standard deviation in points of 100, where it is from, and why."""

    name: ComponentName
    sd: float
    source: Source
    degrees_of_freedom: int | None
    """What the measured figure rests on; None for a default."""
    reason: str


@dataclass(frozen=True)
class Noise:
    """The three components."""

    case: Component
    repeat: Component
    judge: Component

    def within_case_variance(self, repeats: int, verdicts: int) -> float:
        """Of the difference of two models: the part that repeats and verdicts shrink."""
        return 2 * (self.repeat.sd**2 + self.judge.sd**2 / verdicts) / repeats

    def difference_sd(self, repeats: int, verdicts: int) -> float:
        """The standard deviation of the case-wise differences of two models."""
        return sqrt(self.case.sd**2 + self.within_case_variance(repeats, verdicts))


@dataclass(frozen=True)
class _Pooled:
    """A variance pooled over runs, and the numbers of answers and verdicts that it was measured with."""

    variance: float
    degrees: float
    repeat_share: float
    """How often repeat² is in the variance."""
    judge_share: float
    """How often judge² is in it."""


def noise_of(runs: Sequence[RunNoise]) -> Noise:
    """The components that runs of one skill show; a default for each that they do not.

    The variance of the differences that was measured is kept as it is: a default for what is within a case only says
    how it is shared out. Where less was measured than the defaults would give, they are cut in proportion.
    """
    differences = _pooled(_of_pair(run, pair) for run in runs for pair in run.pairs)
    seen = differences if differences and differences.variance > 0 else None
    repeats = _pooled(_of_repeats(model) for run in runs for model in run.models.values())
    verdicts = _pooled(_of_verdicts(model) for run in runs for model in run.models.values())
    if repeats:
        repeat, judge = _within_measured(repeats, verdicts)
    else:
        repeat, judge = _within_assumed(seen, verdicts)
    if seen is None:
        reason = _NO_SPREAD if differences else _DEFAULT_REASONS["case"]
        return Noise(Component("case", DEFAULT_CASE_SD, "default", None, reason), repeat, judge)
    case = max(0.0, seen.variance - seen.repeat_share * repeat.sd**2 - seen.judge_share * judge.sd**2)
    taken_off = "repeats and verdicts" if repeat.source == "history" else "the default for repeats and verdicts"
    reason = f"the variance of the differences of two models, less what {taken_off} account for"
    return Noise(Component("case", sqrt(case), "history", round(seen.degrees), reason), repeat, judge)


def _within_measured(repeats: _Pooled, verdicts: _Pooled | None) -> tuple[Component, Component]:
    """From the variance within a case, which holds the judge's."""
    if verdicts:
        # The verdicts of several judges also differ by what one judge always gives more than another. That is no noise
        # of a difference, and not in the variance of the repeats.
        judge_variance = min(verdicts.variance, repeats.variance / repeats.judge_share)
        judge = _judge_measured(judge_variance, verdicts)
    else:
        expected = DEFAULT_REPEAT_SD**2 + repeats.judge_share * DEFAULT_JUDGE_SD**2
        judge_variance = DEFAULT_JUDGE_SD**2 * min(1.0, repeats.variance / expected)
        judge = _assumed("judge", judge_variance)
    variance = max(0.0, repeats.variance - repeats.judge_share * judge_variance)
    reason = "repeats of one test case by one model, less the judge's variance"
    return Component("repeat", sqrt(variance), "history", round(repeats.degrees), reason), judge


def _within_assumed(differences: _Pooled | None, verdicts: _Pooled | None) -> tuple[Component, Component]:
    """No case was repeated: defaults, which never account for more of the measured variance than of the default's."""
    share = 1.0
    if differences:
        expected = DEFAULT_CASE_SD**2 + differences.repeat_share * DEFAULT_REPEAT_SD**2
        available = differences.variance
        if verdicts:
            available -= differences.judge_share * verdicts.variance
        else:
            expected += differences.judge_share * DEFAULT_JUDGE_SD**2
        share = min(1.0, max(0.0, available / expected))
    judge = _judge_measured(verdicts.variance, verdicts) if verdicts else _assumed("judge", share * DEFAULT_JUDGE_SD**2)
    return _assumed("repeat", share * DEFAULT_REPEAT_SD**2), judge


def _judge_measured(variance: float, verdicts: _Pooled) -> Component:
    return Component("judge", sqrt(variance), "history", round(verdicts.degrees), "verdicts on one answer")


def _assumed(name: Literal["repeat", "judge"], variance: float) -> Component:
    default = {"repeat": DEFAULT_REPEAT_SD, "judge": DEFAULT_JUDGE_SD}[name]
    cut = _CUT if variance < default**2 else ""
    return Component(name, sqrt(variance), "default", None, _DEFAULT_REASONS[name] + cut)


def _of_pair(run: RunNoise, pair: PairNoise) -> _Pooled:
    a, b = run.models[pair.model_a], run.models[pair.model_b]
    # Differences of m models share their scores: m (m - 1) / 2 pairs know as much as m - 1 that share none.
    compared = len({name for each in run.pairs for name in (each.model_a, each.model_b)})
    return _Pooled(
        variance=pair.difference_sd**2,
        degrees=(pair.cases - 1) * 2 / compared,
        repeat_share=1 / a.repeats + 1 / b.repeats,
        judge_share=1 / (a.repeats * a.verdicts) + 1 / (b.repeats * b.verdicts),
    )


def _of_repeats(model: ModelNoise) -> _Pooled | None:
    if model.repeat_sd is None:
        return None
    return _Pooled(model.repeat_sd**2, model.scored_results - model.scored_cases, 1.0, 1 / model.verdicts)


def _of_verdicts(model: ModelNoise) -> _Pooled | None:
    if model.judge_sd is None:
        return None
    return _Pooled(model.judge_sd**2, model.scored_results * (model.verdicts - 1), 0.0, 1.0)


def _pooled(variances: Iterable[_Pooled | None]) -> _Pooled | None:
    """Weighted by degrees of freedom."""
    known = [each for each in variances if each is not None and each.degrees > 0]
    total = fsum(each.degrees for each in known)
    if not total:
        return None
    return _Pooled(
        variance=fsum(each.degrees * each.variance for each in known) / total,
        degrees=total,
        repeat_share=fsum(each.degrees * each.repeat_share for each in known) / total,
        judge_share=fsum(each.degrees * each.judge_share for each in known) / total,
    )
