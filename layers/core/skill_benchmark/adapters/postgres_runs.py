"""The row of a run: when it starts, and when it ends with its summaries."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from psycopg import sql
from psycopg.types.json import Jsonb

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.domain.errors import Conflict, NotFound
from skill_benchmark.domain.plan import Plan
from skill_benchmark.domain.records import Failure
from skill_benchmark.domain.run_status import COMPLETED, RESUMABLE, UNFINISHED, Attempt
from skill_benchmark.domain.summaries import RunSummary
from skill_benchmark.domain.unfinished import Unfinished


def known_run(cursor: Cursor, idempotency_key: str, request_sha256: str) -> str | None:
    """The run that the key has made before; None for a key that was never used.

    Raises Conflict when the key was used for another request.
    """
    cursor.execute(
        "SELECT id, idempotency_body_sha256 FROM benchmark_runs WHERE idempotency_key = %s", [idempotency_key]
    )
    row = cursor.fetchone()
    if row is None:
        return None
    if row["idempotency_body_sha256"] != request_sha256:
        raise Conflict(
            "this Idempotency-Key was used for another request; send a new key with a new request",
            kind="idempotency-key-reused",
        )
    run_id: str = row["id"]
    return run_id


def create_run(cursor: Cursor, plan: Plan, idempotency_key: str | None, request_sha256: str | None) -> str:
    """Insert the run's row, or find the one that another request made with the key meanwhile. Returns the run's id.

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
    assert idempotency_key is not None
    assert request_sha256 is not None
    run_id = known_run(cursor, idempotency_key, request_sha256)
    assert run_id is not None
    return run_id


@dataclass(frozen=True)
class UnfinishedRun:
    """What the admission and the cancel of a run go by."""

    run_id: str
    cases: int
    branches: int
    """Models × repeats of a case."""
    seats: int
    """Verdicts on each answer."""
    execution_arn: str | None


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
        "SELECT id, status, planned_cases, cardinality(models) * repeats AS branches, "
        "cardinality(judges) * verdicts_per_judge AS seats, execution_arn FROM benchmark_runs WHERE id = %s FOR UPDATE",
        [run_id],
    ).fetchone()
    if row is None:
        raise NotFound(f"run {run_id!r} does not exist")
    if row["status"] not in UNFINISHED:
        raise Conflict(f"the run has ended: it is {row['status']}", kind="run-ended")
    return UnfinishedRun(row["id"], row["planned_cases"], row["branches"], row["seats"], row["execution_arn"])


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


def fail_run(cursor: Cursor, run_id: str, error_type: str, error_message: str) -> None:
    """An unfinished run has ended of which nothing more can be written."""
    cursor.execute(
        "UPDATE benchmark_runs SET status = 'failed', error_type = %s, error_message = %s, completed_at = now(), "
        "scored_results = coalesce(scored_results, 0) WHERE id = %s AND status IN ('queued', 'running')",
        [error_type, error_message, run_id],
    )


def end_unstarted_run(
    cursor: Cursor,
    run_id: str,
    execution_arn: str | None,
    status: Literal["failed", "cancelled"],
    reason: Failure,
) -> bool:
    """A queued run ends whose execution never began. Returns whether it is one, with this execution noted and no other.

    A run that was resumed keeps the numbers of what it had finished before.
    """
    cursor.execute(
        "UPDATE benchmark_runs SET status = %(status)s, error_type = %(type)s, error_message = %(message)s, "
        "completed_at = now(), scored_results = coalesce(scored_results, 0) "
        "WHERE id = %(id)s AND status = 'queued' AND execution_arn IS NOT DISTINCT FROM %(execution)s",
        {
            "status": status,
            "type": reason.error_type,
            "message": reason.message,
            "id": run_id,
            "execution": execution_arn,
        },
    )
    return cursor.rowcount == 1


def run_status(cursor: Cursor, run_id: str) -> Mapping[str, Any]:
    """Status, error and execution of a run. Raises NotFound."""
    cursor.execute(
        "SELECT id, status, skill_id, planned_results, scored_results, best_model, cheapest_model, error_type, "
        "error_message, execution_arn, model_provider, completed_at FROM benchmark_runs WHERE id = %s",
        [run_id],
    )
    row = cursor.fetchone()
    if row is None:
        raise NotFound(f"run {run_id!r} does not exist")
    return row


