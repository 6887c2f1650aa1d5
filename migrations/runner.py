"""Applies the SQL files of this folder in the order of their names, each in one transaction, each once.

What was applied stays as it is: a change of the schema is a new file. Files that this release does not know may have
been applied already, so that a deployment can be rolled back.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from migrations.errors import MigrationError
from migrations.runtime_role import ensure_role, grant, refused_password, set_password

FOLDER = Path(__file__).parent

Connection = psycopg.Connection[Any]

_SECONDS_IN_A_QUEUE = 3
"""Who waits for the lock of a table lets nobody past: the functions that are live wait behind the migration."""


@dataclass(frozen=True)
class Migration:
    """One file. `name` is the file's name without `.sql`."""

    name: str
    statements: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.statements).hexdigest()


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """The files of a folder, in the order in which they are applied."""
    return [Migration(path.stem, path.read_bytes()) for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))]


def apply_migrations(
    connection: Connection,
    *,
    runtime_role: str,
    runtime_password: str | None = None,
    folder: Path = FOLDER,
    seconds: float = 600,
) -> list[str]:
    """Bring the schema up to date and give the runtime role what it needs, as the owner of the schema.

    The role is created when it is missing (that takes CREATEROLE). With `runtime_password` it can log in afterwards:
    where the server refuses that password, it becomes the role's. Returns the names newly applied by this call.
    Raises MigrationError, also when `seconds` are not enough; migrations before the one that failed stay applied, of
    the failed one nothing is left.
    """
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        raise MigrationError("the connection has an open transaction; end it first")
    deadline = time.monotonic() + seconds
    with _cancelled_at(deadline, connection):
        try:
            with _locked(connection):
                connection.execute(
                    'CREATE TABLE IF NOT EXISTS skill_benchmark_migrations (name text COLLATE "C" PRIMARY KEY, '
                    "sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
                )
            newly_applied = [
                migration.name for migration in read_migrations(folder) if _applied_now(connection, migration, deadline)
            ]
            with _locked(connection):
                ensure_role(connection, runtime_role, runtime_password)
                grant(connection, runtime_role, folder / "privileges.sql")
            if runtime_password is not None:
                _ensure_password(connection, runtime_role, runtime_password)
        except errors.QueryCanceled as error:
            raise MigrationError(f"not done within {seconds:.0f} seconds; what was applied stays") from error
    return newly_applied


@contextmanager
def _cancelled_at(deadline: float, connection: Connection) -> Iterator[None]:
    """From the deadline on, cancel what runs on the connection."""
    done = Event()

    def watch() -> None:
        pause = deadline - time.monotonic()
        # More than once: between two statements there is nothing to cancel.
        while not done.wait(max(pause, 0)):
            with suppress(psycopg.Error):
                connection.cancel_safe()
            pause = 1

    watching = Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()


@contextmanager
def _locked(connection: Connection) -> Iterator[None]:
    """A transaction that no other runner is in; the lock ends with it, however it ends."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('skill_benchmark_migrations', 0))")
        connection.execute("SET LOCAL search_path TO public")
        yield


def _applied_now(connection: Connection, migration: Migration, deadline: float) -> bool:
    """Apply the migration unless it is applied; where it has to wait for a lock, try again, with room between."""
    while True:
        try:
            with _locked(connection):
                if not _is_pending(connection, migration):
                    return False
                _apply(connection, migration)
            return True  # noqa: TRY300 - only once the transaction has been committed
        except errors.LockNotAvailable as error:
            if time.monotonic() + _SECONDS_IN_A_QUEUE > deadline:
                raise MigrationError(f"{migration.name}.sql: {error}; other transactions hold its tables") from error
            time.sleep(_SECONDS_IN_A_QUEUE)


def _is_pending(connection: Connection, migration: Migration) -> bool:
    applied = _applied(connection)
    if migration.name in applied:
        if applied[migration.name] != migration.sha256:
            raise MigrationError(
                f"{migration.name}.sql was changed after it had been applied; restore it, and write a new file instead"
            )
        return False
    if later := [name for name in applied if name > migration.name]:
        raise MigrationError(f"{migration.name}.sql comes before {later[-1]}, which is applied; number it higher")
    return True


def _applied(connection: Connection) -> Mapping[str, str]:
    with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        rows: Sequence[tuple[str, str]] = cursor.execute(
            "SELECT name, sha256 FROM skill_benchmark_migrations ORDER BY name"
        ).fetchall()
    return dict(rows)


def _apply(connection: Connection, migration: Migration) -> None:
    connection.execute(f"SET LOCAL lock_timeout TO '{_SECONDS_IN_A_QUEUE}s'")
    try:
        connection.execute(migration.statements)
    except errors.LockNotAvailable:
        raise
    except errors.QueryCanceled as error:
        raise MigrationError(f"{migration.name}.sql was stopped, because there was no more time for it") from error
    except psycopg.Error as error:
        raise MigrationError(f"{migration.name}.sql: {error}") from error
    connection.execute(
        "INSERT INTO skill_benchmark_migrations (name, sha256) VALUES (%s, %s)", [migration.name, migration.sha256]
    )


def _ensure_password(connection: Connection, role: str, password: str) -> None:
    if refused_password(connection, role, password) is None:
        return
    with _locked(connection):
        set_password(connection, role, password)
    if refusal := refused_password(connection, role, password):
        raise MigrationError(f"the runtime role {role} has the password of its secret and cannot log in: {refusal}")
