"""One valid row for each table, from which tests depart."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from skill_benchmark.adapters.postgres import Cursor

Rows = dict[str, dict[str, Any]]

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def valid_rows(mark: str = "", first_id: int = 1_000_001) -> Rows:
    """A row for each table, in an order in which they can be inserted; `mark` ends the names in it.

    The ids that the database would choose are given, far from those it does choose.
    """
    skill, run, sonnet, haiku = (f"{name}{mark}" for name in ("greeting", "run_1", "sonnet", "haiku"))
    content = "Answer in one word."
    digest = sha256(content)
    usage = {"input_tokens": 10, "output_tokens": 5, "cache_read_tokens": 0, "cache_write_tokens": 0}
    scores = {
        "quality_score": 80,
        "faithfulness_score": 90,
        "relevancy_score": 85,
        "precision_score": 75,
        "recall_score": 70,
    }
    branch = {"benchmark_run_id": run, "model_name": sonnet, "test_case_index": 0, "repeat_index": 0}
    return {
        "skills": {"id": skill, "name": "Greeting"},
        "skill_versions": {
            "id": first_id,
            "skill_id": skill,
            "version_number": 1,
            "content": content,
            "content_sha256": digest,
        },
        "skill_feedback": {
            "id": first_id,
            "skill_id": skill,
            "feedback_type": "training_example",
            "status": "accepted",
            "example_input": "Hello?",
            "expected_output": "Hello",
        },
        "benchmark_runs": {
            "id": run,
            "skill_id": skill,
            "skill_version_id": first_id,
            "triggered_by": "api",
            "status": "completed",
            "models": [sonnet, haiku],
            "judges": ["sonnet"],
            "model_provider": "anthropic",
            "simulated": False,
            "repeats": 2,
            "max_concurrency": 20,
            "planned_cases": 3,
            "planned_results": 12,
            "scored_results": 11,
            "best_model": sonnet,
            "best_quality_score": 81.5,
            "best_model_tied_with": [haiku],
            "ranking_basis": "means",
            "verdicts_per_judge": 1,
            "cheapest_model": haiku,
            "cheapest_cost_microcents": 500,
            "model_cost_microcents": 2000,
            "model_cost_uncounted": 0,
            "lost_attempts_cost_microcents": 10,
            "lost_attempts_cost_uncounted": 1,
            "judge_cost_microcents": 900,
            "judge_cost_uncounted": 0,
            "plan_sha256": digest,
            "rubric_sha256": digest,
            "prompt_version": "judge-1",
            "idempotency_key": "key-1",
            "idempotency_body_sha256": digest,
            "created_at": MOMENT,
            "started_at": MOMENT,
            "completed_at": MOMENT,
        },
        "benchmark_results": {
            "id": first_id,
            **branch,
            **usage,
            **scores,
            "model_provider": "anthropic",
            "answer_id": "0" * 32,
            "outcome": "scored",
            "input_used": "Hello?",
            "output_produced": "Hello",
            "expected_output": "Hello",
            "stop_reason": "end_turn",
            "latency_ms": 400,
            "first_token_ms": 120,
            "estimated_cost_microcents": 1050,
            "lost_attempts_cost_microcents": 10,
            "lost_attempts_cost_uncounted": 1,
            "judge_cost_microcents": 900,
            "matches_expected": True,
            "valid_verdicts": 2,
            "quality_spread": 3.5,
            "injection_suspected": True,
            "injection_reasons": ["role_marker"],
            "attempts": 1,
        },
        "benchmark_verdicts": {
            **branch,
            **usage,
            **scores,
            "judge": "sonnet",
            "verdict_index": 0,
            "same_family": True,
            "left_out": True,
            "status": "scored",
            "quality_notes": "Right.",
            "matches_expected": True,
            "had_reference": True,
            "input_sha256": digest,
            "rubric_sha256": digest,
            "prompt_version": "judge-1",
            "estimated_cost_microcents": 900,
            "latency_ms": 700,
            "attempts": 1,
        },
        "benchmark_model_summaries": {
            "benchmark_run_id": run,
            "model_name": sonnet,
            "model_provider": "anthropic",
            "test_cases": 3,
            "planned_results": 6,
            "scored_results": 4,
            "scored_cases": 2,
            "excluded_by_outcome": Jsonb({"refused": 1, "missing": 1}),
            "ranked": True,
            "mean_quality_score": 81.5,
            "adjusted_quality_score": 80.5,
            "quality_sd": 3.2,
            "repeat_sd": 4.5,
            "judge_sd": 2.5,
            "quality_interval_low": 78.25,
            "quality_interval_high": 84.75,
            "quality_interval_method": "t",
            "unseen_failure_share": 0.78,
            "mean_faithfulness_score": 90,
            "mean_relevancy_score": 85,
            "mean_precision_score": 75,
            "mean_recall_score": 70,
            "top_score_share": 0.25,
            "matched_results": 3,
            "match_counted_results": 4,
            "match_rate": 0.75,
            "match_interval_low": 0.3,
            "match_interval_high": 0.95,
            "latency_counted_results": 5,
            "latency_ms_mean": 410,
            "latency_ms_p50": 400,
            "latency_ms_p95": 600,
            "first_token_ms_p50": 120,
            "first_token_ms_p95": 180,
            "tokens_counted_results": 5,
            "input_tokens": 50,
            "output_tokens": 25,
            "cache_read_tokens": 0,
            "cache_write_tokens": 0,
            "mean_input_tokens": 10,
            "mean_output_tokens": 5,
            "mean_total_tokens": 15,
            "cost_counted_results": 5,
            "cost_uncounted_results": 0,
            "estimated_cost_microcents": 5250,
            "mean_cost_microcents": 1050,
            "cost_per_scored_answer_microcents": 1313,
            "lost_attempts_cost_microcents": 10,
            "lost_attempts_cost_uncounted": 1,
            "judge_cost_microcents": 3600,
            "judge_cost_uncounted": 0,
        },
        "benchmark_model_pairs": {
            "benchmark_run_id": run,
            "model_a": sonnet,
            "model_b": haiku,
            "cases": 3,
            "wins": 2,
            "ties": 1,
            "losses": 0,
            "difference": 4.5,
            "difference_sd": 2.4,
            "interval_low": -1.0,
            "interval_high": 10.0,
            "p_value": 0.08,
            "p_value_holm": 0.08,
            "smallest_detectable_difference": 6.1,
            "method": "permutation",
            "verdict": "inconclusive",
        },
        "token_measurements": {
            "id": first_id,
            **usage,
            "skill_id": skill,
            "benchmark_run_id": run,
            "source": "benchmark",
            "deduplication_key": "0" * 32,
            "model_name": sonnet,
            "model_provider": "anthropic",
            "estimated_cost_microcents": 1050,
            "latency_ms": 400,
            "measured_at": MOMENT,
        },
        "result_labels": {
            "id": first_id,
            "benchmark_result_id": first_id,
            "rater": "ann",
            "dimension": "quality_score",
            "value": 72.5,
            "blinded": True,
        },
        "token_measurement_daily": {
            "skill_id": skill,
            "day": MOMENT.date(),
            "model_name": sonnet,
            "model_provider": "anthropic",
            "source": "assistant",
            "measurements": 3,
            "cost_counted": 2,
            "estimated_cost_microcents": 2100,
        },
    }


ROWS = valid_rows()


def insert(cursor: Cursor, table: str, /, **columns: Any) -> None:
    """Insert a row. The tenant is the transaction's, unless it is given."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    values = sql.SQL(", ").join(map(sql.Placeholder, columns))
    cursor.execute(
        sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(sql.Identifier(table), names, values),
        columns,
    )


def seed(cursor: Cursor, rows: Rows = ROWS) -> None:
    """A valid row in every table, for the tenant of the transaction; a trigger writes the daily rollup."""
    for table, row in rows.items():
        if table == "benchmark_model_pairs":
            insert(cursor, "benchmark_model_summaries", **summary_of_other_model(rows))
        if table != "token_measurement_daily":
            insert(cursor, table, **row)


def summary_of_other_model(rows: Rows) -> dict[str, Any]:
    return rows["benchmark_model_summaries"] | {"model_name": rows["benchmark_model_pairs"]["model_b"]}
