"""Writes of a run: its row when it starts, everything else in one transaction when it ends."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from skill_benchmark.adapters.postgres import Cursor, copy_rows
from skill_benchmark.domain.errors import Conflict, NotFound
from skill_benchmark.domain.judging import PROMPT_VERSION
from skill_benchmark.domain.plan import Plan, PlannedCase
from skill_benchmark.domain.records import AnswerRecord, Call
from skill_benchmark.domain.results import JudgeCall, Result
from skill_benchmark.domain.summary import RunSummary
from skill_benchmark.domain.verdicts import DIMENSIONS

_BATCH = 1_000
"""Results held in memory at a time; memory is flat in their number."""

_TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")

RESULT_COLUMNS = (
    "tenant_id", "benchmark_run_id", "answer_id", "model_name", "model_provider", "test_case_index", "repeat_index",
    "input_used", "output_produced", "expected_output", "text_sanitized", *_TOKENS, "latency_ms",
    "first_token_ms", "estimated_cost_microcents", "cost_missing_reason", "lost_attempts_cost_microcents",
    "judge_cost_microcents", "valid_verdicts", "quality_score", "quality_spread", "quality_notes", *DIMENSIONS,
    "matches_expected", "check_passed", "check_results", "injection_suspected", "injection_reasons",
    "self_identification_redacted", "outcome", "stop_reason", "error_type", "error_message", "attempts",
)  # fmt: skip
VERDICT_COLUMNS = (
    "tenant_id", "benchmark_run_id", "model_name", "test_case_index", "repeat_index", "judge", "verdict_index",
    "same_family", "left_out", "repaired", "status", "quality_score", "evidence_quotes", "quality_notes", *DIMENSIONS,
    "matches_expected", "had_reference", "input_sha256",
    "rubric_sha256", "prompt_version", *_TOKENS, "estimated_cost_microcents", "cost_missing_reason", "latency_ms",
    "attempts", "error_type", "error_message",
)  # fmt: skip


MEASUREMENT_COLUMNS = (
    "tenant_id", "skill_id", "source", "benchmark_run_id", "deduplication_key", "model_name", "model_provider",
    *_TOKENS, "estimated_cost_microcents", "latency_ms",
)  # fmt: skip


def create_run(cursor: Cursor, plan: Plan, idempotency_key: str | None, request_sha256: str | None) -> str:
    """Insert the run's row, or find the one that the idempotency key already made. Returns the run's id.

    Raises Conflict when the key was used for another request.
    """
    cursor.execute(
        "INSERT INTO benchmark_runs (id, tenant_id, skill_id, skill_version_id, triggered_by, model_provider, "
        "simulated, models, judges, verdicts_per_judge, exclude_same_family, repeats, max_concurrency, planned_cases, "
        "planned_results, rejudged_run_id, plan_sha256, rubric, rubric_sha256, prompt_version, idempotency_key, "
        "idempotency_body_sha256) "
        "VALUES (%(id)s, %(tenant)s, %(skill)s, %(version)s, %(by)s, %(provider)s, %(simulated)s, %(models)s, "
        "%(judges)s, %(verdicts)s, %(other_family)s, %(repeats)s, %(concurrency)s, %(cases)s, %(results)s, "
        "%(rejudged)s, %(plan)s, %(rubric)s, %(rubric_sha256)s, %(prompt)s, %(key)s, %(request)s) "
        "ON CONFLICT (tenant_id, idempotency_key) DO NOTHING",
        {
            "id": plan.run_id,
            "tenant": plan.tenant_id,
            "skill": plan.skill_id,
            "version": plan.skill_version_id,
            "by": plan.triggered_by,
            "provider": plan.model_provider,
            "simulated": plan.simulated,
            "models": plan.models,
            "judges": plan.judges,
            "verdicts": plan.verdicts_per_judge,
            "other_family": plan.exclude_same_family,
            "repeats": plan.repeats,
            "concurrency": plan.max_concurrency,
            "cases": len(plan.cases),
            "results": plan.planned_results,
            "rejudged": plan.rejudged.run_id if plan.rejudged else None,
            "plan": plan.sha256,
            "rubric": plan.rubric,
            "rubric_sha256": plan.rubric_sha256,
            "prompt": plan.prompt_version,
            "key": idempotency_key,
            "request": request_sha256,
        },
    )
    if cursor.rowcount == 1:
        return plan.run_id
    cursor.execute(
        "SELECT id, idempotency_body_sha256 FROM benchmark_runs WHERE idempotency_key = %s", [idempotency_key]
    )
    row = cursor.fetchone()
    assert row is not None
    if row["idempotency_body_sha256"] != request_sha256:
        raise Conflict("this Idempotency-Key was used for another request; send a new key with a new request")
    run_id: str = row["id"]
    return run_id


def mark_running(cursor: Cursor, run_id: str, execution_arn: str) -> None:
    """The execution has begun. A run that has ended meanwhile stays as it is."""
    cursor.execute(
        "UPDATE benchmark_runs SET status = 'running', started_at = now(), execution_arn = %s "
        "WHERE id = %s AND status = 'queued'",
        [execution_arn, run_id],
    )


def fail_queued_run(cursor: Cursor, run_id: str, error_type: str, error_message: str) -> None:
    """A run whose execution never began has ended."""
    cursor.execute(
        "UPDATE benchmark_runs SET status = 'failed', error_type = %s, error_message = %s, completed_at = now() "
        "WHERE id = %s AND status = 'queued'",
        [error_type, error_message, run_id],
    )


def run_status(cursor: Cursor, run_id: str) -> Mapping[str, Any]:
    """Status, error and execution of a run. Raises NotFound."""
    cursor.execute(
        "SELECT id, status, skill_id, planned_results, scored_results, best_model, cheapest_model, error_type, "
        "error_message, execution_arn FROM benchmark_runs WHERE id = %s",
        [run_id],
    )
    row = cursor.fetchone()
    if row is None:
        raise NotFound(f"run {run_id!r} does not exist")
    return row


def stale_skills(cursor: Cursor, days: int) -> list[str]:
    """Skills with a text and without a completed run of the last days."""
    cursor.execute(
        "SELECT id FROM skills WHERE current_version_id IS NOT NULL AND NOT EXISTS ("
        "SELECT 1 FROM benchmark_runs run WHERE run.skill_id = skills.id "
        "AND run.status IN ('completed', 'completed_with_failures') "
        "AND run.completed_at > now() - make_interval(days => %s)) ORDER BY id",
        [days],
    )
    return [row["id"] for row in cursor]


def resume_run(cursor: Cursor, run_id: str, execution_arn: str) -> None:
    """Another execution goes on with the run, over the same records."""
    cursor.execute(
        "UPDATE benchmark_runs SET status = 'running', execution_arn = %s, started_at = coalesce(started_at, now()) "
        "WHERE id = %s AND status IN ('queued', 'running')",
        [execution_arn, run_id],
    )


def insert_results(cursor: Cursor, plan: Plan, results: Iterable[Result], *, keep_missing: bool) -> None:
    """Add the rows of all results, their verdicts and their token measurements; rows that are there stay.

    `keep_missing` is False for a run that ended early: a later redrive may still bring those results.
    """
    kept = (result for result in results if keep_missing or result.outcome != "missing")
    while batch := list(islice(kept, _BATCH)):
        copy_rows(cursor, "benchmark_results", RESULT_COLUMNS, (_result_row(plan, result) for result in batch))
        copy_rows(
            cursor,
            "benchmark_verdicts",
            VERDICT_COLUMNS,
            (_verdict_row(plan, result, call) for result in batch for call in result.judge_calls),
        )
        copy_rows(
            cursor,
            "token_measurements",
            MEASUREMENT_COLUMNS,
            (_measurement_row(plan, answer) for answer in _bought(plan, batch)),
        )


def _bought(plan: Plan, results: Iterable[Result]) -> Iterable[AnswerRecord]:
    """The answers that this run has paid for, as far as their usage is known."""
    if plan.rejudged:
        return []
    return [result.answer for result in results if result.answer and result.answer.call.usage]


def end_run(cursor: Cursor, plan: Plan, summary: RunSummary, error_type: str | None, error_message: str | None) -> None:
    """Write the summaries, the pairs and the run's end."""
    of_run = {"tenant_id": plan.tenant_id, "benchmark_run_id": plan.run_id}
    for model in summary.models:
        json = {name: Jsonb(dict(getattr(model, name))) for name in ("excluded_by_outcome", "statistics")}
        row = asdict(model) | json | of_run | {"model_provider": plan.model_provider}
        _put(cursor, "benchmark_model_summaries", ("model_name",), row)
    for pair in summary.pairs:
        _put(cursor, "benchmark_model_pairs", ("model_a", "model_b"), asdict(pair) | of_run)
    values = asdict(summary) | {"error_type": error_type, "error_message": error_message}
    values |= {name: list(values[name]) for name in ("best_model_tied_with", "warnings")}
    del values["models"], values["pairs"]
    cursor.execute(
        sql.SQL(
            "UPDATE benchmark_runs SET {updates}, started_at = coalesce(started_at, created_at), "
            "completed_at = coalesce(completed_at, clock_timestamp()) WHERE id = {id}"
        ).format(
            updates=sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values
            ),
            id=sql.Placeholder("id"),
        ),
        {**values, "id": plan.run_id},
    )


