"""The reads that must not grow with the data are answered by an index, in its order, under row level security."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from skill_benchmark.adapters.postgres import Cursor, copy_rows, tenant_transaction
from skill_benchmark.adapters.postgres_erasure import runs_to_expire
from tests.integration.database.conftest import OWNER, RUNTIME, Server
from tests.integration.database.refused_rows import SCORES
from tests.integration.database.rows import MOMENT, ROWS, insert

Read = tuple[str, list[Any]]

READS: dict[str, Read] = {
    "benchmark_runs_history": (
        """
        SELECT * FROM benchmark_runs WHERE skill_id = %s AND (created_at, id) < ('2026-05-01', 'run_5')
        ORDER BY created_at DESC, id DESC LIMIT 20
        """,
        ["greeting"],
    ),
    "benchmark_runs_latest_completed": (
        """
        SELECT * FROM benchmark_runs WHERE skill_id = %s AND status IN ('completed', 'completed_with_failures')
        ORDER BY completed_at DESC, id DESC LIMIT 1
        """,
        ["greeting"],
    ),
    "benchmark_runs_unfinished": (
        "SELECT id FROM benchmark_runs WHERE status IN ('queued', 'running') ORDER BY created_at, id",
        [],
    ),
    "benchmark_runs_of_day": (
        "SELECT sum(planned_results) FROM benchmark_runs WHERE created_at >= %s AND created_at < %s",
        [MOMENT, MOMENT + timedelta(minutes=30)],
    ),
    "token_measurements_of_run": (
        "SELECT id FROM token_measurements WHERE benchmark_run_id = %s",
        ["run_7"],
    ),
    "benchmark_results_branch_key": (
        """
        SELECT * FROM benchmark_results
        WHERE benchmark_run_id = %s AND (model_name, test_case_index, repeat_index) > (%s, %s, %s)
        ORDER BY model_name, test_case_index, repeat_index LIMIT 50
        """,
        ["run_7", "haiku", 20, 0],
    ),
    "benchmark_results_unscored": (
        """
        SELECT * FROM benchmark_results
        WHERE benchmark_run_id = %s AND outcome = %s AND (model_name, test_case_index, repeat_index) > (%s, %s, %s)
        ORDER BY model_name, test_case_index, repeat_index LIMIT 50
        """,
        ["run_7", "refused", "haiku", 1, 0],
    ),
    "skill_feedback_test_cases": (
        """
        SELECT * FROM skill_feedback
        WHERE skill_id = %s AND feedback_type = 'training_example' AND status = 'accepted'
        AND example_input IS NOT NULL AND expected_output IS NOT NULL AND id > %s ORDER BY id LIMIT 50
        """,
        ["greeting", 20],
    ),
    "skill_feedback_test_cases_by_time": (
        """
        SELECT * FROM skill_feedback
        WHERE skill_id = %s AND feedback_type = 'training_example' AND status = 'accepted'
        AND example_input IS NOT NULL AND expected_output IS NOT NULL
        AND (created_at, public_id) > ('2026-05-01', '00000000-0000-0000-0000-000000000000')
        ORDER BY created_at, public_id LIMIT 50
        """,
        ["greeting"],
    ),
    "token_measurement_daily_pkey": (
        """
        SELECT day, sum(estimated_cost_microcents) / sum(cost_counted) FROM token_measurement_daily
        WHERE skill_id = %s AND day >= '2026-08-01' GROUP BY day ORDER BY day
        """,
        ["skill_7"],
    ),
    "token_measurements_of_skill": (
        "SELECT * FROM token_measurements WHERE skill_id = %s AND measured_at >= '2026-08-01' ORDER BY measured_at",
        ["skill_7"],
    ),
}


def many(cursor: Cursor, table: str, changes: Iterable[dict[str, Any]]) -> None:
    """Rows like the valid one, each with its changes; where the database chooses ids, it does."""
    rows = [ROWS[table] | change for change in changes]
    columns = {column for row in rows for column in row}
    if table not in {"skills", "benchmark_runs"}:
        columns -= {"id"}
    copy_rows(cursor, table, list(columns), ([row.get(column) for column in columns] for row in rows))


def fill(cursor: Cursor) -> None:
    skills = [f"skill_{number}" for number in range(50)]
    many(cursor, "skills", [{"id": skill} for skill in ("greeting", *skills)])
    insert(cursor, "skill_versions", **ROWS["skill_versions"])
    many(
        cursor,
        "benchmark_runs",
        [
            {"id": f"run_{number}", "idempotency_key": None, "idempotency_body_sha256": None}
            | {"created_at": MOMENT + timedelta(hours=number), "completed_at": MOMENT + timedelta(hours=number + 1)}
            for number in range(2_000)
        ],
    )
    unscored = dict.fromkeys(SCORES) | {"outcome": "refused", "error_type": "refusal", "matches_expected": None}
    many(
        cursor,
        "benchmark_results",
        [
            {"benchmark_run_id": f"run_{run}", "model_name": model, "test_case_index": case}
            | (unscored if case % 10 == 0 else {})
            for run in range(20)
            for model in ("haiku", "sonnet")
            for case in range(100)
        ],
    )
    many(
        cursor,
        "token_measurements",
        [
            {"skill_id": skill, "source": "assistant", "benchmark_run_id": None, "deduplication_key": None}
            | {"measured_at": MOMENT + timedelta(days=day)}
            for skill in skills
            for day in range(200)
        ],
    )
    many(cursor, "skill_feedback", [{"skill_id": skill} for skill in ("greeting", *skills) for _ in range(100)])


@pytest.fixture(scope="module")
def large(server: Server, migrated: str) -> Iterator[Cursor]:
    """The runtime role's transaction for `acme` in a database with some thousand rows in each table that grows."""
    name = server.create_database(migrated)
    with server.connect(name, OWNER) as owner:
        with tenant_transaction(owner, "acme") as cursor:
            fill(cursor)
        owner.execute("ANALYZE")
    with server.connect(name, RUNTIME) as runtime, tenant_transaction(runtime, "acme") as cursor:
        yield cursor


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from steps(part)


