"""Erasure of a skill or a tenant, and retention, on a real server: what is gone, and that nothing else is."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from skill_benchmark.adapters import postgres_erasure
from skill_benchmark.adapters.object_store import NotDeleted, ObjectStore
from skill_benchmark.adapters.postgres import Connection, tenant_transaction
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.use_cases.erase_data import Erased, Eraser
from skill_benchmark.use_cases.expire_results import Expired, Retention
from tests.integration.database.conftest import Connector, Server
from tests.integration.database.rows import Rows, insert, seed, valid_rows

SKILLS = {  # by tenant: the mark and the first id of each skill's rows
    "acme": {"greeting": ("", 1_000_001), "greeting_two": ("_two", 2_000_001)},
    "globex": {"greeting_three": ("_three", 3_000_001)},
}


@dataclass
class Bucket:
    """The records of runs by prefix; told to, it fails as a function that is killed."""

    objects: dict[str, int] = field(default_factory=dict)
    fails_after: int = 1_000

    def delete_all(self, prefix: str) -> int:
        self.fails_after -= 1
        if self.fails_after < 0:
            raise NotDeleted(prefix)
        return self.objects.pop(prefix, 0)


@dataclass(frozen=True)
class Filled:
    """A database in which every table has a row of every skill, and the bucket beside it."""

    server: Server
    dbname: str
    owner: Connection
    bucket: Bucket

    def erase(self, tenant_id: str, skill_id: str | None = None, *, seconds: float = 900) -> Erased:
        return Eraser(self.owner, cast("ObjectStore", self.bucket), lambda: seconds).erase(tenant_id, skill_id)

    def expire(self, days: int, *, seconds: float = 900) -> Expired:
        return Retention(self.owner, days, lambda: seconds).expire()

    def rows(self) -> list[tuple[str, dict[str, Any]]]:
        """Every row of every table with a tenant, whichever tables there are."""
        with self.server.administrator(self.dbname) as administrator:
            tables = administrator.execute(
                "SELECT table_name FROM information_schema.columns JOIN information_schema.tables "
                "USING (table_schema, table_name) "
                "WHERE table_schema = 'public' AND column_name = 'tenant_id' AND table_type = 'BASE TABLE'"
            ).fetchall()
            query = sql.SQL("SELECT to_jsonb(found) AS row FROM {} AS found ORDER BY to_jsonb(found)::text")
            return [
                (table["table_name"], row["row"])
                for table in tables
                for row in administrator.execute(query.format(sql.Identifier(table["table_name"])))
            ]

    def change_runs(self, change: str, tenant_id: str = "acme") -> None:
        with tenant_transaction(self.owner, tenant_id) as cursor:
            cursor.execute(sql.SQL("UPDATE benchmark_runs SET {}").format(sql.SQL(change)))


def rows_of(mark: str, first_id: int) -> Rows:
    """The idempotency key and the answer's id are unique in a tenant too."""
    rows = valid_rows(mark, first_id)
    rows["benchmark_runs"]["idempotency_key"] = f"key{mark}"
    rows["token_measurements"]["deduplication_key"] = f"{first_id:032}"
    return rows


@pytest.fixture
def filled(server: Server, database: str, owner: Connection) -> Filled:
    bucket = Bucket()
    for tenant_id, skills in SKILLS.items():
        for mark, first_id in skills.values():
            rows = rows_of(mark, first_id)
            with tenant_transaction(owner, tenant_id) as cursor:
                seed(cursor, rows)
                insert(cursor, "token_measurement_daily", **rows["token_measurement_daily"])
                cursor.execute(
                    "UPDATE skills SET current_version_id = %s WHERE id = %s", [first_id, rows["skills"]["id"]]
                )
                run_id = rows["benchmark_runs"]["id"]
                cursor.execute(
                    "INSERT INTO run_admissions (benchmark_run_id, model_provider, triggered_by, wanted) "
                    "VALUES (%s, 'anthropic', 'api', 1)",
                    [run_id],
                )
                bucket.objects[f"runs/{run_id}/"] = 7
    return Filled(server, database, owner, bucket)


