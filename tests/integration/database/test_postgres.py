"""The adapter: connections that survive, transactions of one tenant, and bulk writes."""

import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from skill_benchmark.adapters.postgres import Connection, Database, connect, copy_rows, tenant_transaction
from skill_benchmark.domain.errors import MissingSetting
from tests.integration.database.conftest import RUNTIME, Server
from tests.integration.database.rows import ROWS, insert

COLUMNS = tuple(ROWS["benchmark_results"].keys() - {"id"})


@pytest.fixture
def pool(server: Server, database: str) -> Iterator[Database]:
    pool = Database(lambda: server.secret(database, RUNTIME), max_connections=2)
    yield pool
    pool.close()


@pytest.fixture
def with_run(runtime: Connection) -> Connection:
    with tenant_transaction(runtime, "acme") as cursor:
        for table in ("skills", "skill_versions", "benchmark_runs"):
            insert(cursor, table, **ROWS[table])
    return runtime


def result(case_index: int, **changes: Any) -> tuple[Any, ...]:
    row = ROWS["benchmark_results"] | {"test_case_index": case_index} | changes
    return tuple(row[column] for column in COLUMNS)


def kill_all(server: Server, database: str) -> None:
    """End the connections of the runtime role to a database, as a failover does."""
    with server.administrator() as administrator:
        administrator.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND usename = %s",
            [database, RUNTIME],
        )


def backend(transaction: Any) -> int:
    with transaction as cursor:
        return int(cursor.execute("SELECT pg_backend_pid() AS pid").fetchone()["pid"])


@pytest.mark.parametrize("key", ["host", "port", "dbname", "username", "password"])
@pytest.mark.parametrize("change", [dict.pop, lambda secret, key: secret.update({key: ""})])
def test_a_secret_that_lacks_something_is_refused_with_the_name_of_it(
    server: Server, key: str, change: Callable[[dict[str, Any], str], Any]
) -> None:
    secret = server.secret("postgres", RUNTIME)
    change(secret, key)
    with pytest.raises(MissingSetting, match=f"lacks {key}$"):
        connect(secret)


def test_a_connection_says_who_it_is_and_prepares_nothing(server: Server, database: str) -> None:
    with connect(server.secret(database, RUNTIME), application_name="read_api") as connection:
        for _ in range(20):
            row = connection.execute("SELECT current_setting('application_name') AS name, %s AS n", [1]).fetchone()
        assert row == {"name": "read_api", "n": 1}
        assert connection.execute("SELECT FROM pg_prepared_statements").fetchall() == []


def test_the_limits_of_a_transaction_end_with_it(runtime: Connection) -> None:
    query = "SELECT current_setting('statement_timeout') AS a, current_setting('app.current_tenant_id', true) AS b"
    with tenant_transaction(runtime, "acme", statement_timeout_seconds=1.5) as cursor:
        assert cursor.execute(query).fetchone() == {"a": "1500ms", "b": "acme"}
    assert runtime.execute(query).fetchone() == {"a": "0", "b": ""}


def test_a_statement_that_takes_too_long_is_cancelled(runtime: Connection) -> None:
    with (
        pytest.raises(psycopg.errors.QueryCanceled),
        tenant_transaction(runtime, "acme", statement_timeout_seconds=0.05) as cursor,
    ):
        cursor.execute("SELECT pg_sleep(60)")


def test_an_empty_tenant_is_refused(runtime: Connection) -> None:
    with pytest.raises(ValueError, match="tenant_id is empty"), tenant_transaction(runtime, ""):
        pass


def test_transactions_of_tenants_do_not_nest(runtime: Connection) -> None:
    with (
        tenant_transaction(runtime, "acme"),
        pytest.raises(RuntimeError, match="in a transaction already"),
        tenant_transaction(runtime, "globex"),
    ):
        pass


def test_a_database_uses_its_connection_again(pool: Database) -> None:
    assert backend(pool.transaction("acme")) == backend(pool.transaction("globex"))


def test_a_transaction_that_failed_leaves_a_connection_that_can_be_used_again(pool: Database) -> None:
    first = backend(pool.transaction("acme"))
    with pytest.raises(psycopg.errors.UndefinedTable), pool.transaction("acme") as cursor:
        cursor.execute("SELECT FROM no_such_table")
    assert backend(pool.transaction("acme")) == first


def test_connections_that_the_server_dropped_in_between_are_replaced(
    server: Server, database: str, pool: Database
) -> None:
    barrier = Barrier(2)

    def hold(_: int) -> None:
        with pool.transaction("acme"):
            barrier.wait()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(hold, range(2)))
    kill_all(server, database)
    with pool.transaction("acme") as cursor:
        assert cursor.execute("SELECT 1 AS one").fetchone() == {"one": 1}


