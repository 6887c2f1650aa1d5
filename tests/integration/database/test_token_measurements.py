"""The daily rollup always equals what a recount of the measurements gives."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import pytest

from skill_benchmark.adapters.postgres import Connection, Database, copy_rows, tenant_transaction
from tests.integration.database.conftest import OWNER, RUNTIME, Server
from tests.integration.database.rows import ROWS, insert

COLUMNS = (
    "skill_id",
    "source",
    "deduplication_key",
    "model_name",
    "model_provider",
    "estimated_cost_microcents",
    "measured_at",
)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "skill_id, day, model_name, model_provider, source"


def measurement(cost: int | None, key: str | None = None, **changes: Any) -> tuple[Any, ...]:
    row = {
        "skill_id": "greeting",
        "source": "assistant",
        "deduplication_key": key,
        "model_name": "sonnet",
        "model_provider": "anthropic",
        "estimated_cost_microcents": cost,
        "measured_at": NOON,
    } | changes
    return tuple(row[column] for column in COLUMNS)


def write(connection: Connection, *rows: tuple[Any, ...]) -> None:
    with tenant_transaction(connection, "acme") as cursor:
        copy_rows(cursor, "token_measurements", COLUMNS, rows)


def rollup(connection: Connection) -> list[dict[str, Any]]:
    with tenant_transaction(connection, "acme") as cursor:
        kept = cursor.execute(
            f"SELECT {KEY}, measurements, cost_counted, estimated_cost_microcents"
            f" FROM token_measurement_daily ORDER BY {KEY}"
        ).fetchall()
        recount = cursor.execute(
            f"SELECT skill_id, (measured_at AT TIME ZONE 'UTC')::date AS day, model_name, model_provider, source,"
            " count(*) AS measurements, count(estimated_cost_microcents) AS cost_counted,"
            f" sum(estimated_cost_microcents)::bigint AS estimated_cost_microcents"
            f" FROM token_measurements GROUP BY {KEY} ORDER BY {KEY}"
        ).fetchall()
    assert kept == recount
    return kept


@pytest.fixture
def hooks(runtime: Connection) -> Connection:
    """As the main app's hooks write: a connection to a database with one skill."""
    with tenant_transaction(runtime, "acme") as cursor:
        insert(cursor, "skills", **ROWS["skills"])
    return runtime


def test_a_measurement_without_a_cost_is_counted_and_adds_nothing(hooks: Connection) -> None:
    write(hooks, measurement(None))
    assert [row["estimated_cost_microcents"] for row in rollup(hooks)] == [None]
    write(hooks, measurement(100), measurement(None))
    write(hooks, measurement(0), measurement(50))
    write(hooks, measurement(None))
    (day,) = rollup(hooks)
    assert (day["measurements"], day["cost_counted"], day["estimated_cost_microcents"]) == (6, 3, 150)


def test_days_are_of_utc_whatever_the_zone_of_the_writer(hooks: Connection) -> None:
    east = datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=9)))
    hooks.execute("SET TIME ZONE 'Asia/Tokyo'")
    write(hooks, measurement(1, measured_at=east), measurement(2))
    assert [row["day"].isoformat() for row in rollup(hooks)] == ["2026-02-28", "2026-03-01"]


def test_models_providers_and_sources_are_kept_apart(hooks: Connection) -> None:
    write(
        hooks,
        measurement(1),
        measurement(2, model_name="haiku"),
        measurement(3, model_provider="simulated"),
        measurement(4, source="editor"),
    )
    assert [row["estimated_cost_microcents"] for row in rollup(hooks)] == [2, 1, 4, 3]


def test_a_measurement_delivered_twice_is_counted_once(hooks: Connection) -> None:
    write(hooks, measurement(100, "a"), measurement(100, "a"))
    write(hooks, measurement(100, "a"), measurement(7, "b"))
    (day,) = rollup(hooks)
    assert (day["measurements"], day["estimated_cost_microcents"]) == (2, 107)


def test_measurements_without_a_key_are_all_counted(hooks: Connection) -> None:
    write(hooks, measurement(100), measurement(100))
    assert rollup(hooks)[0]["measurements"] == 2


def test_a_transaction_that_is_rolled_back_leaves_no_trace_in_the_rollup(hooks: Connection) -> None:
    def write_and_fail() -> None:
        with tenant_transaction(hooks, "acme") as cursor:
            copy_rows(cursor, "token_measurements", COLUMNS, [measurement(100)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert rollup(hooks) == []


def test_a_statement_that_inserts_nothing_leaves_the_rollup_alone(hooks: Connection) -> None:
    write(hooks)
    assert rollup(hooks) == []


def test_writers_at_the_same_time_lose_no_measurement(server: Server, database: str, hooks: Connection) -> None:
    writers, transactions = 6, 20
    barrier = Barrier(writers)
    pool = Database(lambda: server.secret(database, RUNTIME), max_connections=writers)

    def write_many(writer: int) -> None:
        barrier.wait()
        for number in range(transactions):
            # The same days in differing order: writers that locked them as they come would deadlock.
            days = range(5) if writer % 2 else reversed(range(5))
            rows = [measurement(number, measured_at=NOON + timedelta(days=day)) for day in days]
            with pool.transaction("acme") as cursor:
                copy_rows(cursor, "token_measurements", COLUMNS, rows)

    with ThreadPoolExecutor(writers) as threads:
        list(threads.map(write_many, range(writers)))
    pool.close()
    assert [row["measurements"] for row in rollup(hooks)] == [writers * transactions] * 5


def test_old_measurements_that_are_removed_stay_counted(hooks: Connection, owner: Connection) -> None:
    write(hooks, measurement(100))
    with tenant_transaction(owner, "acme") as cursor:
        cursor.execute("DELETE FROM token_measurements")
    with tenant_transaction(hooks, "acme") as cursor:
        kept = cursor.execute("SELECT estimated_cost_microcents AS cost FROM token_measurement_daily").fetchall()
    assert kept == [{"cost": 100}]


def test_a_temporary_table_of_the_rollups_name_catches_nothing(hooks: Connection) -> None:
    hooks.execute("CREATE TEMPORARY TABLE token_measurement_daily (LIKE public.token_measurement_daily)")
    write(hooks, measurement(100))
    assert hooks.execute("SELECT count(*) AS rows FROM pg_temp.token_measurement_daily").fetchone() == {"rows": 0}
    hooks.execute("DROP TABLE pg_temp.token_measurement_daily")
    assert len(rollup(hooks)) == 1


def test_another_tenants_measurements_are_rolled_up_for_that_tenant(hooks: Connection) -> None:
    write(hooks, measurement(100))
    with tenant_transaction(hooks, "globex") as cursor:
        insert(cursor, "skills", **ROWS["skills"])
        copy_rows(cursor, "token_measurements", COLUMNS, [measurement(1)])
    assert [row["estimated_cost_microcents"] for row in rollup(hooks)] == [100]


def test_a_role_of_the_main_app_needs_only_to_insert(server: Server, database: str, owner: Connection) -> None:
    with server.administrator() as administrator:
        administrator.execute("CREATE ROLE main_app LOGIN")
    owner.execute("GRANT INSERT ON skills, token_measurements TO main_app")
    with server.connect(database, "main_app") as connection, tenant_transaction(connection, "acme") as cursor:
        insert(cursor, "skills", **ROWS["skills"])
        insert(cursor, "token_measurements", **dict(zip(COLUMNS, measurement(100), strict=True)))
    with server.connect(database, OWNER) as connection:
        assert len(rollup(connection)) == 1
