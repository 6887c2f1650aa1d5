"""Resume a run that ended before its plan did: another execution over the same records, which buys what is missing."""

from dataclasses import dataclass

from skill_benchmark.adapters import postgres_runs
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.plan import Plan
from skill_benchmark.domain.run_status import RESUMABLE


@dataclass(frozen=True)
class RunResumer:
    """Resumes runs. A redrive does the same within 14 days of the end; this works at any later time too."""

    database: Database
    store: ObjectStore
    engine: WorkflowEngine

    def resume(self, tenant_id: str, run_id: str) -> None:
        """Raises NotFound, or Conflict for a run that is complete, that is unfinished or whose records have expired."""
        with self.database.transaction(tenant_id) as cursor:
            row = postgres_runs.run_status(cursor, run_id)
        if row["status"] not in RESUMABLE:
            raise Conflict(f"the run is {row['status']}; only a failed or a cancelled run can be resumed")
        plan = self.store.get(record_keys.plan(run_id), Plan)
        if plan is None:
            raise Conflict("the records of the run have expired; start a new run")
        last = row["execution_arn"] or self.engine.execution_arn(run_id)
        found = self.engine.describe(last)
        if found and found.status == "RUNNING":
            raise Conflict("an execution of this run is still running; try again when it has ended")
        name = next_name(run_id, last.rpartition(":")[2]) if found else run_id
        with self.database.transaction(tenant_id) as cursor:
            if not postgres_runs.reopen_run(cursor, run_id, "queued", self.engine.execution_arn(name)):
                raise Conflict("the run was resumed at the same moment by another request")
        try:
            self.engine.start(plan, name)
        except Exception as error:
            with self.database.transaction(tenant_id) as cursor:
                postgres_runs.fail_queued_run(
                    cursor, run_id, type(error).__name__, f"the run could not resume: {error}"
                )
            raise


def next_name(run_id: str, last: str) -> str:
    """The name of the run's next execution: `run`, `run-2`, `run-3`, …"""
    number = int(last.removeprefix(run_id).removeprefix("-") or 1)
    return f"{run_id}-{number + 1}"
