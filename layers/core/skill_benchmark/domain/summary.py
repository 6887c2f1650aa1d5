"""What a run comes to: a summary for each model, the cheapest one, the run's status.

Everything is taken over what was measured; what was not is counted, and never enters as a zero.

The mean of scores is the mean of the means of test cases. Repeats fail unevenly, and more often in hard cases: a mean
over results gives the most weight to the cases that kept all of their repeats, and is too high. Costs, tokens and times
are averages over answers, because they belong to calls and not to cases.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, fsum, sqrt

from skill_benchmark.domain.measured import TOKENS, Measured
from skill_benchmark.domain.results import Outcome
from skill_benchmark.domain.summaries import EarlyEnd, ModelScores, ModelSummary, RunStatus, RunSummary
from skill_benchmark.domain.variance_components import PooledVariance, by_case, within_case_sd
from skill_benchmark.domain.verdicts import DIMENSIONS

MIN_SCORED_SHARE = 0.75
"""Of its planned results. A model that is judged on fewer is judged on the cases that it happened to survive."""

NOTHING_SCORED = "NothingScored"

_TOP_SHARE = 0.6

TOP_SCORE = 95
"""From here on the rubric says: ship it without any change."""

_SCORES = ("quality_score", *DIMENSIONS)


@dataclass
class _Scores:
    """Scores and the test cases that they are of, side by side."""

    values: "array[float]" = field(default_factory=lambda: array("d"))
    cases: "array[int]" = field(default_factory=lambda: array("l"))

    def add(self, case: int, value: float) -> None:
        self.cases.append(case)
        self.values.append(value)

    def case_means(self) -> list[float]:
        return _case_means(self.cases, self.values)


@dataclass
class _Tally:
    """Numbers of one model, eight bytes each, so that a hundred thousand results stay small."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    scores: dict[str, _Scores] = field(default_factory=lambda: {name: _Scores() for name in _SCORES})
    match_cases: "array[int]" = field(default_factory=lambda: array("l"))
    matches: "array[int]" = field(default_factory=lambda: array("b"))
    latency: "array[float]" = field(default_factory=lambda: array("d"))
    first_token: "array[float]" = field(default_factory=lambda: array("d"))
    tokens: Counter[str] = field(default_factory=Counter)
    tokens_counted: int = 0
    costs: "array[int]" = field(default_factory=lambda: array("q"))
    scored_costs: "array[int]" = field(default_factory=lambda: array("q"))
    cost_uncounted: int = 0
    lost_costs: "array[int]" = field(default_factory=lambda: array("q"))
    lost_uncounted: int | None = 0
    judge_costs: "array[int]" = field(default_factory=lambda: array("q"))
    judge_cost_uncounted: int = 0
    verdicts: PooledVariance = field(default_factory=PooledVariance)
    """Of the verdicts on one answer."""

    def add(self, result: Measured) -> None:
        self.outcomes[result.outcome] += 1
        for name, score in {"quality_score": result.quality_score, **result.dimensions}.items():
            if score is not None:
                self.scores[name].add(result.case_index, score)
        if result.quality_spread is not None:
            self.verdicts.add(result.quality_spread, result.valid_verdicts)
        if result.matched is not None:
            self.match_cases.append(result.case_index)
            self.matches.append(result.matched)
        if result.lost_cost_microcents is not None:
            self.lost_costs.append(result.lost_cost_microcents)
        self.lost_uncounted = _plus(self.lost_uncounted, result.lost_cost_uncounted)
        if result.judge_cost_microcents is not None:
            self.judge_costs.append(result.judge_cost_microcents)
        self.judge_cost_uncounted += result.judge_cost_uncounted
        if result.answered:
            self._add_answer(result)

    def _add_answer(self, result: Measured) -> None:
        if result.latency_ms is not None:
            self.latency.append(result.latency_ms)
        if result.first_token_ms is not None:
            self.first_token.append(result.first_token_ms)
        if result.tokens is not None:
            self.tokens_counted += 1
            self.tokens.update(dict(zip(TOKENS, result.tokens, strict=True)))
        if result.cost_microcents is None:
            self.cost_uncounted += 1
            return
        self.costs.append(result.cost_microcents)
        if result.outcome == "scored":
            self.scored_costs.append(result.cost_microcents)

    def summary(self, model: str, test_cases: int, planned: int) -> ModelSummary:
        scored = self.outcomes["scored"]
        excluded = Counter({name: count for name, count in self.outcomes.items() if name != "scored"})
        excluded["missing"] += planned - self.outcomes.total()
        quality = self.scores["quality_score"].values
        case_means = {name: scores.case_means() for name, scores in self.scores.items()}
        return ModelSummary(
            model_name=model,
            test_cases=test_cases,
            planned_results=planned,
            scored_results=scored,
            scored_cases=len(case_means["quality_score"]),
            excluded_by_outcome={name: count for name, count in sorted(excluded.items()) if count},
            ranked=(reason := _why_not_ranked(scored, planned)) is None,
            not_ranked_reason=reason,
            mean_quality_score=_mean(case_means["quality_score"]),
            adjusted_quality_score=None,
            quality_sd=_standard_deviation(case_means["quality_score"]),
            repeat_sd=within_case_sd(self.scores["quality_score"].cases, quality),
            judge_sd=self.verdicts.standard_deviation,
            quality_interval_low=None,
            quality_interval_high=None,
            quality_interval_method=None,
            unseen_failure_share=None,
            mean_faithfulness_score=_mean(case_means["faithfulness_score"]),
            mean_relevancy_score=_mean(case_means["relevancy_score"]),
            mean_precision_score=_mean(case_means["precision_score"]),
            mean_recall_score=_mean(case_means["recall_score"]),
            top_score_share=sum(score >= TOP_SCORE for score in quality) / scored if scored else None,
            matched_results=sum(self.matches),
            match_counted_results=len(self.matches),
            match_rate=_mean(_case_means(self.match_cases, self.matches)),
            match_interval_low=None,
            match_interval_high=None,
            latency_counted_results=len(self.latency),
            latency_ms_mean=_mean(self.latency),
            latency_ms_p50=percentile(self.latency, 50),
            latency_ms_p95=percentile(self.latency, 95),
            first_token_ms_p50=percentile(self.first_token, 50),
            first_token_ms_p95=percentile(self.first_token, 95),
            tokens_counted_results=self.tokens_counted,
            **{name: self.tokens[name] if self.tokens_counted else None for name in TOKENS},
            mean_input_tokens=self._mean_tokens("input_tokens"),
            mean_output_tokens=self._mean_tokens("output_tokens"),
            mean_total_tokens=self._mean_tokens(*TOKENS),
            cost_counted_results=len(self.costs),
            cost_uncounted_results=self.cost_uncounted,
            estimated_cost_microcents=_sum(self.costs),
            mean_cost_microcents=_whole_mean(self.costs),
            cost_per_scored_answer_microcents=_whole_mean(self.scored_costs),
            lost_attempts_cost_microcents=_sum(self.lost_costs),
            lost_attempts_cost_uncounted=self.lost_uncounted,
            judge_cost_microcents=_sum(self.judge_costs),
            judge_cost_uncounted=self.judge_cost_uncounted,
            statistics={},
        )

    def _mean_tokens(self, *names: str) -> float | None:
        return sum(self.tokens[name] for name in names) / self.tokens_counted if self.tokens_counted else None


