"""Reads for the API: plain SQL, plain rows. Row level security keeps them to the tenant of the transaction."""

from datetime import datetime
from typing import Any

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.adapters.postgres_pages import read_page
from skill_benchmark.adapters.postgres_skills import require_skill
from skill_benchmark.domain.errors import NotFound
from skill_benchmark.domain.result_ids import Grid, result_id

Row = dict[str, Any]

_RUN = (
    "SELECT id, skill_id, (SELECT version_number FROM skill_versions version "
    "WHERE version.skill_id = benchmark_runs.skill_id AND version.id = benchmark_runs.skill_version_id"
    ") AS skill_version_number, triggered_by, status, model_provider, simulated, models, judges, "
    "verdicts_per_judge, exclude_same_family, repeats, max_concurrency, planned_cases, planned_results, "
    "rejudged_run_id, scored_results, best_model, best_quality_score, best_model_tied_with, ranking_basis, "
    "warnings, statistics_seed, cheapest_model, cheapest_cost_microcents, model_cost_microcents, model_cost_uncounted, "
    "lost_attempts_cost_microcents, lost_attempts_cost_uncounted, judge_cost_microcents, judge_cost_uncounted, "
    "unfinished_answers, unfinished_cost_microcents, unfinished_cost_uncounted, plan_sha256, rubric_sha256, rubric, "
    "prompt_version, execution_arn, error_type, error_message, created_at, started_at, completed_at, "
    "results_expired_at FROM benchmark_runs "
)

_RESULT = (
    "benchmark_run_id, answer_id, model_name, model_provider, test_case_index, repeat_index, outcome, "
    "input_used, output_produced, expected_output, text_sanitized, stop_reason, input_tokens, output_tokens, "
    "cache_read_tokens, cache_write_tokens, total_tokens, latency_ms, first_token_ms, estimated_cost_microcents, "
    "cost_missing_reason, lost_attempts_cost_microcents, lost_attempts_cost_uncounted, judge_cost_microcents, "
    "valid_verdicts, quality_score, "
    "quality_spread, quality_notes, faithfulness_score, relevancy_score, precision_score, recall_score, "
    "matches_expected, check_passed, check_results, injection_suspected, injection_reasons, "
    "self_identification_redacted, attempts, error_type, error_message, created_at"
)

_SUMMARY = (
    "SELECT model_name, model_provider, test_cases, planned_results, scored_results, scored_cases, "
    "excluded_by_outcome, ranked, not_ranked_reason, mean_quality_score, adjusted_quality_score, quality_sd, "
    "repeat_sd, judge_sd, quality_interval_low, quality_interval_high, quality_interval_method, unseen_failure_share, "
    "mean_faithfulness_score, mean_relevancy_score, mean_precision_score, mean_recall_score, "
    "top_score_share, matched_results, match_counted_results, match_rate, match_interval_low, match_interval_high, "
    "latency_counted_results, latency_ms_mean, latency_ms_p50, latency_ms_p95, first_token_ms_p50, first_token_ms_p95, "
    "tokens_counted_results, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, total_tokens, "
    "mean_input_tokens, mean_output_tokens, mean_total_tokens, cost_counted_results, cost_uncounted_results, "
    "estimated_cost_microcents, mean_cost_microcents, cost_per_scored_answer_microcents, "
    "lost_attempts_cost_microcents, lost_attempts_cost_uncounted, judge_cost_microcents, judge_cost_uncounted, "
    "statistics "
    "FROM benchmark_model_summaries "
)


_MEANS = (
    "mean_quality_score",
    "mean_faithfulness_score",
    "mean_relevancy_score",
    "mean_precision_score",
    "mean_recall_score",
)

_SCORED_CASES = "coalesce(summary.scored_cases, least(summary.test_cases, summary.scored_results))"


def get_run(cursor: Cursor, run_id: str) -> Row:
    """One run. Raises NotFound."""
    row = cursor.execute(_RUN + "WHERE id = %s", [run_id]).fetchone()
    if row is None:
        raise NotFound(f"run {run_id!r} does not exist")
    return row


def runs_page(
    cursor: Cursor, skill_id: str, *, after: tuple[datetime, str] | None, limit: int
) -> tuple[list[Row], bool]:
    """Runs of a skill, the newest first, and whether there are more. Raises NotFound for an unknown skill.

    `after` holds created_at and id of the last row of the page before.
    """
    require_skill(cursor, skill_id)
    created_at, run_id = after or (None, None)
    return read_page(
        cursor,
        _RUN + "WHERE skill_id = %(skill)s" + (" AND (created_at, id) < (%(created_at)s, %(id)s)" if after else ""),
        order="created_at DESC, id DESC",
        long="rubric, models, judges, warnings, best_model_tied_with, error_message",
        limit=limit,
        values={"skill": skill_id, "created_at": created_at, "id": run_id},
    )


def latest_completed_run(cursor: Cursor, skill_id: str) -> Row:
    """The run of a skill that was completed last. Raises NotFound."""
    require_skill(cursor, skill_id)
    row = cursor.execute(
        _RUN + "WHERE skill_id = %s AND status IN ('completed', 'completed_with_failures') "
        "ORDER BY completed_at DESC, id DESC LIMIT 1",
        [skill_id],
    ).fetchone()
    if row is None:
        raise NotFound(f"skill {skill_id!r} has no completed run; start one with POST /v1/skills/{skill_id}/runs")
    return row


