"""How many calls of models and judges the runs of a tenant may plan in one day (UTC)."""

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.domain.errors import DailyCallsReached

# A run on stored answers buys verdicts only. One that never began has bought nothing.
_PLANNED_TODAY = """
SELECT
    COALESCE(sum(calls), 0)::bigint AS planned,
    COALESCE(sum(calls) FILTER (WHERE id = %(run)s), 0)::bigint AS by_this_run,
    ceil(extract(epoch FROM (today.day + 1) - (now() AT TIME ZONE 'UTC')))::integer AS seconds_left
FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS day) AS today
LEFT JOIN LATERAL (
    SELECT
        id,
        planned_results::bigint
            * (cardinality(judges) * verdicts_per_judge + CASE WHEN rejudged_run_id IS NULL THEN 1 ELSE 0 END) AS calls
    FROM benchmark_runs
    WHERE created_at >= (today.day::timestamp AT TIME ZONE 'UTC')
        AND NOT (status IN ('failed', 'cancelled') AND started_at IS NULL)
) AS run ON true
GROUP BY today.day
"""


def lock_daily_calls(cursor: Cursor) -> None:
    """Until the transaction ends no other one of this tenant plans calls, so that two cannot take the same rest."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('daily calls of ' || current_tenant_id(), 0))")


def check_daily_calls(cursor: Cursor, run_id: str, limit: int) -> None:
    """Raises DailyCallsReached when the runs of today plan more calls than the limit, with this one among them."""
    cursor.execute(_PLANNED_TODAY, {"run": run_id})
    today = cursor.fetchone()
    assert today is not None
    if today["planned"] > limit:
        raise DailyCallsReached(
            f"this run plans {today['by_this_run']} calls, and the others of today "
            f"{today['planned'] - today['by_this_run']}; a tenant may plan {limit} a day. Ask for fewer test cases, "
            "repeats or verdicts, or wait until midnight UTC",
            today["seconds_left"],
        )
