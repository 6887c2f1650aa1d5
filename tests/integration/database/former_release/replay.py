"""Says to a database what a release once said, in the same words, and holds the answers against what they were."""

import base64
from typing import Any

from psycopg import pq

from skill_benchmark.adapters.postgres import Connection
from tests.integration.database.former_release.wire import Statement


class Incompatible(Exception):
    """The schema is not what the release needs."""


def replay(connection: Connection, transactions: list[list[Statement]]) -> None:
    """Raises Incompatible at the first statement that fails, or whose result is not what that release reads."""
    for transaction in transactions:
        for statement in transaction:
            _send(connection.pgconn, statement)


def _send(server: pq.abc.PGconn, statement: Statement) -> None:
    result = server.exec_params(
        statement.sql.encode(),
        [_value(parameter) for parameter in statement.parameters],
        statement.types,
        [int(isinstance(parameter, dict)) for parameter in statement.parameters],
    ) if statement.parameters else server.exec_(statement.sql.encode())  # fmt: skip
    if result.status == pq.ExecStatus.COPY_IN:
        server.put_copy_data((statement.copied or "").encode())
        server.put_copy_end()
        while following := server.get_result():
            result = following
    if result.status not in {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}:
        raise Incompatible(f"{result.get_error_message()}\n{statement.sql}")
    columns = [[(result.fname(index) or b"").decode(), result.ftype(index)] for index in range(result.nfields)]
    if columns != statement.columns:
        raise Incompatible(f"{columns}, but it reads {statement.columns}\n{statement.sql}")
    # How many rows a query finds depends on the day.
    tag = (result.command_status or b"").decode()
    if tag != statement.tag and not statement.tag.startswith("SELECT"):
        raise Incompatible(f"{tag}, but it was {statement.tag}\n{statement.sql}")


def _value(parameter: Any) -> bytes | None:
    if isinstance(parameter, dict):
        return base64.b64decode(parameter["base64"])
    return None if parameter is None else str(parameter).encode()
