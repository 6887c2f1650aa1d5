"""Cancel a run: stop its execution, or end a run that has none."""

from dataclasses import dataclass

from skill_benchmark.adapters import postgres_runs
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.records import Failure
from skill_benchmark.domain.run_status import UNFINISHED

_CAUSE = "cancelled over the API"
_LOOKS = 3
"""A queued run may be started between two looks at it, and is then stopped."""


@dataclass(frozen=True)
class RunCanceller:
    """Cancels runs. What a run has finished is kept."""

    database: Database
    engine: WorkflowEngine

    def cancel(self, tenant_id: str, run_id: str) -> None:
        """Asked again before the run has ended, it changes nothing.

        Raises NotFound, or Conflict for a run that has ended, or whose execution has and which is about to say so.
        """
        for _ in range(_LOOKS):
            if self._cancelled(tenant_id, run_id):
                return
        raise Conflict("the run is being started at this moment; try again", kind="run-not-started")

    def _cancelled(self, tenant_id: str, run_id: str) -> bool:
        with self.database.transaction(tenant_id) as cursor:
            row = postgres_runs.run_status(cursor, run_id)
        if row["status"] not in UNFINISHED:
            raise Conflict(f"the run has ended already: it is {row['status']}", kind="run-ended")
        execution_arn = row["execution_arn"] or self.engine.execution_arn(run_id)
        execution = self.engine.describe(execution_arn)
        if execution is None and row["status"] == "queued":
            with self.database.transaction(tenant_id) as cursor:
                reason = Failure.of("RunCancelled", _CAUSE)
                return postgres_runs.end_unstarted_run(cursor, run_id, row["execution_arn"], "cancelled", reason)
        if execution and execution.status in {"RUNNING", "PENDING_REDRIVE"}:
            self.engine.stop(execution_arn, _CAUSE)
        elif execution is None or execution.status != "ABORTED":
            how = execution.status if execution else "and is not known any more"
            raise Conflict(
                f"there is nothing left to stop: the execution has ended ({how}), and the run is about to say how",
                kind="run-ended",
            )
        return True
