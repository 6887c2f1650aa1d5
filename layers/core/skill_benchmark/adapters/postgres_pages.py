"""Pages of rows, bounded before they are read: texts can be long, and their lengths are known without reading them."""

from collections.abc import Mapping
from typing import Any

from skill_benchmark.adapters.postgres import Cursor

Row = dict[str, Any]

MAX_PAGE_BYTES = 3_000_000
"""Of the texts of a page, as they are stored. What they come to in a response is for whoever makes it."""


def read_page(
    cursor: Cursor,
    select: str,
    *,
    order: str,
    long: str,
    limit: int,
    values: Mapping[str, Any],
) -> tuple[list[Row], bool]:
    """A page of rows and whether there may be more. One row at least, however long it is.

    `select` is a query without its ORDER BY, whose columns `order` names; `long` names those whose lengths count. All
    three are constants of the modules that call this, and `values` are what the query binds.
    """
    measure = " + ".join(f"coalesce(octet_length({column}::text), 0)" for column in long.split(", "))
    rows = cursor.execute(
        f"SELECT * FROM (SELECT *, sum(bytes) OVER (ORDER BY {order} "  # noqa: S608 - constants of our modules
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)::bigint AS bytes_so_far "
        f"FROM (SELECT *, {measure} AS bytes FROM ({select} ORDER BY {order} LIMIT %(rows_of_page)s) page) measured) "
        f"bounded WHERE bytes_so_far - bytes < %(bytes_of_page)s ORDER BY {order}",
        {**values, "rows_of_page": limit + 1, "bytes_of_page": MAX_PAGE_BYTES},
    ).fetchall()
    more = len(rows) > limit or (bool(rows) and rows[-1]["bytes_so_far"] >= MAX_PAGE_BYTES)
    for row in rows:
        del row["bytes"], row["bytes_so_far"]
    return rows[:limit], more
