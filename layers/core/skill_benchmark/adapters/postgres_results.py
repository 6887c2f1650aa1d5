"""The results of a run in PostgreSQL: written a few thousand at a time, and read back as numbers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from psycopg import sql

from skill_benchmark.adapters.postgres import Cursor, Database, copy_rows, stage_rows
from skill_benchmark.adapters.result_rows import (
    MEASUREMENT_COLUMNS,
    RESULT_COLUMNS,
    RESULT_FIXED,
    RESULT_KEY,
    VERDICT_COLUMNS,
    VERDICT_FIXED,
    VERDICT_KEY,
    measurement_row,
    result_row,
    verdict_row,
)
from skill_benchmark.domain.measured import TOKENS, Measured
from skill_benchmark.domain.plan import Plan
from skill_benchmark.domain.records import AnswerRecord
from skill_benchmark.domain.results import Result
from skill_benchmark.domain.verdicts import DIMENSIONS

_ROWS_A_PAGE = 5_000


def write_results(cursor: Cursor, plan: Plan, results: Sequence[Result], *, unfinished: Sequence[Result] = ()) -> int:
    """Write the rows of results, of their verdicts and of what their answers cost. Returns how many are new or better.

    Of `unfinished` only what their answers cost is written.

    A result that failed or is missing gives way to one that came later. One with an answer that was scored, refused or
    truncated stays as it is, with its verdicts.
    """
    staged_results = stage_rows(
        cursor, "benchmark_results", RESULT_COLUMNS, (result_row(plan, result) for result in results)
    )
    staged_verdicts = stage_rows(
        cursor,
        "benchmark_verdicts",
        VERDICT_COLUMNS,
        (verdict_row(plan, result, call) for result in results for call in result.judge_calls),
    )
    cursor.execute(_WRITE.format(staged_results=staged_results, staged_verdicts=staged_verdicts))
    row = cursor.fetchone()
    assert row is not None
    copy_rows(
        cursor,
        "token_measurements",
        MEASUREMENT_COLUMNS,
        (measurement_row(plan, answer) for answer in _bought(plan, [*results, *unfinished])),
    )
    written: int = row["written"]
    return written


def measured_results(database: Database, tenant_id: str, run_id: str) -> Iterator[Measured]:
    """The numbers of all results of a run, by model, case and repeat; a page at a time."""
    after: dict[str, Any] = {"model": "", "case": -1, "repeat": -1}
    while True:
        with database.transaction(tenant_id) as cursor:
            page = cursor.execute(_PAGE, {"run_id": run_id, **after, "limit": _ROWS_A_PAGE}).fetchall()
        yield from map(_measured, page)
        if len(page) < _ROWS_A_PAGE:
            return
        last = page[-1]
        after = {"model": last["model_name"], "case": last["test_case_index"], "repeat": last["repeat_index"]}


def _bought(plan: Plan, results: Iterable[Result]) -> Iterable[AnswerRecord]:
    """The answers that this run has paid for, as far as their usage is known."""
    if plan.rejudged:
        return []
    return [result.answer for result in results if result.answer and result.answer.call.usage]


def _measured(row: dict[str, Any]) -> Measured:
    tokens = tuple(row[name] for name in TOKENS)
    return Measured(
        model=row["model_name"],
        case_index=row["test_case_index"],
        outcome=row["outcome"],
        answered=row["answered"],
        quality_score=row["quality_score"],
        dimensions={name: row[name] for name in DIMENSIONS},
        matched=row["matched"],
        latency_ms=row["latency_ms"],
        first_token_ms=row["first_token_ms"],
        tokens=None if None in tokens else tokens,
        cost_microcents=row["estimated_cost_microcents"],
        lost_cost_microcents=row["lost_attempts_cost_microcents"],
        lost_cost_uncounted=row["lost_attempts_cost_uncounted"],
        judge_cost_microcents=row["known_judge_cost_microcents"],
        judge_cost_uncounted=row["judge_cost_uncounted"],
        valid_verdicts=row["valid_verdicts"],
        quality_spread=row["quality_spread"],
    )


def _insert(table: str, columns: Sequence[str], key: Sequence[str], fixed: frozenset[str], source: str) -> str:
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in {*key, *fixed})
    return (
        f"INSERT INTO {table} AS present ({', '.join(columns)}) SELECT {', '.join(columns)} FROM {source} "  # noqa: S608 - of constants
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {updates}"
    )


# In one statement, so that the verdicts of a result that stays as it is stay as they are too.
_WRITE = sql.SQL(  # of constants
    "WITH written AS ("  # noqa: S608
    + _insert("benchmark_results", RESULT_COLUMNS, RESULT_KEY, RESULT_FIXED, "{staged_results}")
    + " WHERE array_position(ARRAY['missing', 'model_error', 'judge_error'], present.outcome)"
    " <= coalesce(array_position(ARRAY['missing', 'model_error', 'judge_error'], excluded.outcome), 4)"
    f" RETURNING {', '.join('present.' + name for name in RESULT_KEY)}"
    "), verdicts AS ("
    + _insert(
        "benchmark_verdicts",
        VERDICT_COLUMNS,
        VERDICT_KEY,
        VERDICT_FIXED,
        f"{{staged_verdicts}} JOIN written USING ({', '.join(RESULT_KEY)})",
    )
    + " WHERE present.status NOT IN ('scored', 'by_rule')"
    ") SELECT count(*) AS written FROM written"
)

_PAGE = f"""
    SELECT model_name, test_case_index, outcome, repeat_index, output_produced IS NOT NULL AS answered,
        quality_score, {", ".join(DIMENSIONS)}, coalesce(check_passed, matches_expected) AS matched,
        latency_ms, first_token_ms, {", ".join(TOKENS)}, estimated_cost_microcents, lost_attempts_cost_microcents,
        lost_attempts_cost_uncounted, valid_verdicts, quality_spread,
        judged.known_judge_cost_microcents, judged.judge_cost_uncounted
    FROM benchmark_results AS result, LATERAL (
        SELECT sum(estimated_cost_microcents)::bigint AS known_judge_cost_microcents,
            count(*) FILTER (WHERE estimated_cost_microcents IS NULL) AS judge_cost_uncounted
        FROM benchmark_verdicts AS verdict
        WHERE verdict.benchmark_run_id = result.benchmark_run_id AND verdict.model_name = result.model_name
            AND verdict.test_case_index = result.test_case_index AND verdict.repeat_index = result.repeat_index
    ) AS judged
    WHERE benchmark_run_id = %(run_id)s
        AND (model_name, test_case_index, repeat_index) > (%(model)s, %(case)s, %(repeat)s)
    ORDER BY model_name, test_case_index, repeat_index
    LIMIT %(limit)s
"""  # noqa: S608 - of constants
