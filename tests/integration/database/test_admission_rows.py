"""Claims on places: their rows come and go with the status of runs, and only who asks sees those of all tenants."""

from typing import Any

import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, UniqueViolation

from migrations.runner import apply_migrations, read_migrations
from skill_benchmark.adapters import postgres_admission
from skill_benchmark.adapters.postgres import Connection, Cursor, tenant_transaction
from tests.integration.database.conftest import OWNER, RUNTIME, Connector, Server
from tests.integration.database.rows import ROWS, insert, seed, valid_rows

RUN = ROWS["benchmark_runs"]
THEIRS = valid_rows("_globex", first_id=2_000_001)
ENDED = (
    "started_at",
    "completed_at",
    "best_model",
    "best_quality_score",
    "ranking_basis",
    "cheapest_model",
    "cheapest_cost_microcents",
)


def queued(number: int = 2, **changes: Any) -> dict[str, Any]:
    of_its_end = {name: None for name in RUN if name in ENDED or name == "scored_results"}
    key = {"id": f"run_{number}", "idempotency_key": f"key-{number}", "status": "queued"}
    return {**RUN, **of_its_end, "best_model_tied_with": [], **key, **changes}


def claims(cursor: Cursor) -> list[dict[str, Any]]:
    query = "SELECT benchmark_run_id, wanted, granted, held FROM run_admissions ORDER BY benchmark_run_id"
    return cursor.execute(query).fetchall()


def claim(number: int, *, granted: int, wanted: int) -> dict[str, Any]:
    return {"benchmark_run_id": f"run_{number}", "wanted": wanted, "granted": granted, "held": granted}


@pytest.fixture
def cursor(runtime: Connection) -> Any:
    with tenant_transaction(runtime, "acme") as cursor:
        seed(cursor)
        yield cursor


def test_a_run_that_is_queued_claims_the_calls_that_it_can_use(cursor: Cursor) -> None:
    planned = RUN["planned_results"]
    insert(cursor, "benchmark_runs", **queued(2, max_concurrency=1))
    insert(cursor, "benchmark_runs", **queued(3, max_concurrency=planned + 50))
    assert claims(cursor) == [claim(2, granted=0, wanted=1), claim(3, granted=0, wanted=planned)]


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_its_places_are_free_when_its_row_ends_however_it_ends(cursor: Cursor, status: str) -> None:
    insert(cursor, "benchmark_runs", **queued())
    cursor.execute(
        "UPDATE benchmark_runs SET status = %s, completed_at = now(), error_type = 'x', error_message = 'x' "
        "WHERE id = 'run_2'",
        [status],
    )
    assert claims(cursor) == []


def test_a_run_that_is_reopened_claims_places_again(cursor: Cursor) -> None:
    insert(
        cursor,
        "benchmark_runs",
        **queued(status="failed", completed_at=RUN["completed_at"], error_type="x", error_message="x"),
    )
    assert claims(cursor) == []
    cursor.execute(
        "UPDATE benchmark_runs SET status = 'queued', completed_at = NULL, error_type = NULL, error_message = NULL "
        "WHERE id = 'run_2'"
    )
    assert [row["granted"] for row in claims(cursor)] == [0]


def test_a_run_that_the_release_before_starts_is_counted_with_all_that_it_may_use(cursor: Cursor) -> None:
    """That release knows no admission: it sets the status, and its calls begin."""
    insert(cursor, "benchmark_runs", **queued(max_concurrency=1))
    cursor.execute("UPDATE benchmark_runs SET status = 'running', started_at = now() WHERE id = 'run_2'")
    assert claims(cursor) == [claim(2, granted=1, wanted=1)]


def test_a_run_that_was_admitted_keeps_its_grant_when_it_is_marked_as_running(cursor: Cursor) -> None:
    insert(cursor, "benchmark_runs", **queued(max_concurrency=20))
    postgres_admission.admit(cursor, "run_2", 1, 1, "arn:execution")
    cursor.execute("UPDATE benchmark_runs SET status = 'running', started_at = now() WHERE id = 'run_2'")
    assert [row["granted"] for row in claims(cursor)] == [1]