def test_every_table_with_a_tenant_has_rows_to_be_erased(filled: Filled) -> None:
    with filled.server.administrator(filled.dbname) as administrator:
        tables = administrator.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name = 'tenant_id'"
        ).fetchall()
    for tenant_id in SKILLS:
        found = {table for table, row in filled.rows() if row["tenant_id"] == tenant_id}
        assert found == {table["table_name"] for table in tables}


@pytest.mark.parametrize("skill_id", ["greeting", "greeting_two"])
def test_of_an_erased_skill_nothing_is_left_and_of_others_everything(filled: Filled, skill_id: str) -> None:
    mark, first_id = SKILLS["acme"][skill_id]
    before = filled.rows()
    erased = filled.erase("acme", skill_id)
    assert (erased.finished, erased.skills, erased.runs, erased.results, erased.objects) == (True, 1, 1, 1, 7)
    after = filled.rows()
    assert after == [(table, row) for table, row in before if not is_of(row, mark, first_id)]
    assert len(after) == len(before) * 2 / 3
    assert f"runs/run_1{mark}/" not in filled.bucket.objects
    assert len(filled.bucket.objects) == 2


def is_of(row: dict[str, Any], mark: str, first_id: int) -> bool:
    """By whichever of its columns says whose a row is."""
    return row["tenant_id"] == "acme" and (
        f"greeting{mark}" in (row.get("skill_id"), row["id"] if "name" in row else None)
        or f"run_1{mark}" in (row.get("benchmark_run_id"), row.get("id"))
        or row.get("benchmark_result_id") == first_id
    )


def test_of_an_erased_tenant_nothing_is_left_and_of_others_everything(filled: Filled) -> None:
    before = filled.rows()
    erased = filled.erase("acme")
    assert (erased.finished, erased.skills, erased.runs, erased.objects) == (True, 2, 2, 14)
    assert filled.rows() == [(table, row) for table, row in before if row["tenant_id"] == "globex"]
    assert filled.bucket.objects == {"runs/run_1_three/": 7}


def test_what_is_erased_already_is_no_mistake(filled: Filled) -> None:
    filled.erase("acme", "greeting")
    assert filled.erase("acme", "greeting") == Erased(finished=True)
    assert filled.erase("nobody") == Erased(finished=True)


def test_a_skill_of_another_tenant_is_not_touched(filled: Filled) -> None:
    before = filled.rows()
    assert filled.erase("globex", "greeting") == Erased(finished=True)
    assert filled.rows() == before


@pytest.mark.parametrize(
    "at_work",
    [
        "status = 'running', completed_at = NULL",
        "status = 'queued', completed_at = NULL",
        "status = 'cancelled', completed_at = now() - interval '14 minutes'",
        "status = 'failed', error_type = 'A', error_message = 'b', completed_at = now()",
    ],
)
def test_nothing_is_erased_while_a_run_may_still_write(filled: Filled, at_work: str) -> None:
    with tenant_transaction(filled.owner, "acme") as cursor:
        cursor.execute(sql.SQL("UPDATE benchmark_runs SET {} WHERE id = 'run_1_two'").format(sql.SQL(at_work)))
    before = filled.rows()
    for skill_id in ("greeting_two", None):
        with pytest.raises(Conflict, match="run_1_two"):
            filled.erase("acme", skill_id)
    assert filled.rows() == before
    assert filled.erase("acme", "greeting").finished


def test_a_second_invocation_finishes_what_one_that_was_killed_began(filled: Filled) -> None:
    filled.bucket.fails_after = 1
    with pytest.raises(NotDeleted):
        filled.erase("acme")
    filled.bucket.fails_after = 1_000
    assert filled.erase("acme").finished
    assert {row["tenant_id"] for _, row in filled.rows()} == {"globex"}
    assert filled.bucket.objects == {"runs/run_1_three/": 7}


