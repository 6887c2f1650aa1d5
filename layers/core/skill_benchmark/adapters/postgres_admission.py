"""Claims on places for calls, of all tenants: rows of `run_admissions`."""

from collections.abc import Sequence
from dataclasses import dataclass

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.domain.admission import Claim, priority_of


@dataclass(frozen=True)
class Admission:
    """The claim of an unfinished run, and how its places are spread over its Map."""

    claim: Claim
    branches_in_flight: int | None
    execution_arn: str | None


def see_all_tenants(cursor: Cursor) -> None:
    """Let the rest of the transaction see and change the claims of all tenants."""
    cursor.execute("SELECT set_config('app.scope', 'deployment', true)")


def lock(cursor: Cursor) -> None:
    """Share out places one after the other; held until the end of the transaction."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('skill_benchmark_admission', 0))")


def now(cursor: Cursor) -> float:
    """Seconds since the epoch by the clock that claims are queued by."""
    row = cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8 AS now").fetchone()
    assert row is not None
    seconds: float = row["now"]
    return seconds


def admissions(cursor: Cursor, model_provider: str | None = None) -> Sequence[Admission]:
    """All claims on the places of one provider; without one, of all of them."""
    cursor.execute(
        "SELECT benchmark_run_id, tenant_id, triggered_by, extract(epoch FROM queued_at)::float8 AS queued_at, wanted, "
        "granted, held, branches_in_flight, execution_arn FROM run_admissions "
        "WHERE %(provider)s::text IS NULL OR model_provider = %(provider)s ORDER BY queued_at, benchmark_run_id",
        {"provider": model_provider},
    )
    return [
        Admission(
            Claim(
                run_id=row["benchmark_run_id"],
                tenant_id=row["tenant_id"],
                priority=priority_of(row["triggered_by"]),
                queued_at=row["queued_at"],
                wanted=row["wanted"],
                granted=row["granted"],
                held=row["held"],
            ),
            row["branches_in_flight"],
            row["execution_arn"],
        )
        for row in cursor
    ]


def admit(cursor: Cursor, run_id: str, places: int, branches_in_flight: int, execution_arn: str) -> None:
    cursor.execute(
        "UPDATE run_admissions SET granted = %(places)s, held = %(places)s, branches_in_flight = %(branches)s, "
        "execution_arn = %(execution)s, admitted_at = now() WHERE benchmark_run_id = %(run)s",
        {"places": places, "branches": branches_in_flight, "execution": execution_arn, "run": run_id},
    )


def withdraw(cursor: Cursor, run_id: str) -> None:
    """The run waits again: the execution that held its places has ended."""
    cursor.execute("UPDATE run_admissions SET granted = 0, held = 0 WHERE benchmark_run_id = %s", [run_id])


def change_grant(cursor: Cursor, run_id: str, granted: int) -> None:
    """Grant more or fewer places. Of fewer, the run holds what it had until its calls have ended."""
    cursor.execute(
        "UPDATE run_admissions SET granted = %(granted)s, held = greatest(held, %(granted)s) "
        "WHERE benchmark_run_id = %(run)s AND granted > 0",
        {"granted": granted, "run": run_id},
    )


def note_in_flight(cursor: Cursor, run_id: str, in_flight: int) -> None:
    """So many calls of a run that gives places up are still in flight at most."""
    cursor.execute(
        "UPDATE run_admissions SET held = greatest(granted, least(held, %(in_flight)s)) "
        "WHERE benchmark_run_id = %(run)s",
        {"in_flight": in_flight, "run": run_id},
    )
