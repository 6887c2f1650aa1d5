"""Erase a skill, or all of a tenant: its records in S3 and its rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg.errors import ForeignKeyViolation
from pydantic import BaseModel

from skill_benchmark.adapters import postgres_erasure
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Connection, Cursor, tenant_transaction
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.limits import MINUTES_OF_LATE_RECORDS

_SECONDS_A_STATEMENT = 120
_SECONDS_A_STEP = 180
"""The erasure of another run starts only if this much time is left."""


class Erased(BaseModel):
    """What one invocation deleted; `finished` says whether all is gone."""

    finished: bool = False
    objects: int = 0
    results: int = 0
    runs: int = 0
    skills: int = 0


@dataclass(frozen=True)
class Eraser:
    """Deletes run by run, records before rows: what was killed midway is found again by its rows."""

    connection: Connection
    store: ObjectStore
    seconds_left: Callable[[], float]

    def erase(self, tenant_id: str, skill_id: str | None = None) -> Erased:
        """Erase one skill, or all skills and so everything of the tenant; what is not there is gone already.

        Raises Conflict while a run may still write.
        """
        with self._transaction(tenant_id) as cursor:
            if at_work := postgres_erasure.runs_at_work(cursor, skill_id, MINUTES_OF_LATE_RECORDS):
                raise Conflict(
                    f"{len(at_work)} runs are unfinished, or were stopped less than {MINUTES_OF_LATE_RECORDS} minutes "
                    f"ago: {', '.join(at_work[:5])}; cancel them, or wait, and invoke again",
                    kind="run-not-ended",
                )
            skills = [skill_id] if skill_id else postgres_erasure.skills_of_tenant(cursor)
        erased = Erased()
        for skill in skills:
            if not self._erase_skill(tenant_id, skill, erased):
                return erased
        erased.finished = True
        return erased

    def _erase_skill(self, tenant_id: str, skill_id: str, erased: Erased) -> bool:
        """False when the time is up."""
        with self._transaction(tenant_id) as cursor:
            runs = postgres_erasure.runs_of_skill(cursor, skill_id)
        for run_id in runs:
            if self.seconds_left() < _SECONDS_A_STEP:
                return False
            erased.objects += self.store.delete_all(record_keys.of_run(run_id))
            erased.results += self._delete_results(tenant_id, run_id)
            with self._transaction(tenant_id) as cursor:
                postgres_erasure.delete_run(cursor, run_id)
            erased.runs += 1
        try:
            with self._transaction(tenant_id) as cursor:
                erased.skills += postgres_erasure.delete_skill(cursor, skill_id)
        except ForeignKeyViolation as error:
            raise Conflict(
                f"a run of {skill_id!r} was started meanwhile; cancel it and invoke again", kind="run-not-ended"
            ) from error
        return True

    def _delete_results(self, tenant_id: str, run_id: str) -> int:
        deleted = 0
        while True:
            with self._transaction(tenant_id) as cursor:
                some = postgres_erasure.delete_results(cursor, run_id)
            if not some:
                return deleted
            deleted += some

    @contextmanager
    def _transaction(self, tenant_id: str) -> Iterator[Cursor]:
        with tenant_transaction(self.connection, tenant_id, statement_timeout_seconds=_SECONDS_A_STATEMENT) as cursor:
            yield cursor
