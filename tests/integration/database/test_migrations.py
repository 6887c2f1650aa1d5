"""The runner against a real server."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psycopg
import pytest
from psycopg import sql

from migrations.errors import MigrationError
from migrations.runner import FOLDER, apply_migrations, read_migrations
from skill_benchmark.adapters.postgres import Connection, connect
from tests.integration.database.conftest import OWNER, RUNTIME, Server

ALL = [migration.name for migration in read_migrations()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The real migrations, to be changed."""
    return Path(shutil.copytree(FOLDER, tmp_path / "migrations"))


@pytest.fixture
def connection(server: Server, empty_database: str) -> Iterator[Connection]:
    with server.connect(empty_database, OWNER) as connection:
        yield connection


def tables(connection: Connection) -> set[str]:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {row["tablename"] for row in found}


def applied(connection: Connection) -> list[str]:
    found = connection.execute("SELECT name FROM skill_benchmark_migrations ORDER BY name").fetchall()
    return [row["name"] for row in found]


def test_a_second_time_applies_nothing(connection: Connection) -> None:
    assert apply_migrations(connection, runtime_role=RUNTIME) == ALL
    assert apply_migrations(connection, runtime_role=RUNTIME) == []
    assert applied(connection) == ALL


def test_from_many_places_at_once_each_migration_is_applied_by_one(server: Server, empty_database: str) -> None:
    places = 4
    barrier = Barrier(places)

    def apply(_: int) -> list[str]:
        with server.connect(empty_database, OWNER) as connection:
            barrier.wait()
            return apply_migrations(connection, runtime_role=RUNTIME)

    with ThreadPoolExecutor(places) as threads:
        shares = list(threads.map(apply, range(places)))
    assert sorted(name for share in shares for name in share) == ALL


def test_a_role_that_another_database_is_creating_meanwhile_is_waited_for(
    server: Server, connection: Connection, empty_database: str
) -> None:
    """Roles belong to the whole server, the lock of the runner to one database."""
    with ThreadPoolExecutor(1) as thread, server.administrator() as elsewhere:
        with elsewhere.transaction():
            elsewhere.execute("CREATE ROLE created_elsewhere LOGIN")
            applying = thread.submit(apply_migrations, connection, runtime_role="created_elsewhere")
            wait_until_blocked(server, empty_database, applying)
        assert applying.result() == ALL


def wait_until_blocked(server: Server, database: str, applying: Future[list[str]]) -> None:
    query = "SELECT FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    with server.administrator() as administrator:
        while not administrator.execute(query, [database]).fetchall():
            assert not applying.done()
            time.sleep(0.01)


def test_of_a_migration_that_fails_nothing_is_left_and_the_ones_before_stay(
    connection: Connection, folder: Path
) -> None:
    broken = folder / "9998_broken.sql"
    broken.write_text("CREATE TABLE half_done ();\nINSERT INTO no_such_table VALUES (1);")
    (folder / "9999_after.sql").write_text("CREATE TABLE after_the_broken_one ();")
    with pytest.raises(MigrationError, match=r"9998_broken\.sql: .*no_such_table.*\nLINE 2"):
        apply_migrations(connection, runtime_role=RUNTIME, folder=folder)
    assert applied(connection) == ALL
    assert tables(connection).isdisjoint({"half_done", "after_the_broken_one"})

    broken.write_text("CREATE TABLE half_done ();")
    assert apply_migrations(connection, runtime_role=RUNTIME, folder=folder) == ["9998_broken", "9999_after"]


def test_a_file_that_was_changed_after_it_had_been_applied_is_refused_by_name(
    connection: Connection, folder: Path
) -> None:
    apply_migrations(connection, runtime_role=RUNTIME, folder=folder)
    changed = folder / f"{ALL[1]}.sql"
    changed.write_text(changed.read_text() + "\n")
    (folder / "9999_new.sql").write_text("CREATE TABLE new ();")
    with pytest.raises(MigrationError, match=rf"{ALL[1]}\.sql was changed"):
        apply_migrations(connection, runtime_role=RUNTIME, folder=folder)
    assert applied(connection) == ALL


def test_a_file_that_comes_before_an_applied_one_is_refused(connection: Connection, folder: Path) -> None:
    apply_migrations(connection, runtime_role=RUNTIME, folder=folder)
    (folder / "0001_late.sql").write_text("CREATE TABLE late ();")
    with pytest.raises(MigrationError, match=rf"0001_late\.sql comes before {ALL[-1]}"):
        apply_migrations(connection, runtime_role=RUNTIME, folder=folder)
    assert "late" not in tables(connection)