def results_page(
    cursor: Cursor,
    run: Row,
    *,
    after: tuple[str, int, int] | None,
    limit: int,
    model: str | None = None,
    outcome: str | None = None,
) -> tuple[list[Row], bool]:
    """Results of a run by model, case and repeat, and whether there may be more.

    `run` is the run's row; `after` holds these three of the last row of the page before.
    """
    conditions = ["benchmark_run_id = %(run)s"]
    if after is not None:
        conditions.append("(model_name, test_case_index, repeat_index) > (%(model_name)s, %(case)s, %(repeat)s)")
    if model is not None:
        conditions.append("model_name = %(model)s")
    if outcome is not None:
        conditions.append("outcome = %(outcome)s")
    last_model, last_case, last_repeat = after or (None, None, None)
    rows, more = read_page(
        cursor,
        f"SELECT {_RESULT} FROM benchmark_results WHERE {' AND '.join(conditions)}",  # noqa: S608 - constants
        order="model_name, test_case_index, repeat_index",
        long="input_used, output_produced, expected_output, quality_notes, check_results, injection_reasons",
        limit=limit,
        values={
            "run": run["id"],
            "model": model,
            "outcome": outcome,
            "model_name": last_model,
            "case": last_case,
            "repeat": last_repeat,
        },
    )
    grid = Grid(run["models"], run["planned_cases"], run["repeats"])
    for row in rows:
        number = grid.number_of(row["model_name"], row["test_case_index"], row["repeat_index"])
        row["id"] = result_id(run["id"], number)
    return rows, more


def model_summaries(cursor: Cursor, run: Row) -> list[Row]:
    """One row per model, in the order of their rank; none before the run has ended. `run` is the run's row.

    The best model is first, whatever its mean: it may be ranked on test cases that the others were scored on.
    """
    return cursor.execute(
        _SUMMARY + "WHERE benchmark_run_id = %s ORDER BY model_name IS NOT DISTINCT FROM %s::text DESC, "
        "adjusted_quality_score DESC NULLS LAST, mean_quality_score DESC NULLS LAST, model_name",
        [run["id"], run["best_model"]],
    ).fetchall()


def model_pairs(cursor: Cursor, run_id: str, *, after: tuple[str, str] | None) -> list[Row]:
    """The paired differences between the models of a run, those behind the pair `after`."""
    return cursor.execute(
        "SELECT model_a, model_b, cases, wins, ties, losses, difference, difference_sd, interval_low, interval_high, "
        "p_value, p_value_holm, smallest_detectable_difference, method, verdict, matters, reason "
        "FROM benchmark_model_pairs "
        "WHERE benchmark_run_id = %s AND (model_a, model_b) > (%s, %s) ORDER BY model_a, model_b",
        [run_id, *(after or ("", ""))],
    ).fetchall()


def cost_trend(cursor: Cursor, skill_id: str, days: int) -> list[Row]:
    """What the calls of a skill cost on each of the last days (UTC) that has any, the oldest first.

    Raises NotFound for an unknown skill.
    """
    require_skill(cursor, skill_id)
    return cursor.execute(
        "SELECT day, model_provider = 'simulated' AS simulated, sum(measurements)::bigint AS measurements, "
        "sum(cost_counted)::bigint AS cost_counted, "
        "(sum(measurements) - sum(cost_counted))::bigint AS cost_uncounted, "
        "sum(estimated_cost_microcents)::bigint AS estimated_cost_microcents, "
        "round(sum(estimated_cost_microcents) / nullif(sum(cost_counted), 0))::bigint AS mean_cost_microcents "
        "FROM token_measurement_daily "
        "WHERE skill_id = %s AND day > (now() AT TIME ZONE 'UTC')::date - %s::integer "
        "AND day <= (now() AT TIME ZONE 'UTC')::date "
        "GROUP BY day, model_provider = 'simulated' ORDER BY day, simulated",
        [skill_id, days],
    ).fetchall()


def dimension_averages(cursor: Cursor, skill_id: str) -> list[Row]:
    """Averages over all runs of a skill, weighted by scored cases: of all models (`model_name` is None) and of each.

    How many cases were scored in a run of an earlier release is not known; it is taken for as many as there can have
    been. Simulated and real runs stay apart. Raises NotFound for an unknown skill.
    """
    require_skill(cursor, skill_id)
    means = ", ".join(f"sum({name} * {_SCORED_CASES}) / nullif(sum({_SCORED_CASES}), 0) AS {name}" for name in _MEANS)
    return cursor.execute(
        "SELECT model_name, run.simulated, count(DISTINCT run.id) AS runs, "  # noqa: S608 - constants of this module
        "sum(summary.scored_results)::bigint AS scored_results, "
        + means
        + " FROM benchmark_runs run JOIN benchmark_model_summaries summary ON summary.benchmark_run_id = run.id "
        "WHERE run.skill_id = %s GROUP BY GROUPING SETS ((run.simulated), (run.simulated, model_name)) "
        "ORDER BY run.simulated, model_name",
        [skill_id],
    ).fetchall()
