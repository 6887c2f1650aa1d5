"""The password of the functions' role, on a server that asks for it: set by Migrate, rotated without a deployment."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from psycopg import sql

from migrations.errors import MigrationError
from migrations.runner import apply_migrations, read_migrations
from skill_benchmark import warm_database
from skill_benchmark.adapters import secrets
from skill_benchmark.adapters.postgres import Database, connect
from skill_benchmark.settings import forget_settings
from tests.integration.database.conftest import OWNER, RUNTIME, Server
from tests.integration.database.migrate import Vault, invoke

NUMBERS = count()
ALL = [migration.name for migration in read_migrations()]


@pytest.fixture(scope="module")
def asking(server: Server) -> Iterator[Server]:
    """The server asks roles whose names begin with `asked_` for their password, and `unwelcome` not even for that."""
    with server.administrator() as administrator:
        row = administrator.execute("SELECT current_setting('hba_file') AS path").fetchone()
        assert row is not None
        rules = Path(row["path"])
        before = rules.read_text()
        rules.write_text(f'local all "/^asked_" scram-sha-256\nlocal all unwelcome reject\n{before}')
        administrator.execute("SELECT pg_reload_conf()")
        yield server
        rules.write_text(before)
        administrator.execute("SELECT pg_reload_conf()")


@pytest.fixture
def role() -> str:
    return f"asked_{next(NUMBERS)}"


@pytest.fixture
def migrate(asking: Server, empty_database: str, role: str) -> Callable[[str], Any]:
    """Apply the migrations with this password of the role."""

    def apply(password: str) -> list[str]:
        with asking.connect(empty_database, OWNER) as connection:
            return apply_migrations(connection, runtime_role=role, runtime_password=password)

    return apply


def verifier(server: Server, role: str) -> str:
    with server.administrator() as administrator:
        row = administrator.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [role]).fetchone()
    assert row is not None
    return str(row["rolpassword"])


def is_of(stored: str, password: str) -> bool:
    """Whether a SCRAM verifier is of this password, by RFC 5803 and the standard library alone."""
    _, _, rest = stored.partition("SCRAM-SHA-256$")
    (iterations, _, salt), (stored_key, _, server_key) = (part.partition(":") for part in rest.split("$"))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    return (
        base64.b64decode(stored_key) == hashlib.sha256(client_key).digest()
        and base64.b64decode(server_key) == hmac.digest(salted, b"Server Key", "sha256")
    )  # fmt: skip


def can_log_in(server: Server, dbname: str, role: str, password: str) -> bool:
    try:
        connect(server.secret(dbname, role) | {"password": password}).close()
    except psycopg.OperationalError as error:
        return "password authentication failed" not in str(error)
    return True


def test_a_rotated_password_becomes_the_roles(
    asking: Server, empty_database: str, role: str, migrate: Callable[[str], Any]
) -> None:
    migrate("first")
    migrate("second")
    assert is_of(verifier(asking, role), "second")
    assert can_log_in(asking, empty_database, role, "second")
    assert not can_log_in(asking, empty_database, role, "first")


def test_a_password_that_the_server_accepts_is_left_alone(
    asking: Server, role: str, migrate: Callable[[str], Any]
) -> None:
    migrate("the same")
    before = verifier(asking, role)
    migrate("the same")
    assert verifier(asking, role) == before, "another salt would show that it was set"


def test_where_the_server_asks_for_no_password_none_is_set(server: Server, empty_database: str) -> None:
    with server.administrator() as administrator:
        administrator.execute("CREATE ROLE trusted LOGIN PASSWORD 'first'")
    before = verifier(server, "trusted")
    with server.connect(empty_database, OWNER) as connection:
        apply_migrations(connection, runtime_role="trusted", runtime_password="second")
    assert verifier(server, "trusted") == before


def test_a_role_that_is_refused_for_another_reason_keeps_its_password(asking: Server, empty_database: str) -> None:
    """The owner's way to the server need not be open to the functions."""
    with asking.administrator() as administrator:
        administrator.execute("CREATE ROLE unwelcome LOGIN PASSWORD 'first'")
    before = verifier(asking, "unwelcome")
    with asking.connect(empty_database, OWNER) as connection:
        apply_migrations(connection, runtime_role="unwelcome", runtime_password="second")
    assert verifier(asking, "unwelcome") == before


def test_no_log_of_statements_holds_the_password(asking: Server, role: str, migrate: Callable[[str], Any]) -> None:
    migrate("first")
    with asking.administrator() as administrator:
        administrator.execute(sql.SQL("ALTER ROLE {} SET log_statement TO 'all'").format(sql.Identifier(OWNER)))
        migrate("it's the second")
        administrator.execute(sql.SQL("ALTER ROLE {} RESET log_statement").format(sql.Identifier(OWNER)))
        row = administrator.execute("SELECT current_setting('data_directory') || '/log' AS log").fetchone()
    assert row is not None
    log = Path(row["log"]).read_text()
    assert f'ALTER ROLE "{role}" PASSWORD \'SCRAM-SHA-256$' in log
    assert "the second" not in log


