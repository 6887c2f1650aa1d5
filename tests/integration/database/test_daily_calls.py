"""The calls that a tenant may plan in a day, held by the transaction that creates the run."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import Any, cast

import pytest
from psycopg import sql

from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Connection, Database, tenant_transaction
from skill_benchmark.adapters.postgres_daily_calls import check_daily_calls, lock_daily_calls
from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.api.problems import of_exception
from skill_benchmark.domain.errors import DailyCallsReached
from skill_benchmark.domain.plan import Plan, TestCase
from skill_benchmark.use_cases.scheduled_runs import ScheduledRuns, start_scheduled
from skill_benchmark.use_cases.start_run import Idempotency, RunStarter, StartRequest
from tests.integration.database.conftest import OWNER, RUNTIME, Server

CALLS_A_RUN = 3 * 2 * (1 + 2)  # cases, models, an answer and two verdicts


@dataclass
class Records:
    """The bucket and the state machine: both take everything."""

    started: list[str] = field(default_factory=list)

    def put_once(self, key: str, record: object) -> bool:
        return True

    def execution_arn(self, name: str) -> str:
        return f"arn:aws:states:eu-central-1:123456789012:execution:bench:{name}"

    def start(self, plan: Plan, name: str) -> str:
        self.started.append(plan.run_id)
        return self.execution_arn(name)


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def pool(server: Server, database: str) -> Iterator[Database]:
    pool = Database(lambda: server.secret(database, RUNTIME), max_connections=16)
    yield pool
    pool.close()


def a_starter(pool: Database, records: Records, daily_calls: int) -> RunStarter:
    return RunStarter(
        database=pool,
        store=cast("ObjectStore", records),
        engine=cast("WorkflowEngine", records),
        model_provider="simulated",
        default_models=["model-a", "model-b"],
        default_judges=["judge-a", "judge-b"],
        capacity=1_000,
        daily_calls=daily_calls,
    )


def a_request(tenant_id: str = "acme", skill_id: str = "echo", **changes: Any) -> StartRequest:
    cases = [TestCase(input=f"case {index}") for index in range(3)]
    return StartRequest(tenant_id=tenant_id, skill_id=skill_id, skill_content="Repeat.", test_cases=cases, **changes)


def test_runs_start_until_the_calls_of_the_day_are_planned(pool: Database, records: Records) -> None:
    starter = a_starter(pool, records, 2 * CALLS_A_RUN)
    for _ in range(2):
        starter.start(a_request())
    with pytest.raises(DailyCallsReached, match=f"plans {CALLS_A_RUN} calls.* {2 * CALLS_A_RUN};") as refused:
        starter.start(a_request())
    assert len(records.started) == 2
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    assert abs((midnight - datetime.now(UTC)).total_seconds() - refused.value.seconds_left) < 5
    starter.start(a_request(tenant_id="globex"))
    with pool.transaction("acme") as cursor:
        assert cursor.execute("SELECT count(*) AS n FROM benchmark_runs").fetchone() == {"n": 2}


def test_one_call_too_many_is_one_too_many(pool: Database, records: Records) -> None:
    with pytest.raises(DailyCallsReached):
        a_starter(pool, records, CALLS_A_RUN - 1).start(a_request())
    a_starter(pool, records, CALLS_A_RUN).start(a_request())


def test_zero_is_no_limit(pool: Database, records: Records) -> None:
    for _ in range(3):
        a_starter(pool, records, 0).start(a_request())


def test_the_same_key_gives_the_same_run_on_a_day_that_has_none_left(pool: Database, records: Records) -> None:
    starter = a_starter(pool, records, CALLS_A_RUN)
    once = a_request(idempotency=Idempotency("key", "0" * 64))
    assert starter.start(once) == starter.start(once)


def test_runs_of_yesterday_and_those_that_never_began_do_not_count(
    pool: Database, records: Records, server: Server, database: str
) -> None:
    starter = a_starter(pool, records, CALLS_A_RUN)
    for change in (
        "created_at = date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 microsecond'",
        "status = 'failed', error_type = 'Any', error_message = 'any', completed_at = now()",
        "status = 'cancelled', completed_at = now()",
    ):
        run_id = starter.start(a_request())
        with pytest.raises(DailyCallsReached):
            starter.start(a_request())
        with server.connect(database, OWNER) as owner, tenant_transaction(owner, "acme") as cursor:
            cursor.execute(sql.SQL("UPDATE benchmark_runs SET {} WHERE id = %s").format(sql.SQL(change)), [run_id])
    starter.start(a_request())


def test_a_run_on_stored_answers_counts_its_verdicts_only(
    pool: Database, records: Records, server: Server, database: str
) -> None:
    starter = a_starter(pool, records, CALLS_A_RUN + 2 * 3 * 2)
    bought = starter.start(a_request())
    with server.connect(database, OWNER) as owner, tenant_transaction(owner, "acme") as cursor:
        cursor.execute("UPDATE benchmark_runs SET created_at = created_at - interval '1 day' WHERE id = %s", [bought])
    rejudged = a_starter(pool, records, 0).start(a_request())
    with server.connect(database, OWNER) as owner, tenant_transaction(owner, "acme") as cursor:
        cursor.execute("UPDATE benchmark_runs SET rejudged_run_id = %s WHERE id = %s", [bought, rejudged])
    starter.start(a_request())


def test_of_many_starts_at_once_as_many_pass_as_there_are_calls_left(pool: Database, records: Records) -> None:
    starter = a_starter(pool, records, 3 * CALLS_A_RUN)
    together = Barrier(12)

    def start(number: int) -> bool:
        request = a_request(skill_id=f"skill-{number}")  # starts of one skill would wait for its row
        together.wait()
        try:
            starter.start(request)
        except DailyCallsReached:
            return False
        return True

    with ThreadPoolExecutor(12) as callers:
        assert sum(callers.map(start, range(12))) == 3
    assert len(records.started) == 3


def test_who_comes_second_waits_and_sees_what_the_first_has_planned(pool: Database) -> None:
    holding, waiting = Event(), Event()
    seen: list[str] = []

    @contextmanager
    def locked(name: str) -> Iterator[Any]:
        with pool.transaction("acme") as cursor:
            lock_daily_calls(cursor)
            seen.append(name)
            yield cursor

    def second() -> None:
        holding.wait(10)
        waiting.set()
        with locked("second") as cursor:
            check_daily_calls(cursor, "run_none", 0)

    with ThreadPoolExecutor(1) as aside:
        with locked("first"):
            holding.set()
            late = aside.submit(second)
            waiting.wait(10)
            with pool.transaction("globex") as other:  # another tenant waits for nobody
                lock_daily_calls(other)
            assert seen == ["first"]
        late.result(10)
    assert seen == ["first", "second"]


def test_a_schedule_says_which_skills_it_did_not_start(pool: Database, records: Records, runtime: Connection) -> None:
    starter = a_starter(pool, records, 2 * (1 + 2))
    with pool.transaction("acme") as cursor:
        for skill in ("one", "two"):
            cursor.execute("INSERT INTO skills (id, name) VALUES (%s, 'A skill')", [skill])
            cursor.execute(
                "WITH version AS (INSERT INTO skill_versions (skill_id, version_number, content, content_sha256) "
                "VALUES (%s, 1, 'Repeat.', encode(sha256('Repeat.'), 'hex')) RETURNING id) "
                "SELECT id FROM version",
                [skill],
            )
            version = cursor.fetchone()
            assert version
            cursor.execute("UPDATE skills SET current_version_id = %s WHERE id = %s", [version["id"], skill])
            cursor.execute(
                "INSERT INTO skill_feedback (skill_id, feedback_type, status, example_input, expected_output) "
                "VALUES (%s, 'training_example', 'accepted', 'a', 'b')",
                [skill],
            )
    schedule = ScheduledRuns(tenant_id="acme", skills=["one", "two"], scheduled_at="2026-11-24T02:00:00Z")
    came = start_scheduled(schedule, pool, starter)
    assert [run.skill_id for run in came.started] == ["one"]
    [not_started] = came.not_started
    assert not_started.skill_id == "two"
    assert "midnight UTC" in not_started.reason


def test_over_http_it_is_a_429_that_says_when_to_try_again() -> None:
    response = of_exception(DailyCallsReached("this run plans 9 calls", 4_711), "request")
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "4711"
    assert "urn:skill-benchmark:problem:daily-calls-reached" in str(response.body)
