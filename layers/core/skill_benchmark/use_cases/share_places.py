"""Keep the places of running runs at their shares while runs come and end."""

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from skill_benchmark.adapters import postgres_admission
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.postgres_admission import Admission
from skill_benchmark.adapters.workflow_engine import MapRun, WorkflowEngine
from skill_benchmark.domain.admission import rebalanced
from skill_benchmark.domain.plan import ModelProvider

# Row level security wants a tenant in each transaction; claims are those of all tenants.
_NO_TENANT = "admission"


@dataclass(frozen=True)
class PlaceSharer:
    """The places of one provider's models, and the Map Runs that fill them."""

    database: Database
    engine: WorkflowEngine
    model_provider: ModelProvider
    capacity: int

    def note_calls_in_flight(self) -> None:
        """Free the places that runs have given up and whose calls have ended."""
        in_flight = {}
        for admission in self._admissions():
            if admission.claim.held == admission.claim.granted or not admission.branches_in_flight:
                continue
            # Until its Map Run has begun and has been told its new limit, it may begin as many calls as before.
            map_run = self._map_run(admission)
            if map_run is None or (map_run.active and map_run.max_concurrency > _cases(admission)):
                continue
            in_flight[admission.claim.run_id] = map_run.running * admission.branches_in_flight
        if in_flight:
            with self.database.transaction(_NO_TENANT) as cursor:
                postgres_admission.see_all_tenants(cursor)
                for run_id, calls in in_flight.items():
                    postgres_admission.note_in_flight(cursor, run_id, calls)

    def rebalance(self) -> int:
        """Give each running run its share. Returns how many Map Runs were changed.

        What Step Functions refuses or does not answer is left for the next time: grants are compared with what each Map
        Run has, not with what it was once told.
        """
        with self.database.transaction(_NO_TENANT) as cursor:
            postgres_admission.see_all_tenants(cursor)
            postgres_admission.lock(cursor)
            claims = [found.claim for found in postgres_admission.admissions(cursor, self.model_provider)]
            changes = rebalanced(self.capacity, claims, postgres_admission.now(cursor))
            for run_id, granted in changes.items():
                postgres_admission.change_grant(cursor, run_id, granted)
        return sum(self._apply(admission) for admission in self._admissions() if not admission.claim.waits)

    def _apply(self, admission: Admission) -> bool:
        map_run = self._map_run(admission)
        if map_run is None or not map_run.active or not admission.branches_in_flight:
            return False
        cases = _cases(admission)
        if map_run.max_concurrency == cases:
            return False
        try:
            self.engine.limit_map_run(map_run.arn, cases)
        except (ClientError, BotoCoreError):
            return False
        return True

    def _admissions(self) -> list[Admission]:
        with self.database.transaction(_NO_TENANT) as cursor:
            postgres_admission.see_all_tenants(cursor)
            return list(postgres_admission.admissions(cursor, self.model_provider))

    def _map_run(self, admission: Admission) -> MapRun | None:
        if admission.execution_arn is None:
            return None
        try:
            return self.engine.map_run(admission.execution_arn)
        except (ClientError, BotoCoreError):
            return None


def _cases(admission: Admission) -> int:
    """Children of its Map that the run's places allow."""
    assert admission.branches_in_flight
    return max(1, admission.claim.granted // admission.branches_in_flight)