def test_records_go_before_the_rows_by_which_they_are_found(filled: Filled) -> None:
    filled.bucket.fails_after = 0
    before = filled.rows()
    with pytest.raises(NotDeleted):
        filled.erase("acme", "greeting")
    assert filled.rows() == before


def test_what_there_is_no_time_for_is_left_and_said(filled: Filled) -> None:
    before = filled.rows()
    assert filled.erase("acme", seconds=60) == Erased(finished=False)
    assert filled.rows() == before


def test_a_run_on_stored_answers_goes_before_the_run_that_bought_them(filled: Filled) -> None:
    with tenant_transaction(filled.owner, "acme") as cursor:
        later = rows_of("_later", 4_000_001)["benchmark_runs"] | {
            "skill_id": "greeting",
            "skill_version_id": 1_000_001,
            "rejudged_run_id": "run_1",
            "created_at": "2026-03-02T00:00:00Z",
        }
        insert(cursor, "benchmark_runs", **later)
    assert filled.erase("acme", "greeting").runs == 2


@pytest.fixture
def old(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> Filled:
    """The runs of `acme` ended 100 days ago, those of `globex` a day ago; results go by ones."""
    monkeypatch.setattr(postgres_erasure, "RESULTS_AT_ONCE", 1)
    filled.change_runs("completed_at = now() - interval '100 days'")
    filled.change_runs("completed_at = now() - interval '1 day'", "globex")
    with tenant_transaction(filled.owner, "acme") as cursor:
        rows = rows_of("", 1_000_001)
        again = {"id": 1_000_002, "repeat_index": 1}
        insert(cursor, "benchmark_results", **rows["benchmark_results"] | again)
        insert(cursor, "benchmark_verdicts", **rows["benchmark_verdicts"] | {"repeat_index": 1})
    return filled


EXPIRING = {"benchmark_results", "benchmark_verdicts", "result_labels"}


def test_results_of_runs_that_ended_long_ago_are_deleted_and_their_summaries_stay(old: Filled) -> None:
    before = old.rows()
    assert old.expire(90) == Expired(finished=True, results=3, runs=2)
    after = old.rows()
    kept = [(table, row) for table, row in before if row["tenant_id"] == "globex" or table not in EXPIRING]
    assert without_expiry(after) == without_expiry(kept)
    said = {row["id"]: row["results_expired_at"] for table, row in after if table == "benchmark_runs"}
    assert said["run_1"]
    assert said["run_1_two"]
    assert said["run_1_three"] is None
    assert old.expire(90) == Expired(finished=True)
    assert old.rows() == after


def without_expiry(rows: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    return [(table, {**row, "results_expired_at": None}) for table, row in rows]


def test_results_of_a_run_that_was_resumed_after_its_expiry_expire_too(old: Filled) -> None:
    old.expire(90)
    old.change_runs("results_expired_at = completed_at - interval '1 day'")
    assert old.expire(90).runs == 2


def test_nothing_expires_before_its_time_or_where_results_are_kept(old: Filled) -> None:
    before = old.rows()
    assert old.expire(101) == Expired(finished=True)
    assert old.expire(0) == Expired(finished=True)
    assert old.expire(90, seconds=30) == Expired(finished=False)
    assert old.rows() == before


def test_unfinished_runs_do_not_expire(old: Filled) -> None:
    old.change_runs("status = 'running', completed_at = NULL, created_at = now() - interval '200 days'")
    assert old.expire(90) == Expired(finished=True)


def test_the_functions_role_can_neither_delete_nor_look_for_runs_of_all_tenants(
    old: Filled, runtime: Connection, connected: Connector
) -> None:
    with tenant_transaction(runtime, "acme") as cursor:
        assert postgres_erasure.runs_to_expire(cursor, 0, 100) != []
        found = cursor.execute("SELECT DISTINCT tenant_id FROM benchmark_runs").fetchall()
        assert found == [{"tenant_id": "acme"}]
    for table in EXPIRING:
        with pytest.raises(InsufficientPrivilege), tenant_transaction(runtime, "acme") as cursor:
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
