"""The role of the functions: it exists, logs in with the password of its secret, and may do its work and no more."""

from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from migrations.errors import MigrationError

Connection = psycopg.Connection[Any]


def ensure_role(connection: Connection, role: str, password: str | None) -> None:
    """Create the role when it is missing. Raises MigrationError when tenants would not be kept apart from it."""
    with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        found = cursor.execute(
            "SELECT rolsuper OR rolbypassrls OR pg_has_role(rolname, current_user, 'MEMBER') "
            "FROM pg_roles WHERE rolname = %s",
            [role],
        ).fetchone()
    if found is None:
        _create(connection, role, password)
    elif found[0]:
        raise MigrationError(
            f"the runtime role {role} is the owner of the schema or a member of it, a superuser, or has BYPASSRLS: "
            "tenants would not be kept apart; name another role"
        )


def grant(connection: Connection, role: str, privileges: Path) -> None:
    """Give the role exactly the privileges of the file."""
    statements = sql.SQL(privileges.read_text(encoding="utf-8"))
    connection.execute(
        statements.format(runtime_role=sql.Identifier(role), database=sql.Identifier(connection.info.dbname))
    )


def refused_password(connection: Connection, role: str, password: str) -> str | None:
    """What the server says when it refuses the role with this password; None when it lets the role in.

    None as well where the server asks this role for no password: then a password is not what keeps it out.
    """
    conninfo = make_conninfo(**connection.info.get_parameters() | {"user": role, "password": password})
    try:
        psycopg.connect(conninfo).close()
    except psycopg.OperationalError as error:
        # A connection that was refused has no SQLSTATE, and the message is in the server's language.
        return str(error).strip() if error.pgconn and error.pgconn.used_password else None
    return None


def set_password(connection: Connection, role: str, password: str) -> None:
    """Give the role another password. Connections that it has stay as they are."""
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), _verifier(connection, role, password))
    try:
        connection.execute(statement)
    except errors.InsufficientPrivilege as error:
        raise MigrationError(
            f"the runtime role {role} cannot log in with the password of its secret, and the owner may not change it: "
            f"GRANT {role} TO the owner WITH ADMIN OPTION (and CREATEROLE), or set the password yourself"
        ) from error


def _create(connection: Connection, role: str, password: str | None) -> None:
    statement = sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role))
    if password is not None:
        statement += sql.SQL(" PASSWORD {}").format(_verifier(connection, role, password))
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


def _verifier(connection: Connection, role: str, password: str) -> sql.Literal:
    """Hashed here, so that no log of statements ever holds the password."""
    return sql.Literal(connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode())
