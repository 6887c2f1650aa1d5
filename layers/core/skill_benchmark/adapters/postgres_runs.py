"""The row of a run: when it starts, and when it ends with its summaries."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from psycopg import sql
from psycopg.types.json import Jsonb

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.domain.errors import Conflict, NotFound
from skill_benchmark.domain.plan import Plan
from skill_benchmark.domain.run_status import UNFINISHED
from skill_benchmark.domain.summaries import RunSummary


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
        raise Conflict(
            "this Idempotency-Key was used for another request; send a new key with a new request",
            kind="idempotency-key-reused",
        )
    run_id: str = row["id"]
    return run_id


@dataclass(frozen=True)
class UnfinishedRun:
    """What the admission of a run goes by."""

    run_id: str
    branches: int
    """Models × repeats of a case."""
    seats: int
    """Verdicts on each answer."""


def note_execution(cursor: Cursor, run_id: str, execution_arn: str, *, instead_of: str | None = None) -> None:
    """The execution has been started. A run that has ended or that has another execution meanwhile stays as it is."""
    cursor.execute(
        "UPDATE benchmark_runs SET execution_arn = %s WHERE id = %s AND status IN ('queued', 'running') "
        "AND execution_arn IS NOT DISTINCT FROM %s",
        [execution_arn, run_id, instead_of],
    )


def require_unfinished(cursor: Cursor, run_id: str) -> UnfinishedRun:
    """The run, locked until the transaction ends. Raises NotFound, or Conflict for one that has ended."""
    row = cursor.execute(
        "SELECT id, status, cardinality(models) * repeats AS branches, "
        "cardinality(judges) * verdicts_per_judge AS seats FROM benchmark_runs WHERE id = %s FOR UPDATE",
        [run_id],
    ).fetchone()
    if row is None:
        raise NotFound(f"run {run_id!r} does not exist")
    if row["status"] not in UNFINISHED:
        raise Conflict(f"the run has ended: it is {row['status']}", kind="run-ended")
    return UnfinishedRun(row["id"], row["branches"], row["seats"])


def mark_running(cursor: Cursor, run_id: str, execution_arn: str) -> None:
    """The run has places, and its calls begin. A run that has ended meanwhile stays as it is."""
    cursor.execute(
        "UPDATE benchmark_runs SET status = 'running', started_at = coalesce(started_at, now()), execution_arn = %s "
        "WHERE id = %s AND status IN ('queued', 'running')",
        [execution_arn, run_id],
    )


def reopen_run(cursor: Cursor, run_id: str, status: Literal["queued", "running"], execution_arn: str) -> bool:
    """A run that ended early is continued by this execution. Returns whether it had ended early."""
    cursor.execute(
        "UPDATE benchmark_runs SET status = %s, execution_arn = %s, completed_at = NULL, error_type = NULL, "
        "error_message = NULL, started_at = coalesce(started_at, created_at) "
        "WHERE id = %s AND status IN ('failed', 'cancelled')",
        [status, execution_arn, run_id],
    )
    return cursor.rowcount == 1


def fail_queued_run(cursor: Cursor, run_id: str, error_type: str, error_message: str) -> None:
    """A run whose execution never began has ended."""
    cursor.execute(
        "UPDATE benchmark_runs SET status = 'failed', error_type = %s, error_message = %s, completed_at = now() "
        "WHERE id = %s AND status = 'queued'",
        [error_type, error_message, run_id],
    )


def fail_run(cursor: Cursor, run_id: str, error_type: str, error_message: str) -> None:
    """An unfinished run of which nothing can be written has ended."""
    cursor.execute(
        "UPDATE benchmark_runs SET status = 'failed', error_type = %s, error_message = %s, completed_at = now() "
        "WHERE id = %s AND status IN ('queued', 'running')",
        [error_type, error_message, run_id],
    )


def run_status(cursor: Cursor, run_id: str) -> Mapping[str, Any]:
    """Status, error and execution of a run. Raises NotFound."""
    cursor.execute(
        "SELECT id, status, skill_id, planned_results, scored_results, best_model, cheapest_model, error_type, "
        "error_message, execution_arn, completed_at FROM benchmark_runs WHERE id = %s",
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


@dataclass(frozen=True)
class RunToEnd:
    """What the end of a run takes of its row."""

    tenant_id: str
    run_id: str
    status: str
    models: list[str]
    model_provider: str
    cases: int
    repeats: int
    execution_arn: str | None

    @property
    def planned_results(self) -> int:
        return len(self.models) * self.cases * self.repeats


def run_to_end(cursor: Cursor, run_id: str, *, lock: bool = False) -> RunToEnd:
    """`lock`: nobody else ends the run until the transaction has. Raises NotFound."""
    query = (
        "SELECT tenant_id, id, status, models, model_provider, planned_cases, repeats, execution_arn "
        "FROM benchmark_runs WHERE id = %s"
    )
    cursor.execute(f"{query} FOR UPDATE" if lock else query, [run_id])
    row = cursor.fetchone()
    if row is None:
        raise NotFound(f"run {run_id!r} does not exist")
    return RunToEnd(*row.values())


def end_run(
    cursor: Cursor, run: RunToEnd, summary: RunSummary, error_type: str | None, error_message: str | None
) -> None:
    """Write the summaries, the pairs and the run's end."""
    of_run = {"tenant_id": run.tenant_id, "benchmark_run_id": run.run_id}
    for model in summary.models:
        json = {name: Jsonb(dict(getattr(model, name))) for name in ("excluded_by_outcome", "statistics")}
        row = asdict(model) | json | of_run | {"model_provider": run.model_provider}
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
        {**values, "id": run.run_id},
    )


def _put(cursor: Cursor, table: str, key: tuple[str, ...], values: dict[str, Any]) -> None:
    """Insert a row of a run, or replace it: a run that was stopped and then redriven is summed up again."""
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
