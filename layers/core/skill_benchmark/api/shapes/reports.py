"""Comparisons and trends as the API gives them. Each figure stands beside the number of results it was made of."""

from datetime import date
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from skill_benchmark.api.shapes.runs import RUN_EXAMPLE, Row, Status
from skill_benchmark.domain.plan import ModelProvider
from skill_benchmark.domain.results import Outcome
from skill_benchmark.domain.summaries import RankingBasis

_SUMMARY_EXAMPLE: JsonDict = {
    "model_name": "claude-haiku-5-5",
    "model_provider": "anthropic",
    "test_cases": 1,
    "planned_results": 1,
    "scored_results": 1,
    "scored_cases": 1,
    "excluded_by_outcome": {},
    "ranked": True,
    "not_ranked_reason": None,
    "mean_quality_score": 97.0,
    "adjusted_quality_score": 97.0,
    "quality_sd": None,
    "repeat_sd": None,
    "judge_sd": None,
    "quality_interval_low": None,
    "quality_interval_high": None,
    "quality_interval_method": None,
    "unseen_failure_share": 0.95,
    "mean_faithfulness_score": 98.0,
    "mean_relevancy_score": 97.0,
    "mean_precision_score": 96.0,
    "mean_recall_score": 97.0,
    "top_score_share": 1.0,
    "matched_results": 1,
    "match_counted_results": 1,
    "match_rate": 1.0,
    "match_interval_low": None,
    "match_interval_high": None,
    "latency_counted_results": 1,
    "latency_ms_mean": 412.0,
    "latency_ms_p50": 412.0,
    "latency_ms_p95": 412.0,
    "first_token_ms_p50": 233.0,
    "first_token_ms_p95": 233.0,
    "tokens_counted_results": 1,
    "input_tokens": 18,
    "output_tokens": 4,
    "cache_read_tokens": 0,
    "cache_write_tokens": 0,
    "total_tokens": 22,
    "mean_input_tokens": 18.0,
    "mean_output_tokens": 4.0,
    "mean_total_tokens": 22.0,
    "cost_counted_results": 1,
    "cost_uncounted_results": 0,
    "estimated_cost_microcents": 21_000,
    "mean_cost_microcents": 21_000,
    "cost_per_scored_answer_microcents": 21_000,
    "lost_attempts_cost_microcents": None,
    "lost_attempts_cost_uncounted": 0,
    "judge_cost_microcents": 195_000,
    "judge_cost_uncounted": 0,
    "statistics": {"quality_interval_reason": "one test case: the spread between cases cannot be seen"},
}

_AVERAGES_EXAMPLE: JsonDict = {
    "simulated": False,
    "runs": 3,
    "scored_results": 240,
    "mean_quality_score": 91.5,
    "mean_faithfulness_score": 93.0,
    "mean_relevancy_score": 95.25,
    "mean_precision_score": 90.0,
    "mean_recall_score": 88.5,
}


class ModelSummary(Row):
    """What one model came to in one run. Intervals are of 95 %, times milliseconds, shares 0 to 1."""

    model_name: str
    model_provider: ModelProvider
    test_cases: int
    planned_results: int
    scored_results: int
    scored_cases: int | None = Field(
        description="Test cases with at least one scored result: as many case means as the scores are means of. Null: "
        "the run was completed by an earlier release."
    )
    excluded_by_outcome: dict[Outcome, int] = Field(description="Results that entered no average, by outcome.")
    ranked: bool
    not_ranked_reason: str | None
    mean_quality_score: float | None = Field(
        description="The mean of the case means, so that each test case weighs the same, however many of its repeats "
        "were scored. So are the four dimensions and the match rate."
    )
    adjusted_quality_score: float | None = Field(
        description="The mean adjusted to the test cases that any ranked model was scored on: what models that were "
        "scored on different test cases are ranked by. Null for a model that is not ranked."
    )
    quality_sd: float | None = Field(description="Standard deviation of the case means.")
    repeat_sd: float | None = Field(
        description="Standard deviation of the repeats of one test case, the noise of the judge included. Null without "
        "a test case that has two scored repeats."
    )
    judge_sd: float | None = Field(
        description="Standard deviation of the verdicts on one answer. Null without an answer that has two."
    )
    quality_interval_low: float | None = Field(
        description="Of a run that was completed by an earlier release, an interval may lie outside 0 to 100."
    )
    quality_interval_high: float | None
    quality_interval_method: str | None
    unseen_failure_share: float | None = Field(
        description="The largest share of inputs that could fail without one of them being among the scored test "
        "cases, at 95 %. No interval shows such a failure."
    )
    mean_faithfulness_score: float | None
    mean_relevancy_score: float | None
    mean_precision_score: float | None
    mean_recall_score: float | None
    top_score_share: float | None
    matched_results: int
    match_counted_results: int
    match_rate: float | None
    match_interval_low: float | None
    match_interval_high: float | None
    latency_counted_results: int
    latency_ms_mean: float | None
    latency_ms_p50: float | None
    latency_ms_p95: float | None
    first_token_ms_p50: float | None
    first_token_ms_p95: float | None
    tokens_counted_results: int
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    total_tokens: int | None
    mean_input_tokens: float | None
    mean_output_tokens: float | None
    mean_total_tokens: float | None
    cost_counted_results: int
    cost_uncounted_results: int
    estimated_cost_microcents: int | None
    mean_cost_microcents: int | None
    cost_per_scored_answer_microcents: int | None
    lost_attempts_cost_microcents: int | None
    lost_attempts_cost_uncounted: int | None = Field(
        description="Lost attempts whose cost is not known; null where they were not counted."
    )
    judge_cost_microcents: int | None
    judge_cost_uncounted: int
    statistics: dict[str, float | str | None] = Field(
        description="Standard error of the mean, and why an interval is missing."
    )


