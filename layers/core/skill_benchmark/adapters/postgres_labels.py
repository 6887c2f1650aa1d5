"""Verdicts and people's labels on one answer."""

from decimal import Decimal
from typing import Any

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.adapters.postgres_pages import read_page
from skill_benchmark.domain.errors import Conflict, NotFound
from skill_benchmark.domain.labels import Dimension
from skill_benchmark.domain.result_ids import Grid, parts_of

Row = dict[str, Any]

_VERDICT = (
    "judge, verdict_index, status, same_family, left_out, repaired, evidence_quotes, quality_notes, "
    "quality_score, faithfulness_score, relevancy_score, precision_score, recall_score, matches_expected, "
    "had_reference, input_sha256, rubric_sha256, prompt_version, estimated_cost_microcents, cost_missing_reason, "
    "latency_ms, attempts, error_type, error_message"
)
_LABEL = "rater, dimension, value, blinded, created_at"


def verdicts_page(
    cursor: Cursor, result_id: str, *, after: tuple[str, int] | None, limit: int
) -> tuple[list[Row], bool]:
    """Verdicts on one answer, by judge, and whether there may be more. Raises NotFound.

    `after` holds judge and verdict_index of the last row of the page before.
    """
    _rows_of(cursor, result_id)
    judge, index = after or (None, None)
    return read_page(
        cursor,
        f"SELECT {_VERDICT} FROM benchmark_verdicts WHERE benchmark_run_id = %(run)s "  # noqa: S608 - a constant
        "AND model_name = %(model)s AND test_case_index = %(case)s AND repeat_index = %(repeat)s"
        + (" AND (judge, verdict_index) > (%(judge)s, %(index)s)" if after else ""),
        order="judge, verdict_index",
        long="evidence_quotes, quality_notes, error_message",
        limit=limit,
        values={**_planned(cursor, result_id), "judge": judge, "index": index},
    )


def add_label(
    cursor: Cursor, result_id: str, *, rater: str, dimension: Dimension, value: float, blinded: bool
) -> tuple[Row, bool]:
    """Add a label; returns it and whether it is new. Raises NotFound, or Conflict with one that the rater gave before.

    Labels never change: what a person said first, before others could be seen, is what they are kept for. They are of
    the answer, by whichever run's id it was labelled.
    """
    own, every = _rows_of(cursor, result_id)
    values = {
        "result": own,
        "results": every,
        "rater": rater,
        "dimension": dimension,
        # As it was sent: PostgreSQL would round a double to 15 digits, and the same label again would be another one.
        "value": Decimal(repr(value)),
        "blinded": blinded,
    }
    given_before = "benchmark_result_id = ANY(%(results)s) AND rater = %(rater)s AND dimension = %(dimension)s"
    added = cursor.execute(
        "INSERT INTO result_labels (benchmark_result_id, rater, dimension, value, blinded) "  # noqa: S608 - constants
        "SELECT %(result)s, %(rater)s, %(dimension)s, %(value)s, %(blinded)s "
        f"WHERE NOT EXISTS (SELECT FROM result_labels WHERE {given_before}) "
        f"ON CONFLICT (tenant_id, benchmark_result_id, dimension, rater) DO NOTHING RETURNING {_LABEL}",
        values,
    ).fetchone()
    if added is not None:
        return {"benchmark_result_id": result_id, **added}, True
    known = cursor.execute(
        f"SELECT {_LABEL} FROM result_labels WHERE {given_before} ORDER BY id LIMIT 1",  # noqa: S608 - constants
        values,
    ).fetchone()
    assert known is not None
    if (known["value"], known["blinded"]) != (value, blinded):
        raise Conflict(
            f"{rater!r} has scored {dimension} of this answer before, and a label does not change", kind="label-exists"
        )
    return {"benchmark_result_id": result_id, **known}, False


def labels_page(cursor: Cursor, result_id: str, *, after: tuple[str, str] | None, limit: int) -> tuple[list[Row], bool]:
    """Labels of one answer, by dimension and rater, and whether there may be more. Raises NotFound.

    `after` holds these two of the last row of the page before.
    """
    dimension, rater = after or (None, None)
    _, every = _rows_of(cursor, result_id)
    rows, more = read_page(
        cursor,
        f"SELECT {_LABEL} FROM (SELECT DISTINCT ON (dimension, rater) {_LABEL} FROM result_labels "  # noqa: S608
        "WHERE benchmark_result_id = ANY(%(results)s) ORDER BY dimension, rater, id) AS first"
        + (" WHERE (dimension, rater) > (%(dimension)s, %(rater)s)" if after else ""),
        order="dimension, rater",
        long="rater",
        limit=limit,
        values={"results": every, "dimension": dimension, "rater": rater},
    )
    return [{"benchmark_result_id": result_id, **row} for row in rows], more


def _rows_of(cursor: Cursor, result_id: str) -> tuple[int, list[int]]:
    """What tables call the result, and all results of the same answer: those of runs that judged it again too.

    These numbers count the results of all tenants, and nobody else is told them.
    """
    rows = cursor.execute(
        "SELECT result.id, run.id = %(run)s AS own FROM benchmark_results result "
        "JOIN benchmark_runs run ON run.id = result.benchmark_run_id "
        "WHERE (run.id = %(bought_by)s OR run.rejudged_run_id = %(bought_by)s) "
        "AND model_name = %(model)s AND test_case_index = %(case)s AND repeat_index = %(repeat)s",
        _planned(cursor, result_id),
    ).fetchall()
    own: list[int] = [row["id"] for row in rows if row["own"]]
    if not own:
        raise _unknown(result_id)
    return own[0], [row["id"] for row in rows]


def _planned(cursor: Cursor, result_id: str) -> dict[str, Any]:
    """The key of an answer that a run planned. Raises NotFound."""
    run_id, number = parts_of(result_id)
    run = cursor.execute(
        "SELECT models, planned_cases, repeats, coalesce(rejudged_run_id, id) AS bought_by "
        "FROM benchmark_runs WHERE id = %s",
        [run_id],
    ).fetchone()
    branch = Grid(run["models"], run["planned_cases"], run["repeats"]).branch_of(number) if run else None
    if run is None or branch is None:
        raise _unknown(result_id)
    model, case, repeat = branch
    return {"run": run_id, "bought_by": run["bought_by"], "model": model, "case": case, "repeat": repeat}


def _unknown(result_id: str) -> NotFound:
    return NotFound(f"result {result_id!r} does not exist")
