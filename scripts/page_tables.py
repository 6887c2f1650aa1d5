"""Pages of `docs` whose tables are computed: each table stands between `<!-- name -->` and `<!-- /name -->`."""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

Tables = Mapping[str, Callable[[], Iterable[str]]]
"""The lines of each table, by its name."""


def with_tables(text: str, tables: Tables) -> str:
    """The page with its tables as they are computed now."""
    for name, table in tables.items():
        body = "\n".join(table())
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text, found = re.subn(pattern, rf"\g<1>{body}\n\g<2>", text, flags=re.DOTALL)
        if found != 1:
            raise SystemExit(f"the page has no place for the table {name}")
    return text


def main(page: Path, tables: Tables) -> None:
    """Print the tables; with `--write` put them into the page."""
    if "--write" in sys.argv:
        page.write_text(with_tables(page.read_text(encoding="utf-8"), tables), encoding="utf-8")
    else:
        print("\n\n".join("\n".join(table()) for table in tables.values()))
