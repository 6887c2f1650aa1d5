"""The comparison of a run's models: intervals, paired differences, the best model, and who it is tied with.

Apart from the summary, because scipy takes a second to import and only the completion of a run needs it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np

from skill_benchmark.domain.statistics.cases import case_means
from skill_benchmark.domain.statistics.means import score_interval, unseen_share
from skill_benchmark.domain.statistics.numbers import Floats
from skill_benchmark.domain.statistics.pairs import compare_models
from skill_benchmark.domain.statistics.proportions import proportion_interval
from skill_benchmark.domain.statistics.ranking import adjusted_means
from skill_benchmark.domain.summaries import ModelPair, ModelScores, ModelSummary, RankingBasis, RunSummary


def compared(summary: RunSummary, scores: Mapping[str, ModelScores]) -> RunSummary:
    """The summary with its intervals, its pairs, the best model, and the models that it is tied with."""
    names = [model.model_name for model in summary.models]
    matrix = _matrix([scores[name] for name in names])
    unranked = {model.model_name: model.not_ranked_reason for model in summary.models if model.not_ranked_reason}
    pairs = compare_models(names, matrix, unranked)
    ranked = np.array([model.ranked for model in summary.models], dtype=bool)
    # Equal scores in another order have means that differ in their last digit.
    effects = adjusted_means(matrix[ranked]).round(9).tolist()
    adjusted = dict(zip(compress(names, ranked), effects, strict=True))
    models = [
        _with_intervals(model, scores[model.model_name], row[~np.isnan(row)], adjusted.get(model.model_name))
        for model, row in zip(summary.models, matrix, strict=True)
    ]
    ranking = _ranking(models, adjusted, matrix[ranked], pairs)
    return replace(
        summary,
        models=models,
        pairs=pairs,
        best_model=ranking.best.model_name if ranking.best else None,
        best_quality_score=ranking.best.mean_quality_score if ranking.best else None,
        best_model_tied_with=ranking.tied,
        ranking_basis=ranking.basis,
        warnings=[*summary.warnings, *ranking.warnings],
    )


@dataclass(frozen=True)
class _Ranking:
    best: ModelSummary | None
    tied: Sequence[str]
    basis: RankingBasis | None
    warnings: Sequence[str]


def _matrix(scores: Sequence[ModelScores]) -> Floats:
    """One row per model, one column per test case: the mean of its repeats, NaN where none was scored."""
    cases = max((max(model.cases, default=-1) for model in scores), default=-1) + 1
    rows: Floats = np.full((len(scores), cases), np.nan)
    for row, model in zip(rows, scores, strict=True):
        row[:] = case_means(model.quality, model.cases, count=cases)
    return rows


def _ranking(
    models: Sequence[ModelSummary], adjusted: Mapping[str, float], scores: Floats, pairs: Sequence[ModelPair]
) -> _Ranking:
    """The best of the ranked models that no other one is shown to be better than; among equals the cheaper one."""
    proven = [(pair.model_a, pair.model_b) for pair in pairs if pair.verdict == "better"]
    proven += [(pair.model_b, pair.model_a) for pair in pairs if pair.verdict == "worse"]
    better_than = {loser: winner for winner, loser in proven}
    in_order = sorted(
        (model for model in models if model.ranked),
        key=lambda model: (-adjusted[model.model_name], model.price_in_order),
    )
    unbeaten = [model for model in in_order if model.model_name not in better_than]
    if not in_order:
        return _Ranking(None, (), None, ())
    same_cases = not (np.isnan(scores).any(axis=0) & ~np.isnan(scores).all(axis=0)).any()
    basis: RankingBasis = "means" if same_cases else "case-plus-model effects"
    warnings = [] if same_cases else [_different_cases(scores)]
    warnings += [
        f"{model.model_name} has a higher score than any model that could be the best, but "
        f"{better_than[model.model_name]} is shown to be better on the test cases that both were scored on"
        for model in in_order[: in_order.index(unbeaten[0]) if unbeaten else len(in_order)]
    ]
    if not unbeaten:
        return _Ranking(
            None, (), None, [*warnings, "no ranked model can be called the best: each is shown to be worse"]
        )
    best = unbeaten[0]
    # None of them is beaten by any model, so that the best one is not shown to be better than them either.
    return _Ranking(best, [model.model_name for model in unbeaten[1:]], basis, warnings)


def _different_cases(scores: Floats) -> str:
    counts = (~np.isnan(scores)).sum(axis=1)
    shared = int((~np.isnan(scores)).all(axis=0).sum())
    return (
        f"the ranked models were scored on different test cases (between {counts.min()} and {counts.max()} cases each, "
        f"{shared} of them by all): their means do not compare, and they are ranked by case-plus-model effects"
    )


def _with_intervals(model: ModelSummary, scores: ModelScores, of_cases: Floats, adjusted: float | None) -> ModelSummary:
    quality = score_interval(of_cases)
    matches = proportion_interval(scores.matched, scores.match_cases)
    return replace(
        model,
        # The fit knows no scale; what is reported stays on it.
        adjusted_quality_score=None if adjusted is None else min(100.0, max(0.0, adjusted)),
        unseen_failure_share=unseen_share(len(of_cases)),
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
