"""A connection over TCP is encrypted, and only to the server whose name the secret gives."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from skill_benchmark.adapters import postgres
from skill_benchmark.adapters.postgres import connect
from skill_benchmark.domain.errors import MissingSetting
from tests.integration.database.conftest import Server
from tests.integration.database.tls import INSTALLED, Authority, front, installed_server

RIGHT = "localhost"
WRONG = "127.0.0.1"  # the same server under a name that is not in its certificate


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.new()


@pytest.fixture(scope="module", params=["behind a front", "with TLS of its own"])
def port(request: pytest.FixtureRequest, server: Server, authority: Authority) -> Iterator[int]:
    """Where a real server answers over TLS, with a certificate of `localhost`."""
    with tempfile.TemporaryDirectory(prefix="tls-") as name:
        certificate = authority.issue(Path(name), RIGHT)
        if request.param == "behind a front":
            with front(Path(server.host) / ".s.PGSQL.5432", certificate) as port:
                yield port
            return
        if INSTALLED is None:
            pytest.skip("no PostgreSQL with TLS is installed: apt-get install postgresql")
        with (
            tempfile.TemporaryDirectory(prefix="postgres-tls-") as folder,
            installed_server(Path(folder), certificate) as port,
        ):
            yield port


def secret(port: int, host: str = RIGHT, **more: Any) -> dict[str, Any]:
    return {"host": host, "port": port, "dbname": "postgres", "username": "postgres", "password": "-", **more}


def test_the_server_that_it_should_be_is_talked_to_over_tls(port: int, authority: Authority) -> None:
    with connect(secret(port, sslrootcert=authority.pem)) as connection:
        assert connection.pgconn.ssl_in_use
        row = connection.execute("SELECT pg_is_in_recovery() AS standby").fetchone()
        assert row == {"standby": False}


def test_a_server_that_another_authority_vouches_for_is_refused(port: int) -> None:
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        connect(secret(port, sslrootcert=Authority.new("Another").pem))


def test_a_server_that_nobody_of_amazons_vouches_for_is_refused_by_default(port: int) -> None:
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        connect(secret(port))


def test_the_roots_that_are_shipped_are_those_that_count(
    port: int, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_text(postgres.ROOTS.read_text(encoding="ascii") + authority.pem, encoding="ascii")
    monkeypatch.setattr(postgres, "ROOTS", roots)
    with connect(secret(port)) as connection:
        assert connection.pgconn.ssl_in_use


def test_a_server_of_another_name_is_refused(port: int, authority: Authority) -> None:
    with pytest.raises(psycopg.OperationalError, match=f'does not match host name "{WRONG}"'):
        connect(secret(port, WRONG, sslrootcert=authority.pem))


def test_a_certificate_that_has_expired_is_refused(server: Server, authority: Authority, tmp_path: Path) -> None:
    expired = authority.issue(tmp_path, RIGHT, days=-1)
    with (
        front(Path(server.host) / ".s.PGSQL.5432", expired) as port,
        pytest.raises(psycopg.OperationalError, match="certificate verify failed"),
    ):
        connect(secret(port, sslrootcert=authority.pem))


def test_a_server_without_tls_is_refused(server: Server, authority: Authority) -> None:
    with (
        front(Path(server.host) / ".s.PGSQL.5432", None) as port,
        pytest.raises(psycopg.OperationalError, match="server does not support SSL"),
    ):
        connect(secret(port, sslrootcert=authority.pem))


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_a_secret_cannot_ask_for_less(mode: str) -> None:
    with pytest.raises(MissingSetting, match=f"sslmode {mode}"):
        connect(secret(5432, sslmode=mode))


def test_a_folder_of_a_socket_needs_no_certificate(server: Server) -> None:
    with connect(server.secret("postgres", "postgres")) as connection:
        assert not connection.pgconn.ssl_in_use