class Summary:
    """Takes the results of a run one by one, and then says what they come to."""

    def __init__(self, models: Iterable[str], cases: int, repeats: int) -> None:
        self._cases = cases
        self._repeats = repeats
        self._tallies = {model: _Tally() for model in models}

    def add(self, result: Measured) -> None:
        self._tallies[result.model].add(result)

    @property
    def added(self) -> int:
        """How many results there were."""
        return sum(tally.outcomes.total() for tally in self._tallies.values())

    def scores(self) -> dict[str, ModelScores]:
        """What the comparison of the models is made of, by model."""
        return {
            model: ModelScores(
                tally.scores["quality_score"].cases,
                tally.scores["quality_score"].values,
                tally.match_cases,
                tally.matches,
            )
            for model, tally in self._tallies.items()
        }

    def close(self, ended: EarlyEnd | None = None) -> RunSummary:
        """The summary, without its intervals, its pairs and the best model (`comparison.compared`).

        `ended` is given when the run ended before its plan was carried out. A run that scored nothing has failed.
        """
        planned = self._cases * self._repeats
        models = [tally.summary(model, self._cases, planned) for model, tally in self._tallies.items()]
        scored = sum(model.scored_results for model in models)
        cheapest = _cheapest(models)
        if ended is None and not scored:
            ended = EarlyEnd("failed", NOTHING_SCORED, _nothing_scored(models))
        lost_uncounted: int | None = 0
        for model in models:
            lost_uncounted = _plus(lost_uncounted, model.lost_attempts_cost_uncounted)
        status: RunStatus = "completed" if scored == planned * len(models) else "completed_with_failures"
        return RunSummary(
            status=ended.status if ended else status,
            error_type=ended.error_type if ended else None,
            error_message=ended.error_message if ended else None,
            scored_results=scored,
            models=models,
            pairs=(),
            best_model=None,
            best_quality_score=None,
            best_model_tied_with=(),
            ranking_basis=None,
            warnings=[_too_many_top_scores(model) for model in models if (model.top_score_share or 0) > _TOP_SHARE],
            statistics_seed=None,
            cheapest_model=cheapest.model_name if cheapest else None,
            cheapest_cost_microcents=cheapest.cost_per_scored_answer_microcents if cheapest else None,
            model_cost_microcents=_sum_known(model.estimated_cost_microcents for model in models),
            model_cost_uncounted=sum(model.cost_uncounted_results for model in models),
            lost_attempts_cost_microcents=_sum_known(model.lost_attempts_cost_microcents for model in models),
            lost_attempts_cost_uncounted=lost_uncounted,
            judge_cost_microcents=_sum_known(model.judge_cost_microcents for model in models),
            judge_cost_uncounted=sum(model.judge_cost_uncounted for model in models),
        )


