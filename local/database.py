"""PostgreSQL from a wheel, in the data directory, over a Unix socket; with the roles that a deployment has."""

import fcntl
import secrets
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from local.postgres_server import PostgresServer

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
    """A PostgreSQL server that runs from `start` to `stop`, which may be in a thread beside others."""

    def __init__(self, folder: Path, lock_file: Path) -> None:
        self._server = PostgresServer(folder)
        self._lock_file = lock_file

    @property
    def held(self) -> Connection:
        """What keeps the server running for a process that has it, also when this one was killed."""
        return self._server.held

    def start(self) -> tuple[Credentials, Credentials]:
        """Start the server; returns the credentials of the owner and of the functions' role. Raises LocalError."""
        with self._lock_file.open("a") as lock:
            # Of the open file, so that the server's processes hold it until the last of them has ended.
            fcntl.flock(lock, fcntl.LOCK_SH)
            self._server.start(lock.fileno())
        host = str(self._server.socket_folder)
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
        return psycopg.connect(host=str(self._server.socket_folder), user="postgres", dbname=DATABASE)

    def unfinished_runs(self) -> list[tuple[str, str, str | None]]:
        """Run, tenant and execution of all runs that have not ended, of all tenants: no function may see that."""
        with self.as_superuser() as connection:
            return connection.execute(
                "SELECT id, tenant_id, execution_arn FROM benchmark_runs "
                "WHERE status IN ('queued', 'running') ORDER BY created_at"
            ).fetchall()

    def stop(self) -> None:
        """Stop the server once the other processes that hold it have ended."""
        self._server.stop()


def _ensure_role(connection: "psycopg.Connection[Any]", role: Credentials) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role.username]).fetchone()
    statement = "ALTER ROLE {} LOGIN PASSWORD {}" if exists else "CREATE ROLE {} LOGIN PASSWORD {}"
    connection.execute(sql.SQL(statement).format(sql.Identifier(role.username), sql.Literal(role.password)))
