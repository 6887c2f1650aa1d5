"""Delete results, verdicts and labels of runs that ended long ago. Runs, summaries and pairs stay."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel

from skill_benchmark.adapters import postgres_erasure
from skill_benchmark.adapters.postgres import Connection, tenant_transaction

_RUNS_AT_ONCE = 100
_SECONDS_A_STATEMENT = 60
_SECONDS_A_STEP = 90
_NO_TENANT = "retention"


class Expired(BaseModel):
    """What one invocation deleted; what it did not come to is left to the next."""

    finished: bool = False
    results: int = 0
    runs: int = 0


@dataclass(frozen=True)
class Retention:
    """Deletes in small transactions, so that it never holds up those who write."""

    connection: Connection
    days: int
    seconds_left: Callable[[], float]

    def expire(self) -> Expired:
        """Delete what is due, as far as the time allows. Does nothing where results are kept (0 days)."""
        expired = Expired(finished=self.days == 0)
        while not expired.finished and self.seconds_left() > _SECONDS_A_STEP:
            with tenant_transaction(
                self.connection, _NO_TENANT, statement_timeout_seconds=_SECONDS_A_STATEMENT
            ) as cursor:
                due = postgres_erasure.runs_to_expire(cursor, self.days, _RUNS_AT_ONCE)
            expired.finished = not due
            for run in due:
                if not self._expire(run.tenant_id, run.run_id, expired):
                    return expired
        return expired

    def _expire(self, tenant_id: str, run_id: str, expired: Expired) -> bool:
        """False when the time is up."""
        while self.seconds_left() > _SECONDS_A_STEP:
            with tenant_transaction(
                self.connection, tenant_id, statement_timeout_seconds=_SECONDS_A_STATEMENT
            ) as cursor:
                deleted = postgres_erasure.delete_results(cursor, run_id)
                if not deleted:
                    postgres_erasure.note_expiry(cursor, run_id)
                    expired.runs += 1
                    return True
            expired.results += deleted
        return False
