"""The models that a judge has scored, each corrected by people's labels of its own answers, and their differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from skill_benchmark.domain.correction_gates import why_not_enough_labels, why_nothing_to_correct
from skill_benchmark.domain.judged_scores import CaseScores, JudgedScores, LabelledAnswer
from skill_benchmark.domain.statistics import agreement, ppi


@dataclass(frozen=True)
class ModelValidation:
    """One model as a judge scored it, and as people's labels of its answers correct that."""

    model_name: str
    judged_results: int
    labelled_results: int
    labelled_cases: int
    judge_mean: float
    judge_bias: float | None
    judge_bias_low: float | None
    judge_bias_high: float | None
    corrected_mean: float | None
    corrected_low: float | None
    corrected_high: float | None
    tuning: float | None
    reasons: Sequence[str]
    """Why figures are None."""


@dataclass(frozen=True)
class ModelPairValidation:
    """model_a minus model_b, as the judge has it and corrected."""

    model_a: str
    model_b: str
    judge_difference: float
    corrected_difference: float | None
    corrected_difference_low: float | None
    corrected_difference_high: float | None
    reason: str | None


def validate_models(
    scores: JudgedScores, answers: Sequence[LabelledAnswer], disagreement: Sequence[str]
) -> tuple[list[ModelValidation], list[ModelPairValidation]]:
    """The models of `scores` that have labels, and each pair of them, in their order.

    `disagreement` says why people's labels, taken together, correct nothing; it holds for every model.
    """
    samples: dict[str, ppi.Sample] = {}
    models: list[ModelValidation] = []
    for model in scores.models:
        labelled = [answer for answer in answers if answer.model == model]
        if not labelled:
            continue
        samples[model] = sample_of(labelled, [found for found in scores.by_case if found.model == model])
        models.append(_model(model, labelled, samples[model], disagreement))
    return models, [_pair(a, b, samples) for a, b in combinations(models, 2)]


def sample_of(answers: Sequence[LabelledAnswer], by_case: Sequence[CaseScores]) -> ppi.Sample:
    """The labelled answers, and what is left of the judge's scores by test case without them."""
    every = ppi.Moments(
        np.concatenate([np.asarray(scores.cases, dtype=np.int64) for scores in by_case]),
        np.concatenate([np.asarray(scores.counts, dtype=np.float64) for scores in by_case]),
        np.concatenate([np.asarray(scores.sums, dtype=np.float64) for scores in by_case]),
        sum(scores.sum_of_squares for scores in by_case),
    )
    judge, cases = [answer.judge for answer in answers], [answer.case for answer in answers]
    return ppi.Sample.of([answer.people for answer in answers], judge, every.without(judge, cases), cases)


def _model(
    model: str, answers: Sequence[LabelledAnswer], sample: ppi.Sample, disagreement: Sequence[str]
) -> ModelValidation:
    reasons = [*why_not_enough_labels(answers), *disagreement, *why_nothing_to_correct(sample)]
    bias = None if reasons else ppi.labels_alone(sample.judge - sample.people, sample.clusters)
    corrected = None if reasons else ppi.corrected_mean(sample.people, sample.judge, sample.others, sample.clusters)
    return ModelValidation(
        model_name=model,
        judged_results=sample.judged,
        labelled_results=len(answers),
        labelled_cases=len({answer.case for answer in answers}),
        judge_mean=sample.judge_mean,
        judge_bias=agreement.bias(sample.judge, sample.people),
        judge_bias_low=bias.low if bias else None,
        judge_bias_high=bias.high if bias else None,
        corrected_mean=corrected.mean if corrected else None,
        corrected_low=corrected.low if corrected else None,
        corrected_high=corrected.high if corrected else None,
        tuning=corrected.tuning if corrected else None,
        reasons=reasons,
    )


def _pair(a: ModelValidation, b: ModelValidation, samples: dict[str, ppi.Sample]) -> ModelPairValidation:
    uncorrected = [model.model_name for model in (a, b) if model.corrected_mean is None]
    corrected = None if uncorrected else ppi.corrected_difference(samples[a.model_name], samples[b.model_name])
    return ModelPairValidation(
        model_a=a.model_name,
        model_b=b.model_name,
        judge_difference=a.judge_mean - b.judge_mean,
        corrected_difference=corrected.mean if corrected else None,
        corrected_difference_low=corrected.low if corrected else None,
        corrected_difference_high=corrected.high if corrected else None,
        reason=f"no corrected mean of {' and '.join(uncorrected)}" if uncorrected else None,
    )
