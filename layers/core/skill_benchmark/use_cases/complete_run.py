"""Complete a run: from the records of its branches to rows, in one transaction."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from skill_benchmark.adapters import postgres_runs
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.run_records import RunRecords
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.comparison import compared, seed_of
from skill_benchmark.domain.plan import Plan
from skill_benchmark.domain.records import Failure
from skill_benchmark.domain.summary import Summary

_SECONDS_A_STATEMENT = 300
_DONE = {"completed", "completed_with_failures"}


class RunEnd(BaseModel):
    """How a run ended, as the workflow announces it."""

    run_id: str
    tenant_id: str
    skill_id: str
    status: str
    planned_results: int
    scored_results: int | None
    best_model: str | None
    cheapest_model: str | None
    error_type: str | None
    error_message: str | None


@dataclass(frozen=True)
class RunCompleter:
    """Ends runs. Done again, or after another delivery, it changes nothing."""

    database: Database
    store: ObjectStore

    def complete(
        self,
        tenant_id: str,
        run_id: str,
        ended: Literal["failed", "cancelled"] | None = None,
        reason: Failure | None = None,
    ) -> RunEnd:
        """Write what the run found. `ended` says that it did not get to its plan's end, and `reason` why.

        Raises NotFound for a run that the tenant does not have.
        """
        with self.database.transaction(tenant_id) as cursor:
            done = postgres_runs.run_status(cursor, run_id)["status"] in _DONE
        if not done:
            self._write(tenant_id, run_id, ended, reason)
        with self.database.transaction(tenant_id) as cursor:
            row = postgres_runs.run_status(cursor, run_id)
        return RunEnd(
            run_id=run_id, tenant_id=tenant_id, **{name: row[name] for name in row if name in RunEnd.model_fields}
        )

    def _write(
        self, tenant_id: str, run_id: str, ended: Literal["failed", "cancelled"] | None, reason: Failure | None
    ) -> None:
        error_type, message = (reason.error_type, reason.message) if reason else (None, None)
        plan = self.store.get(record_keys.plan(run_id), Plan)
        with self.database.transaction(tenant_id, statement_timeout_seconds=_SECONDS_A_STATEMENT) as cursor:
            if plan is None:
                postgres_runs.fail_queued_run(cursor, run_id, error_type or "Missing", message or "the plan is missing")
                return
            summary = Summary(plan)
            results = summary.watch(RunRecords(self.store, plan).results())
            postgres_runs.insert_results(cursor, plan, results, keep_missing=ended is None)
            end = compared(summary.close(ended), summary.scores(), seed=seed_of(run_id))
            postgres_runs.end_run(cursor, plan, end, error_type, message)