def test_an_older_release_runs_on_a_newer_schema(connection: Connection, folder: Path) -> None:
    newer = folder / "9999_newer.sql"
    newer.write_text("CREATE TABLE newer ();")
    apply_migrations(connection, runtime_role=RUNTIME, folder=folder)
    newer.unlink()
    assert apply_migrations(connection, runtime_role=RUNTIME, folder=folder) == []


def test_an_open_transaction_is_refused_before_anything_is_done(connection: Connection) -> None:
    with connection.transaction(), pytest.raises(MigrationError, match="open transaction"):
        apply_migrations(connection, runtime_role=RUNTIME)
    assert tables(connection) == set()


def test_the_search_path_of_the_owner_does_not_matter(server: Server, empty_database: str) -> None:
    with server.connect(empty_database, OWNER) as connection:
        connection.execute("CREATE SCHEMA elsewhere")
        connection.execute("SET search_path TO elsewhere")
        apply_migrations(connection, runtime_role=RUNTIME)
        assert "benchmark_runs" in tables(connection)


def test_a_missing_runtime_role_is_created_with_its_password_which_no_log_of_statements_holds(
    server: Server, empty_database: str
) -> None:
    role, password = 'app "quoted"', "it's a secret"
    with server.administrator() as administrator:
        administrator.execute(sql.SQL("ALTER ROLE {} SET log_statement TO 'all'").format(sql.Identifier(OWNER)))
        with server.connect(empty_database, OWNER) as connection:
            apply_migrations(connection, runtime_role=role, runtime_password=password)
        administrator.execute(sql.SQL("ALTER ROLE {} RESET log_statement").format(sql.Identifier(OWNER)))
        settings = administrator.execute("SELECT current_setting('data_directory') || '/log' AS log").fetchone()
        found = administrator.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [role]).fetchone()
    assert settings is not None
    log = Path(settings["log"]).read_text()
    assert 'CREATE ROLE "app ""quoted""" LOGIN PASSWORD' in log
    assert "a secret" not in log
    assert found is not None
    assert found["rolpassword"].startswith("SCRAM-SHA-256$")
    with connect(server.secret(empty_database, role) | {"password": password}) as runtime:
        assert runtime.execute("SELECT id FROM skills").fetchall() == []


def test_an_owner_who_may_not_create_the_missing_role_is_told_so(server: Server) -> None:
    with server.administrator() as administrator:
        administrator.execute("CREATE ROLE plain_owner LOGIN")
        administrator.execute("CREATE DATABASE of_plain_owner OWNER plain_owner")
    with (
        server.connect("of_plain_owner", "plain_owner") as connection,
        pytest.raises(MigrationError, match=r"nobody_made_me does not exist .* CREATEROLE"),
    ):
        apply_migrations(connection, runtime_role="nobody_made_me")


@pytest.mark.parametrize(
    ("role", "made_by"),
    [
        ("is_superuser", "CREATE ROLE is_superuser SUPERUSER"),
        ("bypasses", "CREATE ROLE bypasses BYPASSRLS"),
        ("is_member", f"CREATE ROLE is_member IN ROLE {OWNER}"),
        (OWNER, "SELECT 1"),
    ],
)
def test_a_runtime_role_whom_row_level_security_would_not_hold_is_refused(
    server: Server, connection: Connection, role: str, made_by: str
) -> None:
    with server.administrator() as administrator:
        administrator.execute(sql.SQL(made_by))
    with pytest.raises(MigrationError, match=f"runtime role {role} .* tenants would not be kept apart"):
        apply_migrations(connection, runtime_role=role)


def test_privileges_given_by_hand_are_taken_back(server: Server, connection: Connection, empty_database: str) -> None:
    apply_migrations(connection, runtime_role=RUNTIME)
    connection.execute(sql.SQL("GRANT DELETE ON skills TO {}").format(sql.Identifier(RUNTIME)))
    apply_migrations(connection, runtime_role=RUNTIME)
    with server.connect(empty_database, RUNTIME) as runtime, pytest.raises(psycopg.errors.InsufficientPrivilege):
        runtime.execute("DELETE FROM skills")