def _put(cursor: Cursor, table: str, key: tuple[str, ...], values: dict[str, Any]) -> None:
    """Insert a row of a run, or replace it: a run that was stopped and then redriven is summed up anew."""
    cursor.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) VALUES ({values}) "
            "ON CONFLICT (tenant_id, benchmark_run_id, {key}) DO UPDATE SET {updates}"
        ).format(
            table=sql.Identifier(table),
            key=sql.SQL(", ").join(map(sql.Identifier, key)),
            columns=sql.SQL(", ").join(map(sql.Identifier, values)),
            values=sql.SQL(", ").join(map(sql.Placeholder, values)),
            updates=sql.SQL(", ").join(
                sql.SQL("{name} = excluded.{name}").format(name=sql.Identifier(name)) for name in values
            ),
        ),
        values,
    )


def _result_row(plan: Plan, result: Result) -> tuple[Any, ...]:
    case: PlannedCase = plan.cases[result.case_index]
    answer = result.answer
    call = answer.call if answer else Call()
    notes = next((made.record.verdict.quality_notes for made in result.judge_calls if made.record), None)
    reasons = answer.injection_reasons if answer else None
    check = result.check
    return (
        plan.tenant_id,
        plan.run_id,
        result.branch.answer_id,
        result.branch.model,
        plan.model_provider,
        result.case_index,
        result.branch.repeat_index,
        case.input,
        answer.text if answer else None,
        case.expected_output,
        case.text_sanitized or bool(answer and answer.text_sanitized),
        *_token_values(call),
        call.latency_ms,
        call.first_token_ms,
        call.cost_microcents,
        call.cost_missing_reason,
        result.lost_cost_microcents,
        result.judge_cost_microcents,
        result.valid_verdicts,
        result.quality_score,
        result.quality_spread,
        notes,
        *(result.dimensions[name] for name in DIMENSIONS),
        result.matches_expected,
        check.passed if check else None,
        Jsonb(check.model_dump(mode="json")["results"]) if check else None,
        None if reasons is None else bool(reasons),
        None if reasons is None else list(reasons),
        answer.self_identification_redacted if answer else None,
        result.outcome,
        answer.stop_reason if answer else None,
        result.error_type,
        result.error_message,
        call.attempts if answer else None,
    )


