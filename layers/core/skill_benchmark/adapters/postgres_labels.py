"""Verdicts and people's labels on one answer."""

from typing import Any

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.domain.errors import Conflict, NotFound
from skill_benchmark.domain.labels import Dimension

Row = dict[str, Any]

_LABEL = "id, benchmark_result_id, rater, dimension, value, blinded, created_at"


def verdicts_of(cursor: Cursor, result_id: int) -> list[Row]:
    """All verdicts on one answer, by judge. Raises NotFound."""
    _require_result(cursor, result_id)
    return cursor.execute(
        "SELECT judge, verdict_index, verdict.status, same_family, left_out, repaired, evidence_quotes, "
        "verdict.quality_notes, verdict.quality_score, verdict.faithfulness_score, verdict.relevancy_score, "
        "verdict.precision_score, verdict.recall_score, verdict.matches_expected, verdict.had_reference, input_sha256, "
        "rubric_sha256, prompt_version, verdict.estimated_cost_microcents, verdict.cost_missing_reason, "
        "verdict.latency_ms, verdict.attempts, verdict.error_type, verdict.error_message "
        "FROM benchmark_results result JOIN benchmark_verdicts verdict "
        "USING (benchmark_run_id, model_name, test_case_index, repeat_index) "
        "WHERE result.id = %s ORDER BY judge, verdict_index",
        [result_id],
    ).fetchall()


def add_label(
    cursor: Cursor, result_id: int, *, rater: str, dimension: Dimension, value: float, blinded: bool
) -> tuple[Row, bool]:
    """Add a label; returns it and whether it is new. Raises NotFound, or Conflict with one that the rater gave before.

    Labels never change: what a person said first, before others could be seen, is what they are kept for.
    """
    _require_result(cursor, result_id)
    values = {"result": result_id, "rater": rater, "dimension": dimension, "value": value, "blinded": blinded}
    added = cursor.execute(
        "INSERT INTO result_labels "  # noqa: S608 - a constant of this module
        "(benchmark_result_id, rater, dimension, value, blinded) "
        "VALUES (%(result)s, %(rater)s, %(dimension)s, %(value)s, %(blinded)s) "
        f"ON CONFLICT (tenant_id, benchmark_result_id, dimension, rater) DO NOTHING RETURNING {_LABEL}",
        values,
    ).fetchone()
    if added is not None:
        return added, True
    # Compared where it is kept: as a numeric, a float has fewer digits.
    known = cursor.execute(
        f"SELECT {_LABEL}, value = cast(%(value)s AS numeric) AND blinded = %(blinded)s AS same "  # noqa: S608 - a constant of this module
        "FROM result_labels WHERE benchmark_result_id = %(result)s AND rater = %(rater)s AND dimension = %(dimension)s",
        values,
    ).fetchone()
    assert known is not None
    if not known.pop("same"):
        raise Conflict(f"{rater!r} has scored {dimension} of this answer before, and a label does not change")
    return known, False


def labels_of(cursor: Cursor, result_id: int) -> list[Row]:
    """All labels of one answer, by dimension and rater. Raises NotFound."""
    _require_result(cursor, result_id)
    return cursor.execute(
        f"SELECT {_LABEL} FROM result_labels "  # noqa: S608 - a constant of this module
        "WHERE benchmark_result_id = %s ORDER BY dimension, rater",
        [result_id],
    ).fetchall()


def _require_result(cursor: Cursor, result_id: int) -> None:
    if cursor.execute("SELECT 1 FROM benchmark_results WHERE id = %s", [result_id]).fetchone() is None:
        raise NotFound(f"result {result_id} does not exist")
