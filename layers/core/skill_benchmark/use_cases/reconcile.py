"""Reconcile runs with their executions. Delivery of events is best effort, and no run may stay unfinished forever."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel

from skill_benchmark.adapters import postgres_admission, postgres_runs
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.postgres_admission import Admission
from skill_benchmark.adapters.workflow_engine import Execution, ExecutionInput, WorkflowEngine, end_name
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.admission import Claim, branches_in_flight
from skill_benchmark.domain.plan import Plan
from skill_benchmark.use_cases.begin_run import begin_run, never_began, require_provider
from skill_benchmark.use_cases.share_places import PlaceSharer

SECONDS_OF_GRACE = 600
"""What normally ends or starts a run has this long before the reconciler does it."""
_NO_TENANT = "reconciler"

Action = Literal["ended", "started", "failed", "reopened", "rebalanced", "error"]


class NotReconciled(BaseModel):
    """A run about which nothing could be found out, and why. The next time is tried again."""

    run_id: str
    error_type: str
    reason: str

    @classmethod
    def of(cls, run_id: str, error: Exception) -> Self:
        return cls(run_id=run_id, error_type=type(error).__name__, reason=str(error)[:300])


class Reconciled(BaseModel):
    """How often the reconciler did what, and for how long the oldest run has been unfinished (0: there is none)."""

    actions: dict[Action, int]
    errors: list[NotReconciled]
    oldest_seconds: float


class _RunOf(BaseModel):
    run_id: str
    tenant_id: str


@dataclass(frozen=True)
class Reconciler:
    """Ends what has ended or vanished, starts or fails what never began, and reopens what was redriven."""

    database: Database
    store: ObjectStore
    engine: WorkflowEngine
    sharer: PlaceSharer

    def reconcile(self) -> Reconciled:
        done = Counter[Action]()
        now = datetime.now(UTC).timestamp()
        errors: list[NotReconciled] = []
        unfinished = self._unfinished()
        for admission in unfinished:
            try:
                if action := self._reconcile(admission, now):
                    done[action] += 1
            except Exception as error:
                # Of one run: an unreadable plan, a throttled question. The others must not wait for it.
                errors.append(NotReconciled.of(admission.claim.run_id, error))
        for arn in self._redriven():
            try:
                done["reopened"] += self._reopen(arn)
            except Exception as error:
                errors.append(NotReconciled.of(arn.rpartition(":")[2], error))
        done["error"] += len(errors)
        self.sharer.note_calls_in_flight()
        done["rebalanced"] += self.sharer.rebalance()
        return Reconciled(
            actions={action: count for action, count in done.items() if count},
            errors=errors,
            oldest_seconds=max((now - admission.claim.queued_at for admission in unfinished), default=0),
        )

    def _unfinished(self) -> list[Admission]:
        with self.database.transaction(_NO_TENANT) as cursor:
            postgres_admission.see_all_tenants(cursor)
            return list(postgres_admission.admissions(cursor))

    def _reconcile(self, admission: Admission, now: float) -> Action | None:
        claim = admission.claim
        if now - claim.queued_at < SECONDS_OF_GRACE:
            return None
        with self.database.transaction(claim.tenant_id) as cursor:
            row = postgres_runs.run_status(cursor, claim.run_id)
        execution_arn = row["execution_arn"] or self.engine.execution_arn(claim.run_id)
        execution = self.engine.describe(execution_arn)
        if execution is None:
            return self._without_execution(claim, row, execution_arn)
        if execution.stopped_at is None or now - execution.stopped_at.timestamp() < SECONDS_OF_GRACE:
            return None
        self._write_end(execution, self._plan(claim.run_id), claim.run_id)
        return "ended"

    def _plan(self, run_id: str) -> Plan | None:
        return self.store.get(record_keys.plan(run_id), Plan)

    def _without_execution(self, claim: Claim, row: Mapping[str, Any], execution_arn: str) -> Action:
        plan = self._plan(claim.run_id)
        if plan is None:
            with self.database.transaction(claim.tenant_id) as cursor:
                postgres_runs.fail_run(cursor, claim.run_id, "NeverStarted", "the run never began: it has no plan")
            return "failed"
        # Neither begun nor ended here: where its own provider is asked, it may still be continued.
        require_provider(plan.model_provider, self.sharer.model_provider)
        if never_began(self.engine, claim.run_id, row):
            begin_run(self.database, self.engine, plan)
            return "started"
        vanished = Execution(
            arn=execution_arn,
            status="FAILED",
            input="",
            stopped_at=None,
            redrives=0,
            error="ExecutionVanished",
            cause="the execution does not exist any more",
        )
        self._write_end(vanished, plan, claim.run_id)
        return "ended"

    def _write_end(self, execution: Execution, plan: Plan | None, run_id: str) -> None:
        # What the rule on the event bus would have sent.
        status = "FAILED" if execution.status == "SUCCEEDED" else execution.status
        # By the plan where there is one: an execution of a former release was given what that one needed.
        detail = {
            "executionArn": execution.arn,
            "status": status,
            "input": ExecutionInput.of(plan).model_dump_json() if plan else execution.input,
            "error": execution.error,
            "cause": execution.cause,
            "redriveCount": execution.redrives,
        }
        self.engine.write_end(end_name(run_id), detail)

    def _redriven(self) -> Iterator[str]:
        """Executions of runs that run although no unfinished row names them."""
        unfinished = {found.execution_arn for found in self._unfinished()}
        for arn in self.engine.running():
            if arn not in unfinished and arn.rpartition(":")[2].startswith("run_"):
                yield arn

    def _reopen(self, execution_arn: str) -> bool:
        execution = self.engine.describe(execution_arn)
        if execution is None or not execution.redrives:
            return False
        run = _RunOf.model_validate_json(execution.input)
        # A redriven Map resumes with the limit that it had. Its run is counted with that until it is told its share.
        map_run = self.engine.map_run(execution_arn)
        limit = map_run.max_concurrency if map_run and map_run.active else 0
        with self.database.transaction(run.tenant_id) as cursor:
            if not postgres_runs.reopen_run(cursor, run.run_id, "running", execution_arn):
                return False
            size = postgres_runs.require_unfinished(cursor, run.run_id)
            branches = branches_in_flight(size.branches, size.seats, self.sharer.capacity)
            postgres_admission.admit(cursor, run.run_id, max(1, limit * branches), branches, execution_arn)
        return True
