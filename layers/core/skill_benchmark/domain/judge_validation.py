"""Whether a judge can be believed: its scores beside people's, and its mean corrected by theirs.

Apart from what is read, because scipy takes a second to import and nothing else of the API needs it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from skill_benchmark.domain.correction_gates import (
    why_not_agreed,
    why_not_enough_labels,
    why_not_like_the_rest,
    why_nothing_to_correct,
)
from skill_benchmark.domain.judged_scores import JudgedScores, counted_labels, labelled_answers
from skill_benchmark.domain.model_validation import (
    ModelPairValidation,
    ModelValidation,
    sample_of,
    validate_models,
)
from skill_benchmark.domain.statistics import agreement, ppi


@dataclass(frozen=True)
class Validation:
    """One dimension of a judge beside people. A figure that cannot be made is None, and `reasons` says why."""

    judged_results: int
    labelled_results: int
    labelled_cases: int
    labels: int
    blinded_labels: int
    raters: int
    overlapping_results: int
    judge_mean: float
    judge_rank_correlation: float | None
    judge_bias: float | None
    judge_mean_absolute_error: float | None
    judge_shift: float | None
    judge_shift_standard_error: float | None
    people_alpha: float | None
    people_rank_correlation: float | None
    corrected_mean: float | None
    corrected_low: float | None
    corrected_high: float | None
    people_mean: float
    people_low: float | None
    people_high: float | None
    tuning: float | None
    reasons: Sequence[str]
    models: Sequence[ModelValidation]
    models_left_out: int
    pairs: Sequence[ModelPairValidation]


def validate(scores: JudgedScores) -> Validation:
    """Compare on the answers that both have scored, one at least; an answer's label is the mean of its raters."""
    labels = counted_labels(scores.labelled)
    answers = labelled_answers(labels)
    sample = sample_of(answers, scores.by_case)
    units = [answer.ratings for answer in answers]
    alpha = agreement.krippendorff_alpha([list(unit.values()) for unit in units])
    disagreement = why_not_agreed(answers, alpha)
    missing = [*why_not_enough_labels(answers), *disagreement, *why_nothing_to_correct(sample)]
    corrected = None if missing else ppi.corrected_mean(sample.people, sample.judge, sample.others, sample.clusters)
    alone = ppi.labels_alone(sample.people, sample.clusters)
    shift = ppi.shift(sample.judge, sample.others, sample.clusters)
    unblinded = sum(not label.blinded for label in labels)
    models, pairs = validate_models(scores, answers, disagreement)
    return Validation(
        judged_results=sample.judged,
        labelled_results=len(answers),
        labelled_cases=len({answer.case for answer in answers}),
        labels=len(labels),
        blinded_labels=len(labels) - unblinded,
        raters=len({label.rater for label in labels}),
        overlapping_results=sum(len(unit) > 1 for unit in units),
        judge_mean=sample.judge_mean,
        judge_rank_correlation=agreement.spearman(sample.judge, sample.people),
        judge_bias=agreement.bias(sample.judge, sample.people),
        judge_mean_absolute_error=agreement.mean_absolute_error(sample.judge, sample.people),
        judge_shift=shift.mean if shift else None,
        judge_shift_standard_error=shift.standard_error if shift else None,
        people_alpha=alpha,
        people_rank_correlation=agreement.one_against_the_others(units),
        corrected_mean=corrected.mean if corrected else None,
        corrected_low=corrected.low if corrected else None,
        corrected_high=corrected.high if corrected else None,
        people_mean=fmean(answer.people for answer in answers),
        people_low=alone.low if alone else None,
        people_high=alone.high if alone else None,
        tuning=corrected.tuning if corrected else None,
        reasons=[
            *missing,
            *why_not_like_the_rest(shift),
            *([f"{unblinded} labels were given by people who knew the model"] if unblinded else []),
        ],
        models=models,
        models_left_out=len({answer.model for answer in answers}) - len(models),
        pairs=pairs,
    )
