"""Applies the SQL files of this folder in the order of their names, each in one transaction, each once.

What was applied stays as it is: a change of the schema is a new file. Files that this release does not know may have
been applied already, so that a deployment can be rolled back.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.pq import TransactionStatus

FOLDER = Path(__file__).parent

Connection = psycopg.Connection[Any]


class MigrationError(Exception):
    """The schema cannot be brought up to date; the message names the file or role and what to change."""


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
    connection: Connection, *, runtime_role: str, runtime_password: str | None = None, folder: Path = FOLDER
) -> list[str]:
    """Bring the schema up to date and give the runtime role what it needs, as the owner of the schema.

    The role is created when it is missing (that takes CREATEROLE), with `runtime_password` if one is given; the
    password of a role that is there already is left alone. Returns the names newly applied by this call. Raises
    MigrationError; migrations before the one that failed stay applied, of the failed one nothing is left.
    """
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        raise MigrationError("the connection has an open transaction; end it first")
    with _locked(connection):
        connection.execute(
            "CREATE TABLE IF NOT EXISTS skill_benchmark_migrations ("
            'name text COLLATE "C" PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())'
        )
    newly_applied = []
    for migration in read_migrations(folder):
        with _locked(connection):
            if _is_pending(connection, migration):
                _apply(connection, migration)
                newly_applied.append(migration.name)
    with _locked(connection):
        _ensure_runtime_role(connection, runtime_role, runtime_password)
        _grant(connection, runtime_role, folder / "privileges.sql")
    return newly_applied


@contextmanager
def _locked(connection: Connection) -> Iterator[None]:
    """A transaction that no other runner is in; the lock ends with it, however it ends."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('skill_benchmark_migrations', 0))")
        connection.execute("SET LOCAL search_path TO public")
        yield


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
    try:
        connection.execute(migration.statements)
    except psycopg.Error as error:
        raise MigrationError(f"{migration.name}.sql: {error}") from error
    connection.execute(
        "INSERT INTO skill_benchmark_migrations (name, sha256) VALUES (%s, %s)", [migration.name, migration.sha256]
    )


def _ensure_runtime_role(connection: Connection, role: str, password: str | None) -> None:
    with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        found = cursor.execute(
            "SELECT rolsuper OR rolbypassrls OR pg_has_role(rolname, current_user, 'MEMBER') "
            "FROM pg_roles WHERE rolname = %s",
            [role],
        ).fetchone()
    if found is None:
        _create_role(connection, role, password)
    elif found[0]:
        raise MigrationError(
            f"the runtime role {role} is the owner of the schema or a member of it, a superuser, or has BYPASSRLS: "
            "tenants would not be kept apart; name another role"
        )


def _create_role(connection: Connection, role: str, password: str | None) -> None:
    statement = sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role))
    if password is not None:
        # Hashed here, so that no log of statements ever holds the password.
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode())
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(verifier.decode()))
    try:
        # Roles belong to the whole server; the lock holds for one of its databases.
        with connection.transaction():
            connection.execute(statement)
    except (errors.DuplicateObject, errors.UniqueViolation):
        return
    except errors.InsufficientPrivilege as error:
        raise MigrationError(
            f"the runtime role {role} does not exist and the owner may not create it; "
            "create it, or give the owner CREATEROLE"
        ) from error


def _grant(connection: Connection, role: str, privileges: Path) -> None:
    statements = sql.SQL(privileges.read_text(encoding="utf-8"))
    connection.execute(
        statements.format(runtime_role=sql.Identifier(role), database=sql.Identifier(connection.info.dbname))
    )
