"""Admit a run: give it places for its calls, or tell it how long to wait."""

from dataclasses import dataclass

from pydantic import BaseModel

from skill_benchmark.adapters import postgres_admission, postgres_runs
from skill_benchmark.adapters.postgres import Cursor, Database
from skill_benchmark.domain.admission import admitted_places, branches_in_flight, position
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.limits import wait_seconds
from skill_benchmark.use_cases.share_places import PlaceSharer


class Admitted(BaseModel):
    """What the state machine is told. `cases_in_flight` × `branches_in_flight` calls are in flight at most."""

    admitted: bool
    cases_in_flight: int | None = None
    branches_in_flight: int | None = None
    queue_position: int | None = None
    wait_seconds: int | None = None
    waited_seconds: float
    queued_runs: int
    """That wait at this moment."""


@dataclass(frozen=True)
class RunAdmitter:
    """Admits the runs of one provider's models."""

    database: Database
    sharer: PlaceSharer

    def admit(self, tenant_id: str, run_id: str, execution_arn: str) -> Admitted:
        """Asked again by the same execution, it gives the same places.

        Raises NotFound, or Conflict for a run that has ended or that another execution has taken over.
        """
        self.sharer.note_calls_in_flight()
        with self.database.transaction(tenant_id) as cursor:
            run = postgres_runs.require_unfinished(cursor, run_id)
            if run.execution_arn not in {None, execution_arn}:
                raise Conflict("another execution has taken over the run", kind="execution-running")
            postgres_admission.see_all_tenants(cursor)
            postgres_admission.lock(cursor)
            answer = self._decide(cursor, run, execution_arn)
            if answer.admitted:
                postgres_runs.mark_running(cursor, run_id, execution_arn)
        self.sharer.rebalance()
        return answer

    def _decide(self, cursor: Cursor, run: postgres_runs.UnfinishedRun, execution_arn: str) -> Admitted:
        capacity = self.sharer.capacity
        every = postgres_admission.admissions(cursor, self.sharer.model_provider)
        own = next((admission for admission in every if admission.claim.run_id == run.run_id), None)
        if own is None:
            raise Conflict(
                f"the run is of another provider than {self.sharer.model_provider}, which is asked now",
                kind="other-provider",
            )
        if not own.claim.waits and own.execution_arn != execution_arn:
            postgres_admission.withdraw(cursor, run.run_id)
            every = postgres_admission.admissions(cursor, self.sharer.model_provider)
            own = next(admission for admission in every if admission.claim.run_id == run.run_id)
        now = postgres_admission.now(cursor)
        waited = max(0.0, now - own.claim.queued_at)
        places, branches = own.claim.granted, own.branches_in_flight
        if not places or not branches:
            claims = [admission.claim for admission in every]
            places = admitted_places(capacity, claims, run.run_id, now)
            if not places:
                return Admitted(
                    admitted=False,
                    queue_position=position(claims, run.run_id, now),
                    wait_seconds=wait_seconds(waited),
                    waited_seconds=waited,
                    queued_runs=sum(claim.waits for claim in claims),
                )
            branches = min(branches_in_flight(run.branches, run.seats, capacity), places)
            postgres_admission.admit(cursor, run.run_id, places, branches, execution_arn)
        return Admitted(
            admitted=True,
            cases_in_flight=max(1, places // branches),
            branches_in_flight=branches,
            waited_seconds=waited,
            queued_runs=sum(other.claim.waits for other in every if other is not own),
        )
