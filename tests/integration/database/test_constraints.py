"""Each constraint refuses the row that it is there to refuse, and is the one that does."""

from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, UniqueViolation
from psycopg.types.json import Jsonb

from skill_benchmark.adapters.postgres import Cursor, tenant_transaction
from tests.integration.database.conftest import OWNER, Server
from tests.integration.database.refused_keys import FOREIGN_KEYS, THEIRS, UNIQUE, Case
from tests.integration.database.refused_rows import (
    CHECKS,
    NO_COST,
    NO_LATENCY,
    NO_MATCHES,
    NO_SCORES,
    NO_TOKENS,
    TOKENS,
    UNSCORED,
)
from tests.integration.database.rows import ROWS, insert, seed, valid_rows

TESTED_BY_THEMSELVES = {
    *("skills_tenant_id_check", "benchmark_runs_id_key"),
    # In test_admission_rows.py: its rows come and go with those of runs.
    *("run_admissions_pkey", "run_admissions_run_fkey", "run_admissions_places_check", "run_admissions_branches_check"),
}


def broken_rows() -> list[Any]:
    return [
        pytest.param(constraint, table, changes, id=f"{constraint}-{number}")
        for constraint, (table, all_changes) in CHECKS.items()
        for number, changes in enumerate(all_changes)
    ]


