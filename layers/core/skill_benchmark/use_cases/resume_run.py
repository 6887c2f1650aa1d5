"""Resume a run that ended before its plan did: another execution over the same records, which buys what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any

from skill_benchmark.adapters import postgres_runs
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.limits import MINUTES_OF_LATE_RECORDS
from skill_benchmark.domain.plan import ModelProvider, Plan
from skill_benchmark.domain.run_status import RESUMABLE


@dataclass(frozen=True)
class RunResumer:
    """Resumes runs. A redrive does the same within 14 days of the end; this works at any later time too."""

    database: Database
    store: ObjectStore
    engine: WorkflowEngine
    model_provider: ModelProvider
    seconds_of_late_records: float = 60 * MINUTES_OF_LATE_RECORDS

    def resume(self, tenant_id: str, run_id: str) -> None:
        """Raises NotFound, or Conflict for a run that is complete, that is unfinished or whose records have expired."""
        with self.database.transaction(tenant_id) as cursor:
            row = postgres_runs.run_status(cursor, run_id)
        if row["status"] not in RESUMABLE:
            raise Conflict(
                f"the run is {row['status']}; only a failed or a cancelled run can be resumed", kind="run-not-resumable"
            )
        self._require_quiet(row)
        plan = self.store.get(record_keys.plan(run_id), Plan)
        if plan is None:
            raise Conflict("the records of the run have expired; start a new run", kind="records-expired")
        if plan.model_provider != self.model_provider:
            raise Conflict(
                f"the run is of {plan.model_provider}, and this service asks {self.model_provider} now",
                kind="other-provider",
            )
        last = row["execution_arn"] or self.engine.execution_arn(run_id)
        found = self.engine.describe(last)
        if found and found.status == "RUNNING":
            raise Conflict(
                "an execution of this run is still running; try again when it has ended", kind="run-not-ended"
            )
        # A name that was used is never used again, also where the execution has been forgotten or was never started.
        name = next_name(run_id, last.rpartition(":")[2])
        with self.database.transaction(tenant_id) as cursor:
            if not postgres_runs.reopen_run(cursor, run_id, "queued", self.engine.execution_arn(name)):
                raise Conflict("the run was resumed at the same moment by another request", kind="run-not-resumable")
        try:
            self.engine.start(plan, name)
        except Exception as error:
            with self.database.transaction(tenant_id) as cursor:
                postgres_runs.fail_queued_run(
                    cursor, run_id, type(error).__name__, f"the run could not resume: {error}"
                )
            raise

    def _require_quiet(self, row: Mapping[str, Any]) -> None:
        """A call that was in flight when the execution was stopped is recorded later, and would be bought twice."""
        stopped = row["status"] == "cancelled" or row["error_type"] == "TIMED_OUT"
        since = (datetime.now(UTC) - row["completed_at"]).total_seconds()
        if stopped and since < self.seconds_of_late_records:
            minutes = ceil((self.seconds_of_late_records - since) / 60)
            raise Conflict(
                f"calls of the stopped run may still be recorded; try again in {minutes} minutes",
                kind="run-not-ended",
            )


def next_name(run_id: str, last: str) -> str:
    """The name of the run's next execution: `run`, `run-2`, `run-3`, …"""
    number = int(last.removeprefix(run_id).removeprefix("-") or 1)
    return f"{run_id}-{number + 1}"
