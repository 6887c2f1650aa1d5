"""Places that a run gave up are free when its Map has been told so and its calls have ended, and not before."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from skill_benchmark.adapters import postgres_admission
from skill_benchmark.adapters.postgres import Connection, Database, tenant_transaction
from skill_benchmark.adapters.workflow_engine import MapRun
from skill_benchmark.use_cases.share_places import PlaceSharer
from tests.integration.database.conftest import RUNTIME, Server
from tests.integration.database.rows import insert, seed
from tests.integration.database.test_admission_rows import queued

REFUSED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "UpdateMapRun")


@dataclass
class Engine:
    """One Map Run, which may refuse to be told."""

    running: int = 0
    limit: int = 40
    active: bool = True
    begun: bool = True
    fails: Exception | None = None
    told: list[int] = field(default_factory=list)

    def map_run(self, _: str) -> MapRun | None:
        return MapRun("map-run", self.active, self.running, self.limit) if self.begun else None

    def limit_map_run(self, _: str, limit: int) -> None:
        if self.fails:
            raise self.fails
        self.told.append(limit)
        self.limit = limit


@dataclass
class Places:
    """A run that has 40 of 40 places, and one that waits."""

    database: Database
    engine: Engine

    @property
    def sharer(self) -> Any:
        engine: Any = self.engine
        return PlaceSharer(self.database, engine, "anthropic", 40)

    def held(self) -> tuple[int, int]:
        with self.database.transaction("acme") as cursor:
            row = cursor.execute("SELECT granted, held FROM run_admissions WHERE benchmark_run_id = 'run_2'").fetchone()
        assert row is not None
        return row["granted"], row["held"]


@pytest.fixture
def places(server: Server, database: str, runtime: Connection) -> Any:
    with tenant_transaction(runtime, "acme") as cursor:
        seed(cursor)
        for number in (2, 3):
            insert(cursor, "benchmark_runs", **queued(number, max_concurrency=40, planned_cases=20, planned_results=80))
        postgres_admission.admit(cursor, "run_2", 40, 1, "arn:execution")
    pool = Database(lambda: server.secret(database, RUNTIME))
    yield Places(pool, Engine(running=40))
    pool.close()


def test_a_run_that_gives_places_up_holds_them_until_its_calls_have_ended(places: Places) -> None:
    places.sharer.rebalance()
    assert places.held() == (20, 40)
    assert places.engine.told == [20]
    places.engine.running = 33
    places.sharer.note_calls_in_flight()
    assert places.held() == (20, 33)
    places.engine.running = 5
    places.sharer.note_calls_in_flight()
    assert places.held() == (20, 20)


@pytest.mark.parametrize("refusal", [REFUSED, ReadTimeoutError(endpoint_url="https://states")])
def test_a_map_that_could_not_be_told_holds_what_it_had_and_is_told_the_next_time(
    places: Places, refusal: Exception
) -> None:
    places.engine.fails = refusal
    places.sharer.rebalance()
    places.engine.running = 0
    places.sharer.note_calls_in_flight()
    assert places.held() == (20, 40), "it may begin forty calls at any moment"
    places.engine.fails = None
    places.sharer.rebalance()
    assert places.engine.told == [20]
    places.sharer.note_calls_in_flight()
    assert places.held() == (20, 20)


def test_a_map_that_has_not_begun_will_begin_with_what_it_was_admitted_with(places: Places) -> None:
    places.engine.begun = False
    places.sharer.rebalance()
    places.sharer.note_calls_in_flight()
    assert places.held() == (20, 40)


def test_a_map_that_has_ended_holds_nothing(places: Places) -> None:
    places.sharer.rebalance()
    places.engine.active, places.engine.running, places.engine.limit = False, 0, 40
    places.sharer.note_calls_in_flight()
    assert places.held() == (20, 20)