@pytest.mark.parametrize(("constraint", "table", "changes"), broken_rows())
def test_a_row_that_breaks_a_rule_is_refused_by_the_check_of_that_rule(
    seeded: Cursor, constraint: str, table: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(CheckViolation) as refused:
        insert(seeded, table, **ROWS[table] | changes)
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize(("constraint", "case"), list(UNIQUE.items()), ids=list(UNIQUE))
def test_a_second_row_for_the_same_thing_is_refused(seeded: Cursor, constraint: str, case: Case) -> None:
    table, changes = case
    with pytest.raises(UniqueViolation) as refused:
        insert(seeded, table, **ROWS[table] | changes)
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize(("constraint", "case"), list(FOREIGN_KEYS.items()), ids=list(FOREIGN_KEYS))
def test_a_row_cannot_refer_to_a_row_of_another_tenant(
    server: Server, migrated: str, constraint: str, case: Case
) -> None:
    table, changes = case
    with server.connect(migrated, OWNER) as connection, connection.transaction() as all_of_it:
        cursor = connection.cursor()
        cursor.execute("SELECT set_config('app.current_tenant_id', 'globex', true)")
        seed(cursor, THEIRS)
        cursor.execute("SELECT set_config('app.current_tenant_id', 'acme', true)")
        seed(cursor)
        with pytest.raises(ForeignKeyViolation) as refused, connection.transaction():
            insert(cursor, table, **ROWS[table] | changes)
        assert refused.value.diag.constraint_name == constraint
        raise psycopg.Rollback(all_of_it)


@pytest.mark.parametrize("tenant_id", ["", "x" * 201])
def test_a_tenant_has_a_name_of_1_to_200_characters(server: Server, migrated: str, tenant_id: str) -> None:
    """As an administrator, whom row level security does not stop."""
    with server.administrator(migrated) as connection, pytest.raises(CheckViolation) as refused:
        insert(connection.cursor(), "skills", tenant_id=tenant_id, **ROWS["skills"])
    assert refused.value.diag.constraint_name == "skills_tenant_id_check"


def test_two_tenants_cannot_have_a_run_of_one_id_because_their_records_would_be_the_same(
    server: Server, migrated: str
) -> None:
    with server.connect(migrated, OWNER) as connection, connection.transaction() as all_of_it:
        cursor = connection.cursor()
        for tenant_id in ("acme", "globex"):
            cursor.execute("SELECT set_config('app.current_tenant_id', %s, true)", [tenant_id])
            for table in ("skills", "skill_versions"):
                insert(cursor, table, **ROWS[table])
            if tenant_id == "acme":
                insert(cursor, "benchmark_runs", **ROWS["benchmark_runs"])
        with pytest.raises(UniqueViolation) as refused, connection.transaction():
            insert(cursor, "benchmark_runs", **ROWS["benchmark_runs"])
        assert refused.value.diag.constraint_name == "benchmark_runs_id_key"
        raise psycopg.Rollback(all_of_it)


def test_two_tenants_may_use_the_same_names(server: Server, migrated: str) -> None:
    with server.connect(migrated, OWNER) as connection, connection.transaction() as all_of_it:
        cursor = connection.cursor()
        other_run = valid_rows()
        for table, row in other_run.items():
            if "benchmark_run_id" in row:
                row["benchmark_run_id"] = "run_2"
            if table == "benchmark_runs":
                row["id"] = "run_2"
        for tenant_id, rows in (("acme", ROWS), ("globex", other_run)):
            cursor.execute("SELECT set_config('app.current_tenant_id', %s, true)", [tenant_id])
            seed(cursor, rows)
        raise psycopg.Rollback(all_of_it)


def test_a_row_with_nothing_measured_is_accepted(server: Server, migrated: str) -> None:
    """A run of which nothing came: every figure that could not be had is NULL."""
    optional: dict[str, dict[str, Any]] = {
        "benchmark_runs": {
            "scored_results": 0,
            "best_model": None,
            "best_quality_score": None,
            "best_model_tied_with": [],
            "ranking_basis": None,
        }
        | {"cheapest_model": None, "cheapest_cost_microcents": None, "model_cost_microcents": None}
        | {"lost_attempts_cost_microcents": None, "judge_cost_microcents": None, "status": "failed"}
        | {"lost_attempts_cost_uncounted": None}
        | {"error_type": "States.Timeout", "error_message": "the run took too long", "started_at": None}
        | {"idempotency_key": None, "idempotency_body_sha256": None},
        "benchmark_results": {**UNSCORED, **dict.fromkeys(TOKENS), "outcome": "missing", "error_type": "Missing"}
        | {"output_produced": None, "expected_output": None, "stop_reason": None, "latency_ms": None}
        | {"first_token_ms": None, "estimated_cost_microcents": None, "lost_attempts_cost_microcents": None}
        | {"lost_attempts_cost_uncounted": None}
        | {"judge_cost_microcents": None, "matches_expected": None, "attempts": None},
        "benchmark_verdicts": {**UNSCORED, **dict.fromkeys(TOKENS), "status": "failed", "matches_expected": None}
        | {"input_sha256": None, "estimated_cost_microcents": None, "latency_ms": None, "attempts": None},
        "benchmark_model_summaries": {**NO_SCORES, **NO_LATENCY, **NO_TOKENS, **NO_COST, **NO_MATCHES}
        | {"scored_results": 0, "excluded_by_outcome": Jsonb({"missing": 6}), "ranked": False}
        | {"scored_cases": None, "adjusted_quality_score": None, "unseen_failure_share": None}
        | {"repeat_sd": None, "judge_sd": None}
        | {"not_ranked_reason": "nothing was scored", "quality_sd": None, "quality_interval_low": None}
        | {"quality_interval_high": None, "quality_interval_method": None, "match_interval_low": None}
        | {"match_interval_high": None, "latency_counted_results": 0, "first_token_ms_p50": None}
        | {"first_token_ms_p95": None, "tokens_counted_results": 0, "cost_counted_results": 0}
        | {"cost_per_scored_answer_microcents": None, "lost_attempts_cost_microcents": None}
        | {"lost_attempts_cost_uncounted": None}
        | {"judge_cost_microcents": None},
        "benchmark_model_pairs": {"cases": 0, "wins": 0, "ties": 0, "losses": 0, "difference": None}
        | {"difference_sd": None, "matters": None}
        | {"interval_low": None, "interval_high": None, "p_value": None, "p_value_holm": None, "method": None}
        | {"smallest_detectable_difference": None, "verdict": None, "reason": "no case has both models scored"},
        "token_measurements": {**dict.fromkeys(TOKENS), "estimated_cost_microcents": None, "latency_ms": None},
    }
    with server.connect(migrated, OWNER) as connection, tenant_transaction(connection, "acme") as cursor:
        seed(cursor, {table: row | optional.get(table, {}) for table, row in ROWS.items()})
        raise psycopg.Rollback


def test_an_interval_of_the_release_before_may_reach_beyond_the_scale(seeded: Cursor) -> None:
    """It is live while it is migrated, and after a rollback, and counts no scored cases."""
    beyond = {"quality_interval_low": -8.6, "quality_interval_high": 104, "match_interval_low": -1e-17}
    unknown = {"scored_cases": None, "adjusted_quality_score": None, "unseen_failure_share": None}
    row = ROWS["benchmark_model_summaries"] | unknown | beyond | {"model_name": "opus"}
    insert(seeded, "benchmark_model_summaries", **row)
    of_pair = {"model_b": "opus", "difference_sd": None, "interval_low": -104, "interval_high": 112}
    insert(seeded, "benchmark_model_pairs", **ROWS["benchmark_model_pairs"] | of_pair)


def test_every_constraint_is_tested(seeded: Cursor) -> None:
    names = seeded.execute(
        """
        SELECT conname AS name FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'p', 'u', 'f')
        UNION
        SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = 'public'::regnamespace AND indisunique
        """
    ).fetchall()
    of_the_runner = {"skill_benchmark_migrations_pkey"}
    assert {row["name"] for row in names} - of_the_runner == {
        *CHECKS,
        *UNIQUE,
        *FOREIGN_KEYS,
        *TESTED_BY_THEMSELVES,
    }


def test_total_tokens_are_the_sum_of_what_was_billed_and_unknown_where_that_is(seeded: Cursor) -> None:
    insert(
        seeded,
        "benchmark_results",
        **ROWS["benchmark_results"]
        | {"id": 5, "repeat_index": 1, "cache_read_tokens": 2_000_000_000, "cache_write_tokens": 2_000_000_000},
    )
    insert(
        seeded, "benchmark_results", **ROWS["benchmark_results"] | dict.fromkeys(TOKENS) | {"id": 6, "repeat_index": 2}
    )
    rows = seeded.execute("SELECT total_tokens FROM benchmark_results ORDER BY repeat_index").fetchall()
    assert [row["total_tokens"] for row in rows] == [15, 4_000_000_015, None]
