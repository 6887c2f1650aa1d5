"""Verdicts on one answer, people's labels, and a judge's scores beside them."""

from collections.abc import Sequence
from typing import Any

from psycopg import sql

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.domain.errors import Conflict, NotFound
from skill_benchmark.domain.judge_validation import JudgedScores, LabelledScore
from skill_benchmark.domain.labels import Dimension

Row = dict[str, Any]

_LABEL = "id, benchmark_result_id, rater, dimension, value, blinded, created_at"

# Verdicts of one judge on one answer are one score, their mean, in whichever runs they were given: an answer that was
# judged anew is still the answer of the run that bought it.
_JUDGED = """
    WITH judged AS (
        SELECT coalesce(run.rejudged_run_id, run.id) AS bought_by, verdict.model_name, verdict.test_case_index,
            verdict.repeat_index, avg(verdict.{dimension}) AS score
        FROM benchmark_verdicts verdict JOIN benchmark_runs run ON run.id = verdict.benchmark_run_id
        WHERE verdict.judge = %(judge)s AND verdict.status = 'scored' AND run.simulated = %(simulated)s
            AND (%(skill)s::text IS NULL OR run.skill_id = %(skill)s)
        GROUP BY 1, 2, 3, 4
    )
"""


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
    known = cursor.execute(
        f"SELECT {_LABEL} FROM result_labels "  # noqa: S608 - a constant of this module
        "WHERE benchmark_result_id = %(result)s AND rater = %(rater)s AND dimension = %(dimension)s",
        values,
    ).fetchone()
    assert known is not None
    if (known["value"], known["blinded"]) != (value, blinded):
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


def has_judged(cursor: Cursor, judge: str, *, simulated: bool) -> bool:
    row = cursor.execute(
        "SELECT 1 FROM benchmark_runs WHERE %s = ANY (judges) AND simulated = %s LIMIT 1", [judge, simulated]
    ).fetchone()
    return row is not None


def judged_scores(
    cursor: Cursor, judge: str, dimension: Dimension, *, simulated: bool, skill_id: str | None
) -> JudgedScores:
    """A judge's scores of all answers, added up by the database, and those that people have scored too."""
    values = {"judge": judge, "simulated": simulated, "skill": skill_id, "dimension": dimension}
    judged = sql.SQL(_JUDGED).format(dimension=sql.Identifier(dimension))
    total = cursor.execute(
        judged + sql.SQL("SELECT count(*) AS n, sum(score) AS sum, sum(score * score) AS sum_of_squares FROM judged"),
        values,
    ).fetchone()
    assert total is not None
    labelled = cursor.execute(
        judged
        + sql.SQL(
            "SELECT concat_ws(' ', judged.bought_by, judged.test_case_index, judged.repeat_index, judged.model_name) "
            "AS answer, label.rater, label.value, label.blinded, judged.score "
            "FROM result_labels label JOIN benchmark_results result ON result.id = label.benchmark_result_id "
            "JOIN benchmark_runs run ON run.id = result.benchmark_run_id "
            "JOIN judged ON judged.bought_by = coalesce(run.rejudged_run_id, run.id) "
            "AND judged.model_name = result.model_name AND judged.test_case_index = result.test_case_index "
            "AND judged.repeat_index = result.repeat_index "
            "WHERE label.dimension = %(dimension)s "
            "ORDER BY judged.bought_by, judged.model_name, judged.test_case_index, judged.repeat_index, label.id"
        ),
        values,
    ).fetchall()
    return JudgedScores(
        count=total["n"],
        sum=float(total["sum"] or 0),
        sum_of_squares=float(total["sum_of_squares"] or 0),
        labelled=_labelled(labelled),
    )


def _labelled(rows: Sequence[Row]) -> list[LabelledScore]:
    return [
        LabelledScore(
            answer=row["answer"],
            judge=float(row["score"]),
            rater=row["rater"],
            value=float(row["value"]),
            blinded=row["blinded"],
        )
        for row in rows
    ]


def _require_result(cursor: Cursor, result_id: int) -> None:
    if cursor.execute("SELECT 1 FROM benchmark_results WHERE id = %s", [result_id]).fetchone() is None:
        raise NotFound(f"result {result_id} does not exist")
