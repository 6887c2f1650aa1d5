"""The schema of this release under the functions of the one before, which are live while it is migrated."""

from pathlib import Path

import pytest

from skill_benchmark.adapters.postgres import Connection
from tests.integration.database.former_release import FILE
from tests.integration.database.former_release.replay import Incompatible, replay
from tests.integration.database.former_release.wire import Statement, read, write

SWALLOW = """
    CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER swallow BEFORE INSERT ON benchmark_verdicts FOR EACH ROW EXECUTE FUNCTION swallow();
"""


@pytest.fixture(scope="module")
def transactions() -> list[list[Statement]]:
    return read(FILE)[1]


def test_what_the_release_before_says_is_understood(runtime: Connection, transactions: list[list[Statement]]) -> None:
    replay(runtime, transactions)


@pytest.mark.parametrize(
    "migration",
    [
        "ALTER TABLE benchmark_results DROP COLUMN quality_notes",
        "ALTER TABLE benchmark_runs RENAME COLUMN triggered_by TO started_by",
        "ALTER TABLE benchmark_verdicts ADD COLUMN region text NOT NULL",
        "ALTER TABLE skill_feedback ADD COLUMN region text; ALTER TABLE skill_feedback ADD CHECK (region IS NOT NULL)",
        "ALTER TABLE benchmark_runs ALTER COLUMN planned_results TYPE bigint",
        "ALTER TABLE benchmark_runs ADD CHECK (status <> 'running')",
        "ALTER TABLE result_labels RENAME TO labels",
        "REVOKE UPDATE ON benchmark_model_summaries FROM skill_benchmark_app",
        "REVOKE INSERT ON token_measurements FROM skill_benchmark_app",
        SWALLOW,
        "CREATE POLICY nobody ON benchmark_runs AS RESTRICTIVE FOR UPDATE USING (false)",
    ],
)
def test_a_migration_that_breaks_it_is_found(
    owner: Connection, runtime: Connection, transactions: list[list[Statement]], migration: str
) -> None:
    owner.execute(migration)
    with pytest.raises(Incompatible):
        replay(runtime, transactions)


def test_a_migration_that_only_adds_is_none_of_its_business(
    owner: Connection, runtime: Connection, transactions: list[list[Statement]]
) -> None:
    owner.execute(
        "ALTER TABLE benchmark_results ADD COLUMN region text; "
        "ALTER TABLE benchmark_runs ADD COLUMN priority smallint NOT NULL DEFAULT 0; "
        "CREATE INDEX ON benchmark_runs (priority); "
        "CREATE TABLE places (run_id text)"
    )
    replay(runtime, transactions)


def test_a_recording_is_read_as_it_was_written(transactions: list[list[Statement]], tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    write(copy, "0.1.0", transactions)
    assert copy.read_bytes() == FILE.read_bytes()