def _verdict_row(plan: Plan, result: Result, made: JudgeCall) -> tuple[Any, ...]:
    record = made.record
    verdict = record.verdict if record else None
    call = record.call if record else Call()
    return (
        plan.tenant_id,
        plan.run_id,
        result.branch.model,
        result.case_index,
        result.branch.repeat_index,
        made.seat.judge,
        made.seat.verdict_index,
        made.same_family,
        made.left_out,
        bool(record and record.repaired),
        made.status,
        verdict.quality_score if verdict else None,
        list(verdict.evidence_quotes) if verdict else None,
        verdict.quality_notes if verdict else None,
        *(getattr(verdict, name) if verdict else None for name in DIMENSIONS),
        verdict.matches_expected if verdict else None,
        plan.cases[result.case_index].expected_output is not None,
        record.input_sha256 if record else None,
        plan.rubric_sha256,
        PROMPT_VERSION if record is None else record.prompt_version,
        *_token_values(call),
        made.cost_microcents,
        made.cost_missing_reason,
        call.latency_ms,
        made.attempts,
        made.failure.error_type if made.failure else None,
        made.failure.message if made.failure else None,
    )


def _measurement_row(plan: Plan, answer: AnswerRecord) -> tuple[Any, ...]:
    return (
        plan.tenant_id,
        plan.skill_id,
        "benchmark",
        plan.run_id,
        answer.answer_id,
        answer.model,
        plan.model_provider,
        *_token_values(answer.call),
        answer.call.cost_microcents,
        answer.call.latency_ms,
    )


def _token_values(call: Call) -> tuple[int | None, ...]:
    usage = call.usage
    if usage is None:
        return (None, None, None, None)
    return (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