def stale_skills(cursor: Cursor, days: int, model_provider: str) -> list[str]:
    """Skills with a registered text and without a completed run of the last days on this provider's models."""
    cursor.execute(
        "SELECT id FROM skills WHERE current_version_id IS NOT NULL AND NOT EXISTS ("
        "SELECT 1 FROM benchmark_runs run WHERE run.skill_id = skills.id "
        "AND run.status IN ('completed', 'completed_with_failures') "
        "AND run.completed_at > now() - make_interval(days => %s) AND run.model_provider = %s "
        "AND run.simulated = (run.model_provider = 'simulated')) ORDER BY id",
        [days, model_provider],
    )
    return [row["id"] for row in cursor]


@dataclass(frozen=True)
class RunToEnd:
    """What the end of a run takes of its row."""

    tenant_id: str
    run_id: str
    status: str
    models: list[str]
    answered_by: str
    """The provider of the models; of a run on stored answers, that of the run which bought them."""
    cases: int
    repeats: int
    execution_arn: str | None
    redrives_at_end: int | None

    @property
    def planned_results(self) -> int:
        return len(self.models) * self.cases * self.repeats

    def is_written_by(self, attempt: Attempt) -> bool:
        """Whether the run is, as it is now, one of which this attempt may still write something.

        What was stopped may have a function in flight, and its end may be told twice. Only a redrive that came after
        the end writes more.
        """
        if self.status in COMPLETED:
            return False
        if attempt.execution_arn and self.execution_arn and attempt.execution_arn != self.execution_arn:
            return False
        return self.status in UNFINISHED or attempt.redrives > (self.redrives_at_end or 0)


def run_to_end(cursor: Cursor, run_id: str, *, lock: Literal["", "SHARE", "UPDATE"] = "") -> RunToEnd:
    """`lock`: until the transaction ends nobody else ends the run (SHARE), or does anything with it (UPDATE).

    Raises NotFound.
    """
    query = (
        "SELECT tenant_id, id, status, models, coalesce((SELECT bought.model_provider FROM benchmark_runs bought "
        "WHERE bought.id = run.rejudged_run_id), model_provider) AS answered_by, planned_cases, repeats, "
        "execution_arn, redrives_at_end FROM benchmark_runs run WHERE id = %s"
    )
    cursor.execute(f"{query} FOR {lock} OF run" if lock else query, [run_id])
    row = cursor.fetchone()
    if row is None:
        raise NotFound(f"run {run_id!r} does not exist")
    return RunToEnd(*row.values())


def open_run(cursor: Cursor, run_id: str, attempt: Attempt) -> RunToEnd | None:
    """The run, if the attempt may write; None if it may not. One that ended before this redrive is reopened.

    Raises NotFound.
    """
    run = run_to_end(cursor, run_id, lock="UPDATE")
    if not run.is_written_by(attempt):
        return None
    if run.status in RESUMABLE:
        execution_arn = attempt.execution_arn or run.execution_arn
        assert execution_arn is not None, "only an execution is redriven"
        reopen_run(cursor, run_id, "running", execution_arn)
    return run


def end_run(
    cursor: Cursor,
    run: RunToEnd,
    summary: RunSummary,
    unfinished: Unfinished,
    *,
    attempt: Attempt,
) -> None:
    """Write the summaries, the pairs and the run's end."""
    of_run = {"tenant_id": run.tenant_id, "benchmark_run_id": run.run_id}
    for model in summary.models:
        json = {name: Jsonb(dict(getattr(model, name))) for name in ("excluded_by_outcome", "statistics")}
        row = asdict(model) | json | of_run | {"model_provider": run.answered_by}
        _put(cursor, "benchmark_model_summaries", ("model_name",), row)
    for pair in summary.pairs:
        _put(cursor, "benchmark_model_pairs", ("model_a", "model_b"), asdict(pair) | of_run)
    values = asdict(summary) | {
        "redrives_at_end": attempt.redrives,
        "unfinished_answers": unfinished.answers,
        "unfinished_cost_microcents": unfinished.cost_microcents,
        "unfinished_cost_uncounted": unfinished.cost_uncounted,
    }
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
