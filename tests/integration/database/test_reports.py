"""What is read of the summaries: models in the order of their rank, and averages over runs."""

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from skill_benchmark.adapters import postgres_reports
from skill_benchmark.adapters.postgres import Cursor
from tests.integration.database.refused_rows import NO_SCORES
from tests.integration.database.rows import insert, valid_rows

OTHER = valid_rows("-2", 2_000_001)
SKILL = OTHER["skills"]["id"]
NOT_RANKED: dict[str, Any] = {"adjusted_quality_score": None, "ranked": False, "not_ranked_reason": "too few"}
NOTHING_SCORED: dict[str, Any] = {
    **NO_SCORES,
    **NOT_RANKED,
    "scored_results": 0,
    "scored_cases": 0,
    "excluded_by_outcome": Jsonb({"refused": 6}),
}


@pytest.fixture
def reports(seeded: Cursor) -> Cursor:
    for table in ("skills", "skill_versions"):
        insert(seeded, table, **OTHER[table])
    return seeded


def a_run(cursor: Cursor, run_id: str, summaries: dict[str, dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A run with a summary of each model; what is not given of one is that of the example."""
    models = list(summaries)
    of_models = {"models": models, "planned_results": 6 * len(models), "scored_results": 1}
    unknown: dict[str, Any] = {
        "best_model": None,
        "best_quality_score": None,
        "best_model_tied_with": [],
        "ranking_basis": None,
    }
    unknown |= {"cheapest_model": None, "cheapest_cost_microcents": None, "idempotency_key": run_id}
    run = OTHER["benchmark_runs"] | of_models | unknown | {"id": run_id} | changes
    insert(cursor, "benchmark_runs", **run)
    for name, summary in summaries.items():
        row = OTHER["benchmark_model_summaries"] | {"benchmark_run_id": run_id, "model_name": name} | summary
        insert(cursor, "benchmark_model_summaries", **row)
    return run


def names(cursor: Cursor, run: dict[str, Any]) -> list[str]:
    return [row["model_name"] for row in postgres_reports.model_summaries(cursor, run)]


def test_the_best_model_is_first_then_the_adjusted_scores_and_last_those_that_are_not_ranked(reports: Cursor) -> None:
    run = a_run(
        reports,
        "run_3",
        {
            "a-nothing": NOTHING_SCORED,
            "b-unranked": {"mean_quality_score": 98, **NOT_RANKED},
            "c-unranked": {"mean_quality_score": 99, **NOT_RANKED},
            "d-unranked": {"mean_quality_score": 98, **NOT_RANKED},
            "e-lower": {"adjusted_quality_score": 70, "mean_quality_score": 71},
            "f-higher": {"adjusted_quality_score": 70, "mean_quality_score": 72},
            "g-second": {"adjusted_quality_score": 75, "mean_quality_score": 60},
            "h-best": {"adjusted_quality_score": 74.9, "mean_quality_score": 50},
        },
        best_model="h-best",
        best_quality_score=50,
    )
    assert names(reports, run) == [
        *("h-best", "g-second", "f-higher", "e-lower"),
        *("c-unranked", "b-unranked", "d-unranked", "a-nothing"),
    ]


def test_models_of_an_earlier_release_and_without_a_best_one_are_in_the_order_of_their_means(reports: Cursor) -> None:
    means = {"b": 60, "a": 60, "c": 80}
    earlier: dict[str, Any] = {"adjusted_quality_score": None, "scored_cases": None}
    run = a_run(reports, "run_3", {name: {"mean_quality_score": mean, **earlier} for name, mean in means.items()})
    assert names(reports, run) == ["c", "a", "b"]


def test_averages_over_runs_weigh_each_model_by_its_scored_test_cases(reports: Cursor) -> None:
    """The same four results: of two test cases, and of one."""
    a_run(reports, "run_3", {"a": {"mean_quality_score": 60, "mean_recall_score": 30, "scored_cases": 2}})
    a_run(reports, "run_4", {"a": {"mean_quality_score": 90, "mean_recall_score": 60, "scored_cases": 1}})
    a_run(reports, "run_5", {"b": NOTHING_SCORED})
    of_a, of_b, overall = postgres_reports.dimension_averages(reports, SKILL)
    assert (of_a["model_name"], of_a["runs"], of_a["scored_results"]) == ("a", 2, 8)
    assert (of_a["mean_quality_score"], of_a["mean_recall_score"]) == (70, 40)
    assert (of_b["model_name"], of_b["mean_quality_score"]) == ("b", None)
    assert (overall["model_name"], overall["runs"], overall["mean_quality_score"]) == (None, 3, 70)


def test_a_run_of_an_earlier_release_weighs_as_much_as_it_can_have_scored_test_cases(reports: Cursor) -> None:
    of_three_cases: dict[str, Any] = {"scored_cases": None, "test_cases": 3, "scored_results": 4}
    of_one_result = {**of_three_cases, "scored_results": 1, "excluded_by_outcome": Jsonb({"refused": 5})}
    a_run(reports, "run_3", {"a": {"mean_quality_score": 60, **of_three_cases}})
    a_run(reports, "run_4", {"a": {"mean_quality_score": 80, **of_one_result}})
    a_run(reports, "run_5", {"a": {"mean_quality_score": 90, "scored_cases": 1}})
    [_, overall] = postgres_reports.dimension_averages(reports, SKILL)
    assert overall["mean_quality_score"] == (3 * 60 + 80 + 90) / 5