def test_only_a_transaction_that_asks_for_it_sees_the_claims_of_all_tenants(runtime: Connection) -> None:
    with tenant_transaction(runtime, "acme") as cursor:
        seed(cursor)
        insert(cursor, "benchmark_runs", **queued())
    with tenant_transaction(runtime, "globex") as cursor:
        assert claims(cursor) == []
        postgres_admission.see_all_tenants(cursor)
        assert len(claims(cursor)) == 1
        assert cursor.execute("SELECT id FROM benchmark_runs").fetchall() == [], (
            "the claims, and nothing else of theirs"
        )
    with tenant_transaction(runtime, "globex") as cursor:
        assert claims(cursor) == [], "with the transaction its sight ends"


def test_a_claim_is_that_of_a_run_once_with_places_that_add_up(connected: Connector) -> None:
    with tenant_transaction(connected(OWNER), "acme") as cursor:
        seed(cursor)
        insert(cursor, "benchmark_runs", **queued())
        row = {"model_provider": "anthropic", "triggered_by": "api", "wanted": 1}
        broken: list[tuple[type[Exception], str, dict[str, Any]]] = [
            (UniqueViolation, "run_admissions_pkey", {"benchmark_run_id": "run_2"}),
            (ForeignKeyViolation, "run_admissions_run_fkey", {"benchmark_run_id": "run_404"}),
            (CheckViolation, "run_admissions_places_check", {"benchmark_run_id": RUN["id"], "wanted": 0}),
            (CheckViolation, "run_admissions_places_check", {"benchmark_run_id": RUN["id"], "granted": 2, "held": 1}),
            (CheckViolation, "run_admissions_branches_check", {"benchmark_run_id": RUN["id"], "branches_in_flight": 0}),
        ]
        for kind, constraint, changes in broken:
            with pytest.raises(kind, match=constraint), cursor.connection.transaction():
                insert(cursor, "run_admissions", **row | changes)


def _known(owner: Connection, table: str, row: dict[str, Any]) -> dict[str, Any]:
    """The row without the columns that this schema does not have yet."""
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
    columns = {found["column_name"] for found in owner.execute(query, [table]).fetchall()}
    return {name: value for name, value in row.items() if name in columns}


def test_runs_that_are_unfinished_when_admission_comes_are_counted(server: Server, tmp_path: Any) -> None:
    """The migration sees the rows of all tenants once, and leaves them isolated."""
    before = tmp_path / "before"
    before.mkdir()
    for migration in read_migrations():
        if migration.name < "0008":
            (before / f"{migration.name}.sql").write_bytes(migration.statements)
    (before / "privileges.sql").write_text(
        "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {runtime_role};"
    )
    name = server.create_database()
    with server.connect(name, OWNER) as owner:
        apply_migrations(owner, runtime_role=RUNTIME, folder=before)
        for number, (tenant, newest) in enumerate({"acme": ROWS, "globex": THEIRS}.items(), 2):
            rows = {table: known for table, row in newest.items() if (known := _known(owner, table, row))}
            with tenant_transaction(owner, tenant) as cursor:
                seed(cursor, rows)
                run = rows["benchmark_runs"] | queued(number, status="running", started_at=RUN["completed_at"])
                of_tenant = {name: rows["benchmark_runs"][name] for name in ("skill_id", "skill_version_id", "models")}
                insert(cursor, "benchmark_runs", **_known(owner, "benchmark_runs", run | of_tenant))
        apply_migrations(owner, runtime_role=RUNTIME)
    with server.connect(name, RUNTIME) as runtime, tenant_transaction(runtime, "acme") as cursor:
        [own] = claims(cursor)
        assert (own["benchmark_run_id"], own["granted"]) == ("run_2", own["wanted"])
        postgres_admission.see_all_tenants(cursor)
        assert len(claims(cursor)) == 2
