"""Whether a judge can be believed: its scores beside people's, and its mean corrected by theirs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from statistics import fmean

MIN_ALPHA = 0.4
"""Of people's agreement; below it they do not measure the same thing, and correcting towards them means nothing."""


@dataclass(frozen=True)
class LabelledScore:
    """One person's score of one answer, beside the judge's of the same answer."""

    answer: str
    judge: float
    rater: str
    value: float
    blinded: bool


@dataclass(frozen=True)
class JudgedScores:
    """All scores that a judge gave in one dimension: their count, sum and sum of squares, and the labelled ones."""

    count: int
    sum: float
    sum_of_squares: float
    labelled: Sequence[LabelledScore]


@dataclass(frozen=True)
class Validation:
    """One dimension of a judge beside people. A figure that cannot be made is None, and `reasons` says why."""

    judged_results: int
    labelled_results: int
    labels: int
    blinded_labels: int
    raters: int
    overlapping_results: int
    judge_mean: float | None
    judge_rank_correlation: float | None
    judge_bias: float | None
    judge_mean_absolute_error: float | None
    people_alpha: float | None
    people_rank_correlation: float | None
    corrected_mean: float | None
    corrected_low: float | None
    corrected_high: float | None
    people_mean: float | None
    people_low: float | None
    people_high: float | None
    tuning: float | None
    reasons: list[str]


def validate(scores: JudgedScores) -> Validation:
    """Compare on the answers that both have scored; an answer's label is the mean of its raters."""
    # scipy takes a second to import, and nothing else of the API needs it.
    from skill_benchmark.domain.statistics import agreement  # noqa: PLC0415

    by_answer: dict[str, list[LabelledScore]] = defaultdict(list)
    for score in scores.labelled:
        by_answer[score.answer].append(score)
    units = [{score.rater: score.value for score in answer} for answer in by_answer.values()]
    judge = [answer[0].judge for answer in by_answer.values()]
    people = [fmean(unit.values()) for unit in units]
    alpha = agreement.krippendorff_alpha([list(unit.values()) for unit in units])
    overlapping = sum(len(unit) > 1 for unit in units)
    reason = _why_not_corrected(overlapping, alpha)
    unblinded = sum(not score.blinded for score in scores.labelled)
    return Validation(
        judged_results=scores.count,
        labelled_results=len(by_answer),
        labels=len(scores.labelled),
        blinded_labels=len(scores.labelled) - unblinded,
        raters=len({score.rater for score in scores.labelled}),
        overlapping_results=overlapping,
        judge_mean=scores.sum / scores.count if scores.count else None,
        judge_rank_correlation=agreement.spearman(judge, people),
        judge_bias=agreement.bias(judge, people),
        judge_mean_absolute_error=agreement.mean_absolute_error(judge, people),
        people_alpha=alpha,
        people_rank_correlation=agreement.one_against_the_others(units),
        **_means(scores, judge, people, corrects=reason is None),
        reasons=[
            *([reason] if reason else []),
            *([f"{unblinded} labels were given by people who knew the model"] if unblinded else []),
        ],
    )


def _why_not_corrected(overlapping: int, alpha: float | None) -> str | None:
    if not overlapping:
        return "fewer than two people have scored the same answers: whether they measure one thing is not known"
    if alpha is None:
        return "people gave every answer the same score: whether they tell answers apart is not known"
    if alpha < MIN_ALPHA:
        return f"people agree too little with each other (alpha {alpha:.2f}, {MIN_ALPHA} is needed) to correct a judge"
    return None


def _means(
    scores: JudgedScores, judge: Sequence[float], people: Sequence[float], *, corrects: bool
) -> dict[str, float | None]:
    from skill_benchmark.domain.statistics import ppi  # noqa: PLC0415 - as above

    unlabelled = ppi.Moments(
        scores.count - len(judge),
        scores.sum - fsum(judge),
        scores.sum_of_squares - fsum(score**2 for score in judge),
    )
    alone = ppi.labels_alone(people)
    corrected = ppi.corrected_mean(people, judge, unlabelled) if corrects else None
    return {
        "people_mean": alone.mean if alone else None,
        "people_low": alone.low if alone else None,
        "people_high": alone.high if alone else None,
        "tuning": corrected.tuning if corrected else None,
        "corrected_mean": corrected.mean if corrected else None,
        "corrected_low": corrected.low if corrected else None,
        "corrected_high": corrected.high if corrected else None,
    }