@pytest.mark.parametrize("index", list(READS))
def test_a_read_finds_its_rows_through_the_index_and_in_its_order(large: Cursor, index: str) -> None:
    query, parameters = READS[index]
    row = large.execute("EXPLAIN (FORMAT JSON) " + query, parameters).fetchone()
    assert row is not None
    plan = list(steps(row["QUERY PLAN"][0]["Plan"]))
    (scan,) = [step for step in plan if "Scan" in step["Node Type"] and "Index Name" in step]
    assert scan["Index Name"] == index
    assert "tenant_id = NULLIF(current_setting('app.current_tenant_id'" in scan["Index Cond"]
    assert "Filter" not in scan
    assert [step["Node Type"] for step in plan if step["Node Type"] in {"Sort", "Seq Scan"}] == []


def test_retention_finds_the_runs_of_all_tenants_that_are_due_through_an_index(large: Cursor, server: Server) -> None:
    with server.connect(large.connection.info.dbname, OWNER) as owner:
        with tenant_transaction(owner, "acme") as cursor:
            cursor.execute("UPDATE benchmark_runs SET results_expired_at = now() WHERE created_at < '2026-05-20'")
        owner.execute("ANALYZE benchmark_runs")
        with tenant_transaction(owner, "nobody") as cursor:
            assert len(runs_to_expire(cursor, 0, 10)) == 10
            row = cursor.execute(
                "EXPLAIN (FORMAT JSON) SELECT tenant_id, id FROM benchmark_runs WHERE completed_at < now() "
                "AND (results_expired_at IS NULL OR results_expired_at < completed_at) ORDER BY completed_at LIMIT 100"
            ).fetchone()
    assert row is not None
    plan = list(steps(row["QUERY PLAN"][0]["Plan"]))
    assert [step["Index Name"] for step in plan if "Index Name" in step] == ["benchmark_runs_to_expire"]
    assert "Seq Scan" not in {step["Node Type"] for step in plan}