def test_a_connection_lost_in_the_middle_fails_the_transaction_and_not_the_next(
    server: Server, database: str, pool: Database
) -> None:
    def write_and_lose() -> None:
        with pool.transaction("acme") as cursor:
            insert(cursor, "skills", **ROWS["skills"])
            kill_all(server, database)
            cursor.execute("SELECT 1")

    with pytest.raises(psycopg.OperationalError):
        write_and_lose()
    with pool.transaction("acme") as cursor:
        assert cursor.execute("SELECT id FROM skills").fetchall() == []


def test_a_rotated_secret_is_taken_up_by_the_next_connection(server: Server, database: str) -> None:
    secrets = [server.secret(database, "no_such_role"), server.secret(database, RUNTIME)]
    pool = Database(lambda: secrets[0], fresh_secret=lambda: secrets[-1])
    assert backend(pool.transaction("acme"))
    pool.close()


def test_a_connection_that_fails_with_the_latest_secret_fails(server: Server, database: str) -> None:
    asked = []

    def secret() -> dict[str, Any]:
        asked.append("again")
        return server.secret(database, "no_such_role")

    pool = Database(secret)
    with pytest.raises(psycopg.OperationalError, match="no_such_role"), pool.transaction("acme"):
        pass
    assert len(asked) == 2


def test_more_threads_than_connections_take_turns(pool: Database) -> None:
    with ThreadPoolExecutor(16) as threads:
        backends = list(threads.map(lambda _: backend(pool.transaction("acme")), range(64)))
    assert len(set(backends)) <= 2


def test_rows_are_copied_once_however_often_they_come(with_run: Connection) -> None:
    for rows, inserted in ((range(3), 3), (range(5), 2), ([4, 5, 5], 1), ([], 0)):
        with tenant_transaction(with_run, "acme") as cursor:
            assert copy_rows(cursor, "benchmark_results", COLUMNS, map(result, rows)) == inserted
    with tenant_transaction(with_run, "acme") as cursor:
        found = cursor.execute("SELECT test_case_index AS n FROM benchmark_results ORDER BY 1").fetchall()
    assert [row["n"] for row in found] == list(range(6))


def test_a_row_that_is_there_is_left_as_it_is(with_run: Connection) -> None:
    for text in ("first", "second"):
        with tenant_transaction(with_run, "acme") as cursor:
            copy_rows(cursor, "benchmark_results", COLUMNS, [result(0, output_produced=text)])
    with tenant_transaction(with_run, "acme") as cursor:
        assert cursor.execute("SELECT output_produced FROM benchmark_results").fetchall() == [
            {"output_produced": "first"}
        ]


def test_several_batches_fit_into_one_transaction(with_run: Connection) -> None:
    with tenant_transaction(with_run, "acme") as cursor:
        inserted = [copy_rows(cursor, "benchmark_results", COLUMNS, [result(case)]) for case in range(3)]
        assert inserted == [1, 1, 1]
        assert cursor.execute("SELECT count(*) AS n FROM benchmark_results").fetchone() == {"n": 3}


def test_texts_arrive_as_they_are(with_run: Connection) -> None:
    text = 'tab\t newline\n backslash\\N \\. null "quotes" \\x00 🦉 \u202e{}'
    with tenant_transaction(with_run, "acme") as cursor:
        columns = (*COLUMNS, "check_results")
        row = (*result(0, output_produced=text, quality_score=76.66666666666667), Jsonb({"text": text}))
        copy_rows(cursor, "benchmark_results", columns, [row])
        found = cursor.execute("SELECT output_produced, check_results, quality_score FROM benchmark_results").fetchone()
    assert found is not None
    assert (found["output_produced"], found["check_results"]["text"]) == (text, text)
    assert float(found["quality_score"]) == 76.66666666666667


def test_one_bad_row_stops_all_of_them(with_run: Connection) -> None:
    rows = [result(0), result(1, quality_score=101)]
    with (
        pytest.raises(psycopg.errors.CheckViolation, match="benchmark_results_scores_check"),
        tenant_transaction(with_run, "acme") as cursor,
    ):
        copy_rows(cursor, "benchmark_results", COLUMNS, rows)
    with tenant_transaction(with_run, "acme") as cursor:
        assert cursor.execute("SELECT FROM benchmark_results").fetchall() == []


def test_an_error_of_the_source_of_the_rows_is_raised_as_it_is(with_run: Connection) -> None:
    def rows() -> Iterator[tuple[Any, ...]]:
        yield result(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), tenant_transaction(with_run, "acme") as cursor:
        copy_rows(cursor, "benchmark_results", COLUMNS, rows())
    with tenant_transaction(with_run, "acme") as cursor:
        assert copy_rows(cursor, "benchmark_results", COLUMNS, [result(0)]) == 1


def test_memory_does_not_grow_with_the_number_of_rows(with_run: Connection) -> None:
    def peak(rows: int) -> int:
        with tenant_transaction(with_run, "acme") as cursor:
            tracemalloc.start()
            try:
                copy_rows(cursor, "benchmark_results", COLUMNS, map(result, range(rows)))
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    peak(10)
    assert peak(10_000) < 2 * peak(1_000)
