"""Reads for the API: plain SQL, plain rows. Row level security keeps them to the tenant of the transaction."""

from typing import Any

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.domain.errors import NotFound

Row = dict[str, Any]

_RUN = (
    "SELECT id, skill_id, skill_version_id, triggered_by, status, model_provider, simulated, models, judges, repeats, "
    "max_concurrency, planned_cases, planned_results, scored_results, best_model, best_quality_score, cheapest_model, "
    "cheapest_cost_microcents, model_cost_microcents, model_cost_uncounted, lost_attempts_cost_microcents, "
    "judge_cost_microcents, judge_cost_uncounted, plan_sha256, rubric_sha256, prompt_version, execution_arn, "
    "error_type, error_message, created_at, started_at, completed_at FROM benchmark_runs "
)

_RESULT = (
    "SELECT id, benchmark_run_id, answer_id, model_name, model_provider, test_case_index, repeat_index, outcome, "
    "input_used, output_produced, expected_output, text_sanitized, stop_reason, input_tokens, output_tokens, "
    "cache_read_tokens, cache_write_tokens, total_tokens, latency_ms, first_token_ms, estimated_cost_microcents, "
    "cost_missing_reason, lost_attempts_cost_microcents, judge_cost_microcents, quality_score, quality_notes, "
    "faithfulness_score, relevancy_score, precision_score, recall_score, matches_expected, attempts, error_type, "
    "error_message, created_at FROM benchmark_results "
)

_SUMMARY = (
    "SELECT model_name, model_provider, test_cases, planned_results, scored_results, excluded_by_outcome, ranked, "
    "not_ranked_reason, mean_quality_score, quality_sd, quality_interval_low, quality_interval_high, "
    "quality_interval_method, mean_faithfulness_score, mean_relevancy_score, mean_precision_score, mean_recall_score, "
    "top_score_share, matched_results, match_counted_results, match_rate, match_interval_low, match_interval_high, "
    "latency_counted_results, latency_ms_mean, latency_ms_p50, latency_ms_p95, first_token_ms_p50, first_token_ms_p95, "
    "tokens_counted_results, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, total_tokens, "
    "mean_input_tokens, mean_output_tokens, mean_total_tokens, cost_counted_results, cost_uncounted_results, "
    "estimated_cost_microcents, mean_cost_microcents, cost_per_scored_answer_microcents, "
    "lost_attempts_cost_microcents, judge_cost_microcents, judge_cost_uncounted FROM benchmark_model_summaries "
)


def get_run(cursor: Cursor, run_id: str) -> Row:
    """One run. Raises NotFound."""
    row = cursor.execute(_RUN + "WHERE id = %s", [run_id]).fetchone()
    if row is None:
        raise NotFound(f"run {run_id!r} does not exist")
    return row


def results_page(
    cursor: Cursor,
    run_id: str,
    *,
    after: tuple[str, int, int] | None,
    limit: int,
    model: str | None = None,
    outcome: str | None = None,
) -> list[Row]:
    """Results by model, case and repeat; `after` holds these three of the last row of the page before."""
    conditions = ["benchmark_run_id = %(run)s"]
    if after is not None:
        conditions.append("(model_name, test_case_index, repeat_index) > (%(model_name)s, %(case)s, %(repeat)s)")
    if model is not None:
        conditions.append("model_name = %(model)s")
    if outcome is not None:
        conditions.append("outcome = %(outcome)s")
    last_model, last_case, last_repeat = after or (None, None, None)
    return cursor.execute(
        _RESULT
        + "WHERE "
        + " AND ".join(conditions)
        + " ORDER BY model_name, test_case_index, repeat_index LIMIT %(limit)s",
        {
            "run": run_id,
            "model": model,
            "outcome": outcome,
            "model_name": last_model,
            "case": last_case,
            "repeat": last_repeat,
            "limit": limit,
        },
    ).fetchall()


def model_summaries(cursor: Cursor, run_id: str) -> list[Row]:
    """A row a model, the best first; none before the run has ended."""
    return cursor.execute(
        _SUMMARY + "WHERE benchmark_run_id = %s ORDER BY mean_quality_score DESC NULLS LAST, model_name", [run_id]
    ).fetchall()
