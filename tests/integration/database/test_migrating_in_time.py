"""Migrations that have to wait or that take long, while the functions of the release before are at work."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from migrations import runner
from migrations.errors import MigrationError
from migrations.runner import FOLDER, apply_migrations
from skill_benchmark.adapters.postgres import Connection, tenant_transaction
from tests.integration.database.conftest import OWNER, RUNTIME, Server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The real migrations, to be added to."""
    return Path(shutil.copytree(FOLDER, tmp_path / "migrations"))


@pytest.fixture
def owner(server: Server, database: str) -> Iterator[Connection]:
    with server.connect(database, OWNER) as connection:
        yield connection


def test_a_migration_that_takes_too_long_is_stopped_and_nothing_of_it_is_left(owner: Connection, folder: Path) -> None:
    """Each statement alone would have had the time."""
    (folder / "9998_long.sql").write_text("CREATE TABLE half_done ();" + "SELECT pg_sleep(0.9);" * 20)
    began = time.monotonic()
    with pytest.raises(MigrationError, match=r"9998_long\.sql was stopped"):
        apply_migrations(owner, runtime_role=RUNTIME, folder=folder, seconds=1)
    assert time.monotonic() - began < 4
    assert owner.execute("SELECT to_regclass('half_done') AS found").fetchone() == {"found": None}


def test_after_the_deadline_no_further_migration_takes_its_time(owner: Connection, folder: Path) -> None:
    """A cancellation between two statements hits nothing, so that one alone is not enough."""
    (folder / "9999_long.sql").write_text("SELECT pg_sleep(30)")
    began = time.monotonic()
    with pytest.raises(MigrationError):
        apply_migrations(owner, runtime_role=RUNTIME, folder=folder, seconds=-1)
    assert time.monotonic() - began < 4


def test_who_waits_for_another_runner_gives_up_in_time(server: Server, owner: Connection, database: str) -> None:
    with server.connect(database, OWNER) as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended('skill_benchmark_migrations', 0))")
        with pytest.raises(MigrationError, match="not done within 1 seconds"):
            apply_migrations(owner, runtime_role=RUNTIME, seconds=1)


def test_a_migration_that_waits_for_a_table_does_not_keep_the_functions_waiting(
    server: Server, owner: Connection, database: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_SECONDS_IN_A_QUEUE", 0.5)
    (folder / "9999_wants_the_table.sql").write_text("ALTER TABLE skills ADD COLUMN extra text")
    with (
        ThreadPoolExecutor(1) as thread,
        server.connect(database, RUNTIME) as completing,
        server.connect(database, RUNTIME) as reading,
    ):
        with tenant_transaction(completing, "acme") as cursor:
            cursor.execute("SELECT id FROM skills")
            applying = thread.submit(apply_migrations, owner, runtime_role=RUNTIME, folder=folder)
            wait_until_blocked(server, database, applying)
            began = time.monotonic()
            with tenant_transaction(reading, "acme") as other:
                other.execute("SELECT id FROM skills")
            assert time.monotonic() - began < 2, "behind the migration it would wait for the other transaction's end"
            assert not applying.done()
        assert applying.result() == ["9999_wants_the_table"]


def test_a_table_that_does_not_get_free_is_named(
    server: Server, owner: Connection, database: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_SECONDS_IN_A_QUEUE", 0.2)
    (folder / "9999_wants_the_table.sql").write_text("ALTER TABLE skills ADD COLUMN extra text")
    with server.connect(database, RUNTIME) as completing, tenant_transaction(completing, "acme") as cursor:
        cursor.execute("SELECT id FROM skills")
        with pytest.raises(MigrationError, match=r"9999_wants_the_table\.sql: .*other transactions hold its tables"):
            apply_migrations(owner, runtime_role=RUNTIME, folder=folder, seconds=2)


def wait_until_blocked(server: Server, database: str, applying: "Future[list[str]]") -> None:
    query = "SELECT FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    with server.administrator() as administrator:
        while not administrator.execute(query, [database]).fetchall():
            assert not applying.done()
            time.sleep(0.01)
