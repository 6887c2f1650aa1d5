"""What a judge scored, and what people did beside it.

Verdicts of one judge on one answer are one score, their mean, in whichever runs they were given: an answer that was
re-judged is still the answer of the run that bought it.
"""

from typing import Any

from psycopg import sql

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.domain.judge_validation import JudgedScores, LabelledScore
from skill_benchmark.domain.labels import DIMENSIONS_OF_LABELS, Dimension

_OF_JUDGE = sql.SQL("""
    verdict.judge = %(judge)s AND verdict.status = 'scored' AND run.simulated = %(simulated)s
    AND (%(skill)s::text IS NULL OR run.skill_id = %(skill)s)
""")

# From the labels, which are few: each finds its verdicts by their key.
_LABELLED = """
    WITH labelled AS (
        SELECT label.id, label.dimension, label.rater, label.value, label.blinded, result.model_name,
            result.test_case_index, result.repeat_index, coalesce(run.rejudged_run_id, run.id) AS bought_by
        FROM result_labels label JOIN benchmark_results result ON result.id = label.benchmark_result_id
            JOIN benchmark_runs run ON run.id = result.benchmark_run_id
    )
    SELECT concat_ws(' ', bought_by, test_case_index, repeat_index, model_name) AS answer,
        dimension, rater, value, blinded, judged.*
    FROM labelled CROSS JOIN LATERAL (
        SELECT {means} FROM benchmark_runs run JOIN benchmark_verdicts verdict ON verdict.benchmark_run_id = run.id
        WHERE (run.id = labelled.bought_by OR run.rejudged_run_id = labelled.bought_by)
            AND verdict.model_name = labelled.model_name AND verdict.test_case_index = labelled.test_case_index
            AND verdict.repeat_index = labelled.repeat_index AND {of_judge}
    ) AS judged
    ORDER BY bought_by, model_name, test_case_index, repeat_index, id
"""

_TOTALS = """
    WITH judged AS (
        SELECT {means} FROM benchmark_verdicts verdict JOIN benchmark_runs run ON run.id = verdict.benchmark_run_id
        WHERE {of_judge}
        GROUP BY coalesce(run.rejudged_run_id, run.id), model_name, test_case_index, repeat_index
    )
    SELECT {totals} FROM judged
"""


def has_judged(cursor: Cursor, judge: str, *, simulated: bool) -> bool:
    row = cursor.execute(
        "SELECT 1 FROM benchmark_runs WHERE %s = ANY (judges) AND simulated = %s LIMIT 1", [judge, simulated]
    ).fetchone()
    return row is not None


def judged_scores(
    cursor: Cursor, judge: str, *, simulated: bool, skill_id: str | None
) -> dict[Dimension, JudgedScores]:
    """In each dimension that people have labelled: the judge's scores of all answers, and of the labelled ones.

    All its verdicts are read once, and only where there is a label to hold them against.
    """
    values = {"judge": judge, "simulated": simulated, "skill": skill_id}
    means = _for_each("avg({0}) AS {0}")
    query = sql.SQL(_LABELLED).format(means=means, of_judge=_OF_JUDGE)
    labelled: dict[Dimension, list[LabelledScore]] = {}
    for row in cursor.execute(query, values).fetchall():
        if (score := row[row["dimension"]]) is not None:
            labelled.setdefault(row["dimension"], []).append(_labelled(row, float(score)))
    if not labelled:
        return {}
    totals = _for_each("count({0}) AS {count}, sum({0}) AS {sum}, sum({0} * {0}) AS {sum_of_squares}")
    query = sql.SQL(_TOTALS).format(means=means, of_judge=_OF_JUDGE, totals=totals)
    total = cursor.execute(query, values).fetchone()
    assert total is not None
    return {
        dimension: JudgedScores(
            count=total[f"{dimension} count"],
            sum=float(total[f"{dimension} sum"]),
            sum_of_squares=float(total[f"{dimension} sum_of_squares"]),
            labelled=labelled[dimension],
        )
        for dimension in DIMENSIONS_OF_LABELS
        if dimension in labelled
    }


def _for_each(expression: str) -> sql.Composed:
    """The expression for every dimension; `{0}` is its column, the names are those of columns derived from it."""
    derived = ("count", "sum", "sum_of_squares")
    return sql.SQL(", ").join(
        sql.SQL(expression).format(
            sql.Identifier(dimension), **{name: sql.Identifier(f"{dimension} {name}") for name in derived}
        )
        for dimension in DIMENSIONS_OF_LABELS
    )


def _labelled(row: dict[str, Any], score: float) -> LabelledScore:
    return LabelledScore(
        answer=row["answer"], judge=score, rater=row["rater"], value=float(row["value"]), blinded=row["blinded"]
    )
