"""Cancel a run: stop its execution, end a run that never had one, or have the end of one written that is gone."""

from dataclasses import dataclass

from skill_benchmark.adapters import postgres_runs
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.workflow_engine import EndedInput, WorkflowEngine, end_name
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.limits import shards
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
                ended = postgres_runs.end_unstarted_run(cursor, run_id, row["execution_arn"], "cancelled", reason)
            # Who starts it looks at the row afterwards; if that was before this, the execution is there by now.
            if ended and (started := self.engine.describe(execution_arn)) and started.status == "RUNNING":
                self.engine.stop(execution_arn, _CAUSE)
            return ended
        if execution is None:
            self._write_end(tenant_id, run_id, execution_arn)
        elif execution.status in {"RUNNING", "PENDING_REDRIVE"}:
            self.engine.stop(execution_arn, _CAUSE)
        elif execution.status != "ABORTED":
            raise Conflict(
                f"there is nothing left to stop: the execution has ended ({execution.status}), "
                "and the run is about to say how",
                kind="run-ended",
            )
        return True

    def _write_end(self, tenant_id: str, run_id: str, execution_arn: str) -> None:
        """The execution is not known any more, and nobody else ends a run that is left to another provider."""
        with self.database.transaction(tenant_id) as cursor:
            run = postgres_runs.require_unfinished(cursor, run_id)
        given = EndedInput(run_id=run_id, tenant_id=tenant_id, shards=list(shards(run.cases, run.branches, run.seats)))
        detail = {
            "executionArn": execution_arn,
            "status": "ABORTED",
            "input": given.model_dump_json(),
            "error": "RunCancelled",
            "cause": _CAUSE,
        }
        self.engine.write_end(end_name(run_id), detail)
