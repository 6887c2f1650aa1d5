"""A real server with the schema, and handlers in processes of their own that use it as they do when deployed."""

import importlib
import json
import multiprocessing
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import psycopg
from botocore import handlers
from psycopg import sql

from local.bucket import BucketDirectory
from local.cloud import ACCOUNT, CREDENTIALS, REGION
from local.database import DATABASE, OWNER, RUNTIME, Credentials, LocalDatabase
from local.function_process import LambdaContext
from local.stack import CALLER
from migrations.runner import apply_migrations
from skill_benchmark.adapters.postgres import Connection, connect

BUCKET = "records"

_SECONDS_AN_INVOCATION = 900
_SECRET = "BENCHMARK_DATABASE_SECRET"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server in a temporary folder."""

    folder: Path
    _runtime: Credentials

    def create_database(self, name: str) -> None:
        """A database with the schema and no rows."""
        with self.administrator("postgres") as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(DATABASE)
                )
            )

    def administrator(self, dbname: str) -> "psycopg.Connection[Any]":
        """A superuser, whom row level security does not bind and who may COPY into its tables."""
        return psycopg.connect(host=self._runtime.host, user="postgres", dbname=dbname, autocommit=True)

    def runtime(self, dbname: str) -> Connection:
        """Connected as the functions are."""
        return connect(replace(self._runtime, dbname=dbname).as_secret())

    def environment(self, dbname: str) -> dict[str, str]:
        """The environment of a handler that uses this database, and the secret that it finds there."""
        return {
            **CREDENTIALS,
            "DATABASE_SECRET_ARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:database",
            _SECRET: json.dumps(replace(self._runtime, dbname=dbname).as_secret()),
            "TENANT_CALLER_ROLE_ARNS": CALLER,
            "RECORDS_BUCKET": BUCKET,
            "LOG_LEVEL": "ERROR",
            "POWERTOOLS_TRACE_DISABLED": "true",
        }

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Durability is off meanwhile, and on again before anything is measured."""
        settings = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}
        settings |= {"max_wal_size": "8GB", "maintenance_work_mem": "1GB"}
        with self.administrator("postgres") as connection:
            for name, value in settings.items():
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
            connection.execute("SELECT pg_reload_conf()")
            yield
            for name in settings:
                connection.execute(sql.SQL("ALTER SYSTEM RESET {}").format(sql.Identifier(name)))
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CHECKPOINT")


@contextmanager
def started() -> Iterator[Server]:
    """The server, from its start until its folder is removed."""
    with tempfile.TemporaryDirectory(prefix="skill-benchmark-") as folder:
        database = LocalDatabase(Path(folder) / "postgres", Path(folder) / "lock")
        try:
            owner, runtime = database.start()
            with connect(owner.as_secret()) as connection:
                apply_migrations(connection, runtime_role=RUNTIME)
            yield Server(Path(folder), runtime)
        finally:
            database.stop()


class HandlerProcess:
    """A handler in a fresh process, warm after its first invocation. One invocation at a time."""

    def __init__(self, module: str, environment: dict[str, str], *, bucket: Path | None = None) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, self._inside = context.Pipe()
        arguments = (self._inside, module, environment, bucket)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        # The process has its own copy; with this one open its death would not be seen.
        self._inside.close()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(BrokenPipeError):
            self._pipe.send(None)
        self._process.join()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def invoke(self, event: dict[str, Any]) -> tuple[float, Any]:
        """The seconds that the handler took, taken inside of its process, and what it returned."""
        self._pipe.send(event)
        try:
            seconds, answer = self._pipe.recv()
        except EOFError as error:
            raise SystemExit("the handler failed; its traceback is above") from error
        return seconds, answer


def _serve(pipe: Pipe, module: str, environment: dict[str, str], bucket: Path | None) -> None:
    os.environ.update(environment)
    # Where metrics and logs go, which nobody reads here; a traceback goes elsewhere.
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - until the process ends
    if bucket is not None:
        BucketDirectory(bucket).install()
    answer = (SimpleNamespace(status_code=200), {"SecretString": environment[_SECRET]})
    handlers.BUILTIN_HANDLERS.append(("before-call.secretsmanager", lambda **_: answer))
    handler = importlib.import_module(module).lambda_handler
    while (event := pipe.recv()) is not None:
        deadline = time.monotonic() + _SECONDS_AN_INVOCATION
        context = LambdaContext(module.split(".")[1], 2048, uuid.uuid4().hex, deadline)
        begun = time.perf_counter()
        returned = handler(event, context)
        pipe.send((time.perf_counter() - begun, returned))
