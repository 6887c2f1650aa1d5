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
from skill_benchmark.use_cases.begin_run import begin_run, never_began, require_provider


@dataclass(frozen=True)
class RunResumer:
    """Resumes runs. A redrive does the same within 14 days of the end; this works at any later time too."""

    database: Database
    store: ObjectStore
    engine: WorkflowEngine
    model_provider: ModelProvider
    seconds_of_late_records: float = 60 * MINUTES_OF_LATE_RECORDS

    def resume(self, tenant_id: str, run_id: str) -> None:
        """Asked again for a run whose execution could not start at that moment, it starts it.

        Raises NotFound, or Conflict for a run that is complete, that is unfinished, whose records have expired or that
        is of another provider.
        """
        with self.database.transaction(tenant_id) as cursor:
            row = postgres_runs.run_status(cursor, run_id)
        last = row["execution_arn"] or self.engine.execution_arn(run_id)
        found = self.engine.describe(last)
        begins = found is None and never_began(self.engine, run_id, row)
        if row["status"] not in RESUMABLE and not begins:
            raise Conflict(
                f"the run is {row['status']}; only a failed or a cancelled run can be resumed", kind="run-not-resumable"
            )
        if found and found.status == "RUNNING":
            raise Conflict(
                "an execution of this run is still running; try again when it has ended", kind="execution-running"
            )
        plan = self._plan(run_id)
        if not begins:
            self._require_quiet(row)
            # A name that was used is never used again, also where the execution has been forgotten.
            name = next_name(run_id, last.rpartition(":")[2])
            with self.database.transaction(tenant_id) as cursor:
                if not postgres_runs.reopen_run(cursor, run_id, "queued", self.engine.execution_arn(name)):
                    raise Conflict(
                        "the run was resumed at the same moment by another request", kind="resumed-at-the-same-time"
                    )
        begin_run(self.database, self.engine, plan)

    def _plan(self, run_id: str) -> Plan:
        plan = self.store.get(record_keys.plan(run_id), Plan)
        if plan is None:
            raise Conflict("the records of the run have expired; start a new run", kind="records-expired")
        require_provider(plan.model_provider, self.model_provider)
        return plan

    def _require_quiet(self, row: Mapping[str, Any]) -> None:
        """A call that was in flight when the execution was stopped is recorded later, and would be bought twice."""
        stopped = row["status"] == "cancelled" or row["error_type"] == "TIMED_OUT"
        since = (datetime.now(UTC) - row["completed_at"]).total_seconds()
        if stopped and since < self.seconds_of_late_records:
            minutes = ceil((self.seconds_of_late_records - since) / 60)
            raise Conflict(
                f"calls of the stopped run may still be recorded; try again in {minutes} minutes",
                kind="records-still-coming",
            )


def next_name(run_id: str, last: str) -> str:
    """The name of the run's next execution: `run`, `run-2`, `run-3`, …"""
    number = int(last.removeprefix(run_id).removeprefix("-") or 1)
    return f"{run_id}-{number + 1}"
