"""Verdicts, people's labels and what they say of a judge, as the API gives them."""

from datetime import datetime

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from skill_benchmark.api.shapes.runs import RESULT_EXAMPLE, Row
from skill_benchmark.domain.judged_scores import MAX_COMPARED_MODELS
from skill_benchmark.domain.labels import Dimension
from skill_benchmark.domain.results import VerdictStatus

_VERDICT_EXAMPLE: JsonDict = {
    "judge": "claude-sonnet-5-5",
    "verdict_index": 0,
    "status": "scored",
    "same_family": True,
    "left_out": False,
    "repaired": False,
    "evidence_quotes": ["Paris"],
    "quality_notes": "Right and to the point.",
    "quality_score": 97,
    "faithfulness_score": 98,
    "relevancy_score": 97,
    "precision_score": 96,
    "recall_score": 97,
    "matches_expected": True,
    "had_reference": True,
    "input_sha256": "0a" * 32,
    "rubric_sha256": "a1" * 32,
    "prompt_version": "judge-1",
    "estimated_cost_microcents": 195_000,
    "cost_missing_reason": None,
    "latency_ms": 1_800,
    "attempts": 1,
    "error_type": None,
    "error_message": None,
    "cut": [],
}

_LABEL_EXAMPLE: JsonDict = {
    "benchmark_result_id": RESULT_EXAMPLE["id"],
    "rater": "ada@example.com",
    "dimension": "quality_score",
    "value": 85.0,
    "blinded": True,
    "created_at": "2026-11-23T10:00:00Z",
}


class Verdict(Row):
    """What one judge said of one answer, or what became of it."""

    judge: str
    verdict_index: int = Field(description="Index among the verdicts of this judge on this answer, from 0.")
    status: VerdictStatus
    same_family: bool | None = Field(description="Judge and model are of one family; null: not known.")
    left_out: bool = Field(description="Kept, but not counted, because it is of the answer's own family.")
    repaired: bool = Field(description="The judge's first reply was no verdict.")
    evidence_quotes: list[str] | None
    quality_notes: str | None
    quality_score: int | None
    faithfulness_score: int | None
    relevancy_score: int | None
    precision_score: int | None
    recall_score: int | None
    matches_expected: bool | None
    had_reference: bool
    input_sha256: str | None = Field(description="Of the exact request that the judge was sent.")
    rubric_sha256: str
    prompt_version: str
    estimated_cost_microcents: int | None
    cost_missing_reason: str | None
    latency_ms: int | None
    attempts: int | None
    error_type: str | None
    error_message: str | None
    cut: list[str] = Field(
        default=[], description="Texts that are too long for a response, of which only the beginning is here."
    )


class VerdictPage(Row):
    """Verdicts on one answer, by judge."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_VERDICT_EXAMPLE], "next_cursor": None}]})

    items: list[Verdict]
    next_cursor: str | None


class Label(Row):
    """A person's score of an answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LABEL_EXAMPLE]})

    benchmark_result_id: str
    rater: str
    dimension: Dimension
    value: float
    blinded: bool
    created_at: datetime


class LabelPage(Row):
    """Labels of one answer, by dimension and rater."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LABEL_EXAMPLE], "next_cursor": None}]})

    items: list[Label]
    next_cursor: str | None


class ModelValidation(Row):
    """One model as the judge scored it, and as people's labels of its own answers correct that."""

    model_name: str
    judged_results: int = Field(description="Answers of the model that the judge has scored.")
    labelled_results: int = Field(description="Of these, answers that people have scored too.")
    labelled_cases: int = Field(description="Test cases that these are of.")
    judge_mean: float
    judge_bias: float | None = Field(description="Judge minus people, on the labelled answers.")
    judge_bias_low: float | None = Field(description="Of a 95 % interval, clustered by test case.")
    judge_bias_high: float | None
    corrected_mean: float | None = Field(description="The judge's mean, corrected by the labels (PPI++).")
    corrected_low: float | None = Field(description="Of a 95 % interval, clustered by test case.")
    corrected_high: float | None
    tuning: float | None
    reasons: list[str] = Field(description="Why figures are missing.")


