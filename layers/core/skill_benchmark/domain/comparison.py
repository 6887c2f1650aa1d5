"""The comparison of a run's models: intervals, paired differences, and who is not shown to be worse than the best.

Apart from the summary, because scipy takes a second to import and only the completion of a run needs it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, replace
from statistics import fmean

from skill_benchmark.domain.statistics.means import mean_interval
from skill_benchmark.domain.statistics.pairs import compare_models, tied_with_best
from skill_benchmark.domain.statistics.proportions import proportion_interval
from skill_benchmark.domain.summaries import ModelPair, ModelScores, ModelSummary, RunSummary


def seed_of(run_id: str) -> int:
    """The same for every completion of a run, so that a figure that was drawn at random is drawn again."""
    return int.from_bytes(hashlib.sha256(run_id.encode()).digest()[:6], "big")


def compared(summary: RunSummary, scores: Mapping[str, ModelScores], *, seed: int) -> RunSummary:
    """The summary with its intervals, its pairs, and the models that the best one is tied with."""
    models = [_with_intervals(model, scores[model.model_name]) for model in summary.models]
    # A model that is not ranked is compared all the same, on the test cases that both models have.
    pairs = compare_models({name: _case_means(found) for name, found in scores.items()}, seed=seed)
    ranked = [model.model_name for model in models if model.ranked]
    return replace(
        summary,
        models=models,
        pairs=[ModelPair(**asdict(pair)) for pair in pairs],
        best_model_tied_with=tied_with_best(summary.best_model, ranked, pairs) if summary.best_model else (),
        statistics_seed=seed,
    )


def _case_means(scores: ModelScores) -> dict[int, float]:
    """The mean score of each test case; its repeats are one observation of it."""
    of_case: dict[int, list[float]] = defaultdict(list)
    for case, score in zip(scores.cases, scores.quality, strict=True):
        of_case[case].append(score)
    return {case: fmean(found) for case, found in of_case.items()}


def _with_intervals(model: ModelSummary, scores: ModelScores) -> ModelSummary:
    quality = mean_interval(scores.quality, scores.cases)
    matches = proportion_interval(scores.matched, scores.match_cases)
    return replace(
        model,
        quality_interval_low=quality.low,
        quality_interval_high=quality.high,
        quality_interval_method=quality.method,
        match_interval_low=matches.low,
        match_interval_high=matches.high,
        statistics={
            "quality_standard_error": quality.standard_error,
            "quality_interval_reason": quality.reason,
            "match_interval_reason": matches.reason,
        },
    )
