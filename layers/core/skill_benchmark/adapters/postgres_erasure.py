"""Deleting rows, which only the owner of the schema may do. Row level security binds it to the transaction's tenant."""

from dataclasses import dataclass

from psycopg import sql

from skill_benchmark.adapters.postgres import Cursor

RESULTS_AT_ONCE = 5_000
"""Of one transaction; a run may have 100,000, with 50 verdicts on each."""

_OF_A_RUN = ("benchmark_model_pairs", "benchmark_model_summaries", "token_measurements", "run_admissions")
_OF_A_SKILL = ("token_measurements", "token_measurement_daily", "skill_feedback", "skill_versions")


@dataclass(frozen=True)
class ExpiringRun:
    tenant_id: str
    run_id: str


def skills_of_tenant(cursor: Cursor) -> list[str]:
    return [row["id"] for row in cursor.execute("SELECT id FROM skills ORDER BY id")]


def runs_at_work(cursor: Cursor, skill_id: str | None, minutes: int) -> list[str]:
    """Runs, of one skill or of all, that may still write: unfinished, or stopped within the last minutes."""
    return [
        row["id"]
        for row in cursor.execute(
            "SELECT id FROM benchmark_runs WHERE (%(skill)s::text IS NULL OR skill_id = %(skill)s) AND ("
            "status IN ('queued', 'running') OR (status IN ('failed', 'cancelled') AND started_at IS NOT NULL "
            "AND completed_at > now() - make_interval(mins => %(minutes)s))) ORDER BY created_at, id",
            {"skill": skill_id, "minutes": minutes},
        )
    ]


def runs_of_skill(cursor: Cursor, skill_id: str) -> list[str]:
    """The newest first: a run on stored answers refers to the older one that bought them."""
    return [
        row["id"]
        for row in cursor.execute(
            "SELECT id FROM benchmark_runs WHERE skill_id = %s ORDER BY created_at DESC, id DESC", [skill_id]
        )
    ]


def delete_results(cursor: Cursor, run_id: str) -> int:
    """Delete some results of a run with their verdicts and labels. Returns how many; 0 when none is left."""
    found = cursor.execute(
        "SELECT id, model_name, test_case_index, repeat_index FROM benchmark_results WHERE benchmark_run_id = %s "
        "ORDER BY model_name, test_case_index, repeat_index LIMIT %s",
        [run_id, RESULTS_AT_ONCE],
    ).fetchall()
    if not found:
        return 0
    ids, models, cases, repeats = ([row[name] for row in found] for name in found[0])
    cursor.execute("DELETE FROM result_labels WHERE benchmark_result_id = ANY(%s)", [ids])
    cursor.execute(
        "DELETE FROM benchmark_verdicts verdict USING unnest(%s::text[], %s::integer[], %s::integer[]) "
        "AS result (model_name, test_case_index, repeat_index) WHERE benchmark_run_id = %s "
        "AND (verdict.model_name, verdict.test_case_index, verdict.repeat_index) "
        "= (result.model_name, result.test_case_index, result.repeat_index)",
        [models, cases, repeats, run_id],
    )
    cursor.execute("DELETE FROM benchmark_results WHERE id = ANY(%s)", [ids])
    return len(ids)


def delete_run(cursor: Cursor, run_id: str) -> None:
    """Delete the row of a run without results, and all that is left of it."""
    for table in _OF_A_RUN:
        cursor.execute(sql.SQL("DELETE FROM {} WHERE benchmark_run_id = %s").format(sql.Identifier(table)), [run_id])
    cursor.execute("DELETE FROM benchmark_runs WHERE id = %s", [run_id])


def delete_skill(cursor: Cursor, skill_id: str) -> int:
    """Delete a skill without runs. Returns 1, or 0 when there was none.

    Raises psycopg.errors.ForeignKeyViolation when a run of it was started meanwhile.
    """
    cursor.execute("UPDATE skills SET current_version_id = NULL WHERE id = %s", [skill_id])
    for table in _OF_A_SKILL:
        cursor.execute(sql.SQL("DELETE FROM {} WHERE skill_id = %s").format(sql.Identifier(table)), [skill_id])
    return cursor.execute("DELETE FROM skills WHERE id = %s", [skill_id]).rowcount


def runs_to_expire(cursor: Cursor, days: int, limit: int) -> list[ExpiringRun]:
    """Runs of all tenants that ended before so many days, the oldest first."""
    cursor.execute("SELECT set_config('app.scope', 'retention', true)")
    return [
        ExpiringRun(row["tenant_id"], row["id"])
        for row in cursor.execute(
            "SELECT tenant_id, id FROM benchmark_runs WHERE completed_at < now() - make_interval(days => %s) "
            "AND (results_expired_at IS NULL OR results_expired_at < completed_at) ORDER BY completed_at LIMIT %s",
            [days, limit],
        )
    ]


def note_expiry(cursor: Cursor, run_id: str) -> None:
    cursor.execute("UPDATE benchmark_runs SET results_expired_at = now() WHERE id = %s", [run_id])