def test_a_verifier_is_scram_whatever_the_server_prefers(
    asking: Server, role: str, migrate: Callable[[str], Any]
) -> None:
    """RDS Proxy and our servers ask by SCRAM, which an MD5 hash cannot answer."""
    with asking.administrator() as administrator:
        administrator.execute(sql.SQL("ALTER ROLE {} SET password_encryption TO 'md5'").format(sql.Identifier(OWNER)))
        try:
            migrate("first")
            migrate("second")
        finally:
            administrator.execute(sql.SQL("ALTER ROLE {} RESET password_encryption").format(sql.Identifier(OWNER)))
    assert is_of(verifier(asking, role), "second")


def test_an_owner_who_may_not_change_the_password_is_told_so(asking: Server) -> None:
    with asking.administrator() as administrator:
        administrator.execute("CREATE ROLE owner_of_nobody LOGIN CREATEROLE")
        administrator.execute("CREATE ROLE asked_of_another LOGIN PASSWORD 'first'")
        administrator.execute("CREATE DATABASE of_owner_of_nobody OWNER owner_of_nobody")
    with (
        asking.connect("of_owner_of_nobody", "owner_of_nobody") as connection,
        pytest.raises(MigrationError, match=r"asked_of_another cannot log in .* may not change it"),
    ):
        apply_migrations(connection, runtime_role="asked_of_another", runtime_password="second")
    assert is_of(verifier(asking, "asked_of_another"), "first")


def test_a_role_that_still_cannot_log_in_is_a_failure_with_the_servers_reason(
    asking: Server, role: str, migrate: Callable[[str], Any]
) -> None:
    with asking.administrator() as administrator:
        administrator.execute(sql.SQL("CREATE ROLE {} NOLOGIN PASSWORD 'first'").format(sql.Identifier(role)))
        administrator.execute(sql.SQL("GRANT {} TO {} WITH ADMIN TRUE").format(*map(sql.Identifier, (role, OWNER))))
    with pytest.raises(MigrationError, match=f"{role} has the password of its secret and cannot log in: .*permitted"):
        migrate("second")


def test_rotation_works_without_a_deployment(
    asking: Server, empty_database: str, role: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warm function keeps the former secret for minutes; its connections live, and its next ones succeed."""

    def backend(held: Database) -> int:
        with held.transaction("acme") as cursor:
            row = cursor.execute("SELECT pg_backend_pid() AS pid, count(*) FROM skills").fetchone()
        assert row is not None
        return int(row["pid"])

    def secret_of(password: str) -> dict[str, Any]:
        return asking.secret(empty_database, role) | {"password": password}

    def migrate() -> None:
        """In a process of its own, whose secrets are not those that the other keeps."""
        with monkeypatch.context() as patch:
            elsewhere = SecretsProvider(boto3_client=vault.client)
            patch.setattr(secrets, "_provider", lambda: elsewhere)
            assert invoke({})["applied"] in ([], ALL)

    vault.put(RUNTIME, secret_of("first"))
    migrate()
    function = warm_database.database.__wrapped__()  # type: ignore[attr-defined]  # not the one that a process keeps
    first = backend(function)

    vault.put(RUNTIME, secret_of("second"))
    assert backend(function) == first, "between the two steps of a rotation nothing that is connected notices"
    migrate()
    assert is_of(verifier(asking, role), "second")
    assert backend(function) == first

    function.close()
    assert secrets.secret_object(vault.arns[RUNTIME])["password"] == "first", "what the function keeps is stale"
    assert backend(function) != first
    assert secrets.secret_object(vault.arns[RUNTIME])["password"] == "second"
    function.close()


def test_the_host_of_the_environment_stands_above_the_secrets(
    server: Server, empty_database: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret of a created database has no host; there, functions connect to the proxy."""
    secret = server.secret(empty_database, RUNTIME)
    del secret["host"]
    vault.put(RUNTIME, secret)
    assert invoke({}) == {"applied": ALL}, "Migrate needs no host of the functions"
    monkeypatch.setenv("DATABASE_HOST", server.host)
    forget_settings()
    function = warm_database.database.__wrapped__()  # type: ignore[attr-defined]  # not the one that a process keeps
    with function.transaction("acme") as cursor:
        assert cursor.execute("SELECT id FROM skills").fetchall() == []
    function.close()


def test_a_warm_migrate_reads_both_secrets_as_they_are_now(
    asking: Server, empty_database: str, role: str, vault: Vault
) -> None:
    for password in ("first", "second"):
        vault.put(RUNTIME, asking.secret(empty_database, role) | {"password": password})
        invoke({})
        assert is_of(verifier(asking, role), password)
    owner = asking.secret(empty_database, OWNER)
    vault.put(OWNER, owner | {"username": "no_such_role"})
    with pytest.raises(psycopg.OperationalError, match="no_such_role"):
        invoke({})
    vault.put(OWNER, owner)
    assert invoke({}) == {"applied": []}
