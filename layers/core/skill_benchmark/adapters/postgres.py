"""PostgreSQL: connections, transactions of one tenant, and writing many rows at once.

Row level security does the isolation. A query names no tenant: the transaction has one, reads see only its rows, and
`tenant_id` takes it as the default of every new row.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import BoundedSemaphore
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row
from psycopg.types.numeric import FloatLoader

from skill_benchmark.domain.errors import MissingSetting
from skill_benchmark.warm import kept_warm

Connection = psycopg.Connection[DictRow]
Cursor = psycopg.Cursor[DictRow]

STATEMENT_TIMEOUT_SECONDS = 25
"""API Gateway gives a request 29 seconds."""

_IDLE_IN_TRANSACTION_TIMEOUT_SECONDS = 60
"""A function that was killed inside of a transaction must not hold its locks for longer."""

ROOTS = Path(__file__).with_name("database_roots.pem")
"""Root certificates of RDS in all regions, and of Amazon Trust Services for RDS Proxy."""

_SECRET_KEYS = ("host", "port", "dbname", "username", "password")


def connect(secret: Mapping[str, Any], *, application_name: str = "skill-benchmark") -> Connection:
    """Connect with what a secret holds: host, port, dbname, username, password.

    The server has to prove its name with a certificate of Amazon's, or of the roots that the secret names in
    `sslrootcert` (PEM text). A host that starts with a slash is the folder of a Unix socket, where there is no TLS.
    Raises MissingSetting, or psycopg.OperationalError when the server cannot be reached or is another one.
    """
    if missing := [key for key in _SECRET_KEYS if secret.get(key) in (None, "")]:
        raise MissingSetting(f"the secret of the database lacks {', '.join(missing)}")
    on_socket = str(secret["host"]).startswith("/")
    if not on_socket and secret.get("sslmode", "verify-full") != "verify-full":
        raise MissingSetting(
            f"the secret of the database asks for sslmode {secret['sslmode']}; take that out, and add the root "
            "certificates of a server that is not Amazon's as sslrootcert: its name is always verified"
        )
    # RDS Proxy refuses `options`, so that timeouts of statements cannot be set here, and it binds a client that uses
    # prepared statements to one connection.
    connection: Connection = psycopg.Connection.connect(
        host=secret["host"],
        port=secret["port"],
        dbname=secret["dbname"],
        user=secret["username"],
        password=secret["password"],
        sslmode="disable" if on_socket else "verify-full",
        sslrootcert=_file_of(secret["sslrootcert"]) if secret.get("sslrootcert") else str(ROOTS),
        application_name=application_name,
        connect_timeout=5,
        # A server that failed over without a word is noticed after half a minute, not after two hours.
        keepalives_idle=30,
        keepalives_interval=10,
        keepalives_count=3,
        tcp_user_timeout=30_000,
        autocommit=True,
        prepare_threshold=None,
        row_factory=dict_row,
    )
    # Scores and averages; money is whole numbers and is not touched by this.
    connection.adapters.register_loader("numeric", FloatLoader)
    return connection


@kept_warm
def _file_of(certificates: str) -> str:
    """libpq reads root certificates from a file only."""
    with NamedTemporaryFile("w", suffix=".pem", encoding="ascii", delete=False) as file:
        file.write(certificates)
    return file.name


@contextmanager
def tenant_transaction(
    connection: Connection, tenant_id: str, *, statement_timeout_seconds: float = STATEMENT_TIMEOUT_SECONDS
) -> Iterator[Cursor]:
    """A transaction that sees and writes the rows of one tenant: committed at the end, rolled back on an exception.

    Transactions of tenants do not nest, because the inner one would change the tenant of the outer one.
    """
    if not tenant_id:
        raise ValueError("tenant_id is empty; without a tenant there is no row to see")
    if connection.info.transaction_status not in {TransactionStatus.IDLE, TransactionStatus.UNKNOWN}:
        raise RuntimeError("this connection is in a transaction already; use its cursor")
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.current_tenant_id', %s, true), set_config('statement_timeout', %s, true),"
            " set_config('idle_in_transaction_session_timeout', %s, true)",
            [tenant_id, f"{statement_timeout_seconds:.3f}s", f"{_IDLE_IN_TRANSACTION_TIMEOUT_SECONDS}s"],
        )
        yield cursor


class Database:
    """Warm connections, each used by one transaction at a time; safe to share between threads.

    A Lambda function uses one. `secret` is asked again for each new connection, so that a rotated one is taken up;
    it may be a few minutes old. Where connecting fails, `fresh_secret` says what it is now.
    """

    def __init__(
        self,
        secret: Callable[[], Mapping[str, Any]],
        *,
        fresh_secret: Callable[[], Mapping[str, Any]] | None = None,
        application_name: str = "skill-benchmark",
        max_connections: int = 8,
    ) -> None:
        self._secret = secret
        self._fresh_secret = fresh_secret or secret
        self._application_name = application_name
        self._idle: deque[Connection] = deque()
        self._slots = BoundedSemaphore(max_connections)

    @contextmanager
    def transaction(
        self, tenant_id: str, *, statement_timeout_seconds: float = STATEMENT_TIMEOUT_SECONDS
    ) -> Iterator[Cursor]:
        """As `tenant_transaction`, on a connection that is alive when it begins."""
        with self._slots, ExitStack() as transaction:
            yield self._begin(transaction, tenant_id, statement_timeout_seconds)

    def close(self) -> None:
        """Close the connections that are not in use."""
        while (connection := self._take_idle()) is not None:
            connection.close()

    def _begin(self, transaction: ExitStack, tenant_id: str, statement_timeout_seconds: float) -> Cursor:
        # While a function was frozen the server may have dropped its connections; the first statement tells, and
        # nothing of the caller has run by then.
        while (connection := self._take_idle()) is not None:
            try:
                return self._begin_on(connection, transaction, tenant_id, statement_timeout_seconds)
            except psycopg.OperationalError:
                if not connection.closed:
                    raise
        return self._begin_on(self._connect(), transaction, tenant_id, statement_timeout_seconds)

    def _connect(self) -> Connection:
        secret = self._secret()
        try:
            return connect(secret, application_name=self._application_name)
        except psycopg.OperationalError:
            # Why a server refuses a connection is told in words of its language only, so that it is not asked for:
            # another secret than before is reason enough to try.
            fresh = self._fresh_secret()
            if fresh == secret:
                raise
        return connect(fresh, application_name=self._application_name)

    def _begin_on(
        self, connection: Connection, transaction: ExitStack, tenant_id: str, statement_timeout_seconds: float
    ) -> Cursor:
        transaction.callback(self._give_back, connection)
        return transaction.enter_context(
            tenant_transaction(connection, tenant_id, statement_timeout_seconds=statement_timeout_seconds)
        )

    def _take_idle(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _give_back(self, connection: Connection) -> None:
        if connection.info.transaction_status is TransactionStatus.IDLE:
            self._idle.append(connection)
        else:
            connection.close()


def stage_rows(cursor: Cursor, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> sql.Identifier:
    """Copy rows that are meant for `table` into a staging table of the cursor's transaction. Returns its name.

    COPY knows neither row level security nor conflicts, so that rows go from there into their table by an INSERT.
    `rows` hold values in the order of `columns` (a JSON column takes `psycopg.types.json.Jsonb`) and are consumed one
    by one; memory does not grow with their number.
    """
    staging = sql.Identifier("pg_temp", f"staging_{table}")
    names = {
        "table": sql.Identifier(table),
        "staging": staging,
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
    }
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {staging}").format(**names))
    cursor.execute(
        sql.SQL("CREATE TEMPORARY TABLE {staging} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA").format(
            **names
        )
    )
    with cursor.copy(sql.SQL("COPY {staging} ({columns}) FROM STDIN").format(**names)) as copy:
        for row in rows:
            copy.write_row(row)
    return staging


def copy_rows(cursor: Cursor, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write many rows within the cursor's transaction; those that are there already are left alone.

    Returns the number of rows inserted.
    """
    staging = stage_rows(cursor, table, columns, rows)
    cursor.execute(
        sql.SQL("INSERT INTO {table} ({columns}) SELECT {columns} FROM {staging} ON CONFLICT DO NOTHING").format(
            table=sql.Identifier(table), columns=sql.SQL(", ").join(map(sql.Identifier, columns)), staging=staging
        )
    )
    return cursor.rowcount
