"""The migrations as files, before any server sees them."""

import re
from pathlib import Path

import pytest

from migrations.runner import FOLDER, Migration, read_migrations

ALL = read_migrations()


def test_names_are_numbered_without_gaps_or_repeats() -> None:
    numbers = [int(migration.name.split("_")[0]) for migration in ALL]
    assert numbers == list(range(1, len(ALL) + 1))


def test_every_sql_file_is_a_migration_or_the_privileges() -> None:
    found = {path.name for path in FOLDER.iterdir() if path.suffix == ".sql"}
    assert found == {*(f"{migration.name}.sql" for migration in ALL), "privileges.sql"}


@pytest.mark.parametrize("migration", ALL, ids=[migration.name for migration in ALL])
def test_a_migration_leaves_its_transaction_to_the_runner(migration: Migration) -> None:
    """A COMMIT within a file would keep half of it when the other half fails."""
    statements = re.sub(r"\$\$.*?\$\$", "", migration.statements.decode(), flags=re.DOTALL)
    assert not re.search(
        r"^\s*(BEGIN|START|COMMIT|END|ROLLBACK|ABORT)\b", statements, flags=re.MULTILINE | re.IGNORECASE
    )


def test_files_are_read_in_the_order_of_their_names_and_others_are_not_read(tmp_path: Path) -> None:
    for name in ("0002_b.sql", "0010_c.sql", "0001_a.sql", "privileges.sql", "0003_notes.md", "draft.sql"):
        (tmp_path / name).write_text(name)
    assert [migration.name for migration in read_migrations(tmp_path)] == ["0001_a", "0002_b", "0010_c"]


def test_any_change_of_a_file_changes_its_digest() -> None:
    digests = {Migration("0001_a", text).sha256 for text in (b"SELECT 1;", b"SELECT 1; ", b"SELECT 1;\n")}
    assert len(digests) == 3
