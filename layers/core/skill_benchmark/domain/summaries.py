"""The shapes of a comparison: one summary per model, one difference per pair, and what the run comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

PairVerdict = Literal["better", "worse", "equivalent", "inconclusive"]
RankingBasis = Literal["means", "case-plus-model effects"]
RunStatus = Literal["completed", "completed_with_failures", "failed", "cancelled"]


@dataclass(frozen=True)
class ModelSummary:
    """One model in one run: a row of `benchmark_model_summaries`, with its names.

    Times are milliseconds, money is microcents, scores are 0 to 100, shares 0 to 1. Each figure stands beside the
    number of results it was made of; None is not measured.
    """

    model_name: str
    test_cases: int
    planned_results: int
    scored_results: int
    scored_cases: int | None
    """Test cases with at least one scored result: of so many case means the score is the mean."""
    excluded_by_outcome: Mapping[str, int]
    ranked: bool
    not_ranked_reason: str | None
    mean_quality_score: float | None
    """The mean of the case means, as are the four dimensions and the match rate: each test case weighs the same."""
    adjusted_quality_score: float | None
    """The mean adjusted to the test cases that any ranked model was scored on; None for a model that is not ranked."""
    quality_sd: float | None
    """Standard deviation of the case means, with n - 1."""
    repeat_sd: float | None
    """Standard deviation of the repeats of one test case, the noise of the judge included."""
    judge_sd: float | None
    """Standard deviation of the verdicts on one answer."""
    quality_interval_low: float | None
    """Of a 95 % interval of the mean, clustered by test case; the method and what it rests on are beside it."""
    quality_interval_high: float | None
    quality_interval_method: str | None
    unseen_failure_share: float | None
    """The largest share of inputs that could fail without one of them being among the scored test cases, at 95 %."""
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
    mean_input_tokens: float | None
    mean_output_tokens: float | None
    mean_total_tokens: float | None
    cost_counted_results: int
    cost_uncounted_results: int
    estimated_cost_microcents: int | None
    """Of all answers whose price is known, the unscored ones included: they were billed too."""
    mean_cost_microcents: int | None
    cost_per_scored_answer_microcents: int | None
    """The average price of the scored answers whose price is known."""
    lost_attempts_cost_microcents: int | None
    lost_attempts_cost_uncounted: int | None
    """Lost attempts whose cost is not known; None where a result does not say."""
    judge_cost_microcents: int | None
    judge_cost_uncounted: int
    statistics: Mapping[str, float | str | None]
    """What else the intervals say: the standard error of the mean, and why an interval is missing."""

    @property
    def price_in_order(self) -> float:
        """Of a scored answer, where models are put in order: an unknown price stands behind all others."""
        price = self.cost_per_scored_answer_microcents
        return inf if price is None else price


@dataclass(frozen=True)
class ModelPair:
    """Two models on the test cases that both have: model_a minus model_b. A row of `benchmark_model_pairs`."""

    model_a: str
    model_b: str
    cases: int
    wins: int
    ties: int
    losses: int
    difference: float | None
    difference_sd: float | None
    """Standard deviation of the differences of the test cases."""
    interval_low: float | None
    """Of an interval that holds the differences of all pairs of the run at once, in 95 % of runs."""
    interval_high: float | None
    p_value: float | None
    p_value_holm: float | None
    smallest_detectable_difference: float | None
    matters: bool | None
    """True where the whole interval lies beyond the margin of equivalence, False where it lies within; else None."""
    method: str | None
    verdict: PairVerdict | None
    reason: str | None
    """Why a figure is missing, or what else it needs."""


@dataclass(frozen=True)
class ModelScores:
    """The scored results of one model: their test cases and quality scores, side by side, and what matched."""

    cases: Sequence[int]
    quality: Sequence[float]
    match_cases: Sequence[int]
    matched: Sequence[int]


@dataclass(frozen=True)
class EarlyEnd:
    """How a run ended before its plan was carried out."""

    status: Literal["failed", "cancelled"]
    error_type: str
    error_message: str


@dataclass(frozen=True)
class RunSummary:
    """What a run comes to, as its row says it."""

    status: RunStatus
    error_type: str | None
    """This and the message are None for a completed run."""
    error_message: str | None
    scored_results: int
    models: Sequence[ModelSummary]
    pairs: Sequence[ModelPair]
    best_model: str | None
    best_quality_score: float | None
    best_model_tied_with: Sequence[str]
    """Models that the best one is not shown to be better than."""
    ranking_basis: RankingBasis | None
    """What the best model was ranked by; None without one."""
    warnings: Sequence[str]
    statistics_seed: int | None
    cheapest_model: str | None
    cheapest_cost_microcents: int | None
    model_cost_microcents: int | None
    model_cost_uncounted: int
    lost_attempts_cost_microcents: int | None
    lost_attempts_cost_uncounted: int | None
    """Lost attempts whose cost is not known; None where a result does not say."""
    judge_cost_microcents: int | None
    judge_cost_uncounted: int