class ModelPair(Row):
    """The difference between two models on the test cases that both have: model_a minus model_b."""

    model_a: str
    model_b: str
    cases: int
    wins: int = Field(description="Of model_a.")
    ties: int
    losses: int
    difference: float | None
    difference_sd: float | None = Field(description="Standard deviation of the differences of the test cases.")
    interval_low: float | None = Field(
        description="Of 95 %, for all pairs of the run at once. Of a run that was completed by an earlier release, for "
        "this pair alone."
    )
    interval_high: float | None
    p_value: float | None
    p_value_holm: float | None
    smallest_detectable_difference: float | None = Field(
        description="What a comparison of so many test cases and models shows four times in five. Null where it can "
        "show nothing; the reason says how many test cases it takes."
    )
    method: str | None
    verdict: Literal["better", "worse", "equivalent", "inconclusive"] | None
    matters: bool | None = Field(
        description="False: the whole interval lies within 3 points of 0, so that a better model is better by less "
        "than matters. True: it lies outside. Null: neither is shown."
    )
    reason: str | None = Field(description="Why a figure is missing.")


class Comparison(Row):
    """One row for each model, the best first, and the paired differences; both are empty until the run has ended.

    Behind the best model, models are in the order of their adjusted scores, and those that are not ranked follow.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "run_id": RUN_EXAMPLE["id"],
                    "status": "completed",
                    "simulated": False,
                    "best_model": "claude-haiku-5-5",
                    "best_quality_score": 97.0,
                    "best_model_tied_with": [],
                    "ranking_basis": "means",
                    "warnings": [],
                    "statistics_seed": None,
                    "cheapest_model": "claude-haiku-5-5",
                    "cheapest_cost_microcents": 21_000,
                    "models": [_SUMMARY_EXAMPLE],
                    "pairs": [],
                    "next_cursor": None,
                }
            ]
        }
    )

    run_id: str
    status: Status
    simulated: bool
    best_model: str | None
    best_quality_score: float | None
    best_model_tied_with: list[str] = Field(description="Models that the best one is not shown to be better than.")
    ranking_basis: RankingBasis | None = Field(
        description="What the best model was ranked by: the means, or, where models were scored on different test "
        "cases, the means adjusted to the same ones. Null without a best model, or by an earlier release."
    )
    warnings: list[str] = Field(description="What to know before the figures are believed.")
    statistics_seed: int | None = Field(
        description="Of what earlier releases drew at random; nothing is drawn any more."
    )
    cheapest_model: str | None
    cheapest_cost_microcents: int | None
    models: list[ModelSummary]
    pairs: list[ModelPair]
    next_cursor: str | None = Field(description="Of the pairs: those of very many models come in pages.")


class CostOfDay(Row):
    """What the calls of a skill cost on one day (UTC)."""

    day: date
    simulated: bool
    measurements: int
    cost_counted: int = Field(description="Measurements whose cost is known; the average is over these.")
    cost_uncounted: int
    estimated_cost_microcents: int | None
    mean_cost_microcents: int | None


class CostTrend(Row):
    """Days with measurements, the oldest first. Simulated and real calls of one day are two items."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "skill_id": "capitals",
                    "days": 90,
                    "items": [
                        {
                            "day": "2026-11-23",
                            "simulated": False,
                            "measurements": 3,
                            "cost_counted": 2,
                            "cost_uncounted": 1,
                            "estimated_cost_microcents": 84_000,
                            "mean_cost_microcents": 42_000,
                        }
                    ],
                    "next_cursor": None,
                }
            ]
        }
    )

    skill_id: str
    days: int
    items: list[CostOfDay]
    next_cursor: None = Field(description="The whole trend is one page.")


class DimensionAverages(Row):
    """Averages over all runs that have summaries, each run weighing as much as it has scored test cases."""

    simulated: bool
    runs: int
    scored_results: int
    mean_quality_score: float | None
    mean_faithfulness_score: float | None
    mean_relevancy_score: float | None
    mean_precision_score: float | None
    mean_recall_score: float | None


class ModelDimensions(DimensionAverages):
    """The same of one model."""

    model_name: str


class Dimensions(Row):
    """Dimension averages of a skill over all its runs. Simulated and real runs are never averaged together."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "skill_id": "capitals",
                    "overall": [_AVERAGES_EXAMPLE],
                    "models": [{**_AVERAGES_EXAMPLE, "model_name": "claude-haiku-5-5"}],
                    "next_cursor": None,
                }
            ]
        }
    )

    skill_id: str
    overall: list[DimensionAverages]
    models: list[ModelDimensions]
    next_cursor: str | None = Field(description="Of the models: very many come in pages.")