class ModelPairValidation(Row):
    """model_a minus model_b, as the judge scored them and as people's labels correct that."""

    model_a: str
    model_b: str
    judge_difference: float = Field(description="Of the judge's means, uncorrected.")
    corrected_difference: float | None = Field(description="Of the corrected means.")
    corrected_difference_low: float | None = Field(
        description="Of a 95 % interval of this pair alone, clustered by test case."
    )
    corrected_difference_high: float | None
    reason: str | None = Field(description="Why the corrected difference is missing.")


class DimensionValidation(Row):
    """How one judge's scores for one dimension stand beside people's. A figure that cannot be made is null."""

    dimension: Dimension
    judged_results: int = Field(description="Answers that the judge has scored.")
    labelled_results: int = Field(description="Of these, answers that people have scored too.")
    labelled_cases: int = Field(description="Test cases (skill and index) that these are of.")
    labels: int = Field(description="One for each answer and rater, the first.")
    blinded_labels: int
    raters: int
    overlapping_results: int = Field(description="Answers that two or more people have scored.")
    judge_mean: float
    judge_rank_correlation: float | None = Field(description="Spearman: judge and the people's mean.")
    judge_bias: float | None = Field(description="Judge minus people, on the labelled answers.")
    judge_mean_absolute_error: float | None
    judge_shift: float | None = Field(
        description="The judge's mean of the labelled answers minus that of the others; where it is more than chance "
        "explains (two-sided, 5 %), the labelled answers are not like the rest, and `reasons` says so."
    )
    judge_shift_standard_error: float | None = Field(description="Clustered by test case.")
    people_alpha: float | None = Field(description="Krippendorff's alpha (interval) among the people.")
    people_rank_correlation: float | None = Field(description="Spearman: one person and the mean of the others.")
    corrected_mean: float | None = Field(description="The judge's mean, corrected by the labels (PPI++).")
    corrected_low: float | None = Field(description="Of a 95 % interval, clustered by test case.")
    corrected_high: float | None
    people_mean: float = Field(description="Of the labelled answers alone.")
    people_low: float | None = Field(description="Of a 95 % interval, clustered by test case.")
    people_high: float | None
    tuning: float | None = Field(description="PPI++'s lambda: how far the judge's scores are used, 0 to 1.")
    reasons: list[str] = Field(description="Why a figure is missing, or what to know before it is believed.")
    models: list[ModelValidation] = Field(
        description=f"Models with labels, those with the most labelled answers first; {MAX_COMPARED_MODELS} at most."
    )
    models_left_out: int = Field(description="Models with labels that are not among them.")
    pairs: list[ModelPairValidation] = Field(description="Each two of these models.")


class JudgeValidation(Row):
    """A judge compared with people, one row for each dimension that has labels."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "judge": "claude-sonnet-5-5",
                    "skill_id": None,
                    "simulated": False,
                    "dimensions": [
                        {
                            "dimension": "quality_score",
                            "judged_results": 400,
                            "labelled_results": 1,
                            "labelled_cases": 1,
                            "labels": 1,
                            "blinded_labels": 1,
                            "raters": 1,
                            "overlapping_results": 0,
                            "judge_mean": 88.1,
                            "judge_rank_correlation": None,
                            "judge_bias": 3.0,
                            "judge_mean_absolute_error": 3.0,
                            "judge_shift": None,
                            "judge_shift_standard_error": None,
                            "people_alpha": None,
                            "people_rank_correlation": None,
                            "corrected_mean": None,
                            "corrected_low": None,
                            "corrected_high": None,
                            "people_mean": 85.0,
                            "people_low": None,
                            "people_high": None,
                            "tuning": None,
                            "reasons": ["labelled answers: 1, and a correction needs 30; label 29 more"],
                            "models": [
                                {
                                    "model_name": "claude-haiku-5-5",
                                    "judged_results": 200,
                                    "labelled_results": 1,
                                    "labelled_cases": 1,
                                    "judge_mean": 86.4,
                                    "judge_bias": 3.0,
                                    "judge_bias_low": None,
                                    "judge_bias_high": None,
                                    "corrected_mean": None,
                                    "corrected_low": None,
                                    "corrected_high": None,
                                    "tuning": None,
                                    "reasons": ["labelled answers: 1, and a correction needs 30; label 29 more"],
                                }
                            ],
                            "models_left_out": 0,
                            "pairs": [],
                        }
                    ],
                }
            ]
        }
    )

    judge: str
    skill_id: str | None
    simulated: bool = Field(description="The stand-in for the model API judged.")
    dimensions: list[DimensionValidation]
