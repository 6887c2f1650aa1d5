"""What a judge scored, and what people did beside it.

Verdicts of one judge on one answer are one score, their mean, in whichever runs they were given: an answer that was
re-judged is still the answer of the run that bought it. A test case is a place in a skill's cases (skill and
test_case_index), because answers to one case are alike in whichever run they were bought.
"""

from collections import defaultdict
from typing import Any

from psycopg import sql

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.domain.judged_scores import CaseScores, JudgedScores, LabelledScore, compared_models
from skill_benchmark.domain.labels import DIMENSIONS_OF_LABELS, Dimension

_OF_JUDGE = sql.SQL("""
    verdict.judge = %(judge)s AND verdict.status = 'scored' AND run.simulated = %(simulated)s
    AND (%(skill)s::text IS NULL OR run.skill_id = %(skill)s)
""")

# A scored verdict has all dimensions, so that one count is that of each. Sums of whole numbers are exact.
_MEAN = "sum({0})::float8 / count(*) AS {0}"

# From the labels, which are few: each finds its verdicts by their key.
_LABELLED = """
    WITH labelled AS (
        SELECT label.id, label.dimension, label.rater, label.value, label.blinded, run.skill_id, result.model_name,
            result.test_case_index, result.repeat_index, coalesce(run.rejudged_run_id, run.id) AS bought_by
        FROM result_labels label JOIN benchmark_results result ON result.id = label.benchmark_result_id
            JOIN benchmark_runs run ON run.id = result.benchmark_run_id
    )
    SELECT concat_ws(' ', bought_by, test_case_index, repeat_index, model_name) AS answer,
        skill_id, test_case_index, model_name, dimension, rater, value, blinded, judged.*
    FROM labelled CROSS JOIN LATERAL (
        SELECT {means} FROM benchmark_runs run JOIN benchmark_verdicts verdict ON verdict.benchmark_run_id = run.id
        WHERE (run.id = labelled.bought_by OR run.rejudged_run_id = labelled.bought_by)
            AND verdict.model_name = labelled.model_name AND verdict.test_case_index = labelled.test_case_index
            AND verdict.repeat_index = labelled.repeat_index AND {of_judge}
        HAVING count(*) > 0
    ) AS judged
    ORDER BY id
"""

# A row for each skill and each model that is compared; all others are one. Its arrays are in one order of test cases.
_BY_CASE = """
    WITH judged AS (
        SELECT skill_id, model_name, test_case_index, {means}
        FROM benchmark_verdicts verdict JOIN benchmark_runs run ON run.id = verdict.benchmark_run_id
        WHERE {of_judge}
        GROUP BY coalesce(run.rejudged_run_id, run.id), skill_id, model_name, test_case_index, repeat_index
    ), of_cases AS (
        SELECT skill_id, CASE WHEN model_name = ANY(%(models)s) THEN model_name END AS model, test_case_index,
            count(*) AS answers, {totals}
        FROM judged GROUP BY 1, 2, 3
    )
    SELECT skill_id, model, array_agg(test_case_index) AS cases, array_agg(answers) AS counts, {arrays}
    FROM of_cases GROUP BY 1, 2
"""
_TOTALS = "sum({0}) AS {0}, sum({0} * {0}) AS {squares}"
_ARRAYS = "array_agg({0}) AS {0}, sum({squares}) AS {squares}"

_CASES_OF_A_SKILL = 2**31
"""More than an index can reach, so that each case of each skill has a number of its own."""


def has_judged(cursor: Cursor, judge: str, *, simulated: bool) -> bool:
    row = cursor.execute(
        "SELECT 1 FROM benchmark_runs WHERE %s = ANY (judges) AND simulated = %s LIMIT 1", [judge, simulated]
    ).fetchone()
    return row is not None


def judged_scores(
    cursor: Cursor, judge: str, *, simulated: bool, skill_id: str | None
) -> dict[Dimension, JudgedScores]:
    """In each dimension that people have labelled: the judge's scores by test case, and of the labelled answers.

    All its verdicts are read once, and only where there is a label to hold them against.
    """
    values = {"judge": judge, "simulated": simulated, "skill": skill_id}
    query = sql.SQL(_LABELLED).format(means=_for_each(_MEAN), of_judge=_OF_JUDGE)
    skills: dict[str, int] = defaultdict(lambda: len(skills))
    labelled: dict[Dimension, list[LabelledScore]] = defaultdict(list)
    for row in cursor.execute(query, values).fetchall():
        first_case = skills[row["skill_id"]] * _CASES_OF_A_SKILL
        labelled[row["dimension"]].append(_labelled(row, first_case + row["test_case_index"]))
    if not labelled:
        return {}
    models = compared_models(label for labels in labelled.values() for label in labels)
    query = sql.SQL(_BY_CASE).format(
        means=_for_each(_MEAN), of_judge=_OF_JUDGE, totals=_for_each(_TOTALS), arrays=_for_each(_ARRAYS)
    )
    # In binary the arrays need no parsing.
    rows = cursor.execute(query, values | {"models": models}, binary=True).fetchall()
    cases = [[skills[row["skill_id"]] * _CASES_OF_A_SKILL + index for index in row["cases"]] for row in rows]
    return {
        dimension: JudgedScores(
            [
                CaseScores(row["model"], of_row, row["counts"], row[dimension], row[f"{dimension} squares"])
                for row, of_row in zip(rows, cases, strict=True)
            ],
            labelled[dimension],
            models,
        )
        for dimension in DIMENSIONS_OF_LABELS
        if dimension in labelled
    }


def _for_each(expression: str) -> sql.Composed:
    """The expression for every dimension; `{0}` is its column, `{squares}` the name of a column derived from it."""
    return sql.SQL(", ").join(
        sql.SQL(expression).format(sql.Identifier(dimension), squares=sql.Identifier(f"{dimension} squares"))
        for dimension in DIMENSIONS_OF_LABELS
    )


def _labelled(row: dict[str, Any], case: int) -> LabelledScore:
    return LabelledScore(
        answer=row["answer"],
        case=case,
        model=row["model_name"],
        judge=row[row["dimension"]],
        rater=row["rater"],
        value=float(row["value"]),
        blinded=row["blinded"],
    )