def _plus(counted: int | None, more: int | None) -> int | None:
    return None if counted is None or more is None else counted + more


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The nearest-rank percentile: the smallest value that at least `percent` of the values do not exceed."""
    if not values:
        return None
    return sorted(values)[max(0, ceil(percent / 100 * len(values)) - 1)]


def _why_not_ranked(scored: int, planned: int) -> str | None:
    if not scored:
        return "none of its answers was scored"
    if scored < MIN_SCORED_SHARE * planned:
        return (
            f"{scored} of {planned} planned answers were scored, and a model is ranked from {MIN_SCORED_SHARE:.0%} on"
        )
    return None


def _nothing_scored(models: Sequence[ModelSummary]) -> str:
    outcomes = Counter[str]()
    for model in models:
        outcomes.update(model.excluded_by_outcome)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    return f"none of the {outcomes.total()} planned results was scored ({counts}); each result has its reason"


def _too_many_top_scores(model: ModelSummary) -> str:
    return (
        f"{model.top_score_share:.0%} of the scores of {model.model_name} are {TOP_SCORE} or more: "
        "the rubric does not discriminate at the top, and differences there cannot be seen"
    )


def _cheapest(models: Sequence[ModelSummary]) -> ModelSummary | None:
    """The lowest average price of a scored answer; among equals the better, then the one named first."""
    priced = [model for model in models if model.cost_per_scored_answer_microcents is not None]
    return min(priced, key=lambda model: (model.price_in_order, -(model.mean_quality_score or 0)), default=None)


def _case_means(cases: Sequence[int], values: Sequence[float]) -> list[float]:
    """The mean of each test case that has a value. The same values in another order have the same means."""
    return [fsum(repeats) / len(repeats) for repeats in by_case(cases, values).values()]


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None


def _standard_deviation(values: Sequence[float]) -> float | None:
    """With n - 1; one value has no spread that could be measured."""
    mean = _mean(values)
    if mean is None or len(values) < 2:
        return None
    return sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _whole_mean(values: Sequence[int]) -> int | None:
    return round(sum(values) / len(values)) if values else None


def _sum(values: Sequence[int]) -> int | None:
    return sum(values) if values else None


def _sum_known(values: Iterable[int | None]) -> int | None:
    return _sum([value for value in values if value is not None])
