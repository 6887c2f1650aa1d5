"""What the past runs of a skill say about its noise. Read from their summaries; no result is scanned."""

from collections import defaultdict
from typing import Any

from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.adapters.postgres_skills import count_training_examples, require_skill
from skill_benchmark.domain.families import same_family
from skill_benchmark.domain.noise import ModelNoise, PairNoise, RunNoise
from skill_benchmark.domain.sample_size import History

Row = dict[str, Any]

_RUNS = 5
"""That are pooled: models, judges and texts of a skill change, and older runs tell of others."""
_LOOKED_AT = 50
"""Completed runs among which those are looked for: a run of an earlier release has no spreads."""

_COMPLETED = "status IN ('completed', 'completed_with_failures')"


def history_of(cursor: Cursor, skill_id: str) -> tuple[History, Row | None]:
    """What is known of a skill, and the models and judges of its latest completed run, if it has one.

    Simulated runs count only where no real run has spreads. Raises NotFound for an unknown skill.
    """
    require_skill(cursor, skill_id)
    latest = cursor.execute(
        f"SELECT models, judges, verdicts_per_judge, planned_cases FROM benchmark_runs "  # noqa: S608 - a constant
        f"WHERE skill_id = %s AND {_COMPLETED} ORDER BY completed_at DESC, id DESC LIMIT 1",
        [skill_id],
    ).fetchone()
    current = count_training_examples(cursor, skill_id) or (latest["planned_cases"] if latest else None)
    for simulated in (False, True) if latest else ():
        if runs := _runs(cursor, skill_id, simulated=simulated):
            return History(runs, simulated, current), latest
    return History(current_cases=current), latest


def _runs(cursor: Cursor, skill_id: str, *, simulated: bool) -> list[RunNoise]:
    rows = cursor.execute(
        "SELECT * FROM (SELECT id, judges, verdicts_per_judge, exclude_same_family, completed_at FROM benchmark_runs "  # noqa: S608 - a constant
        f"WHERE skill_id = %(skill)s AND {_COMPLETED} AND simulated = %(simulated)s "
        "ORDER BY completed_at DESC, id DESC LIMIT %(looked_at)s) AS run WHERE EXISTS ("
        "SELECT 1 FROM benchmark_model_summaries WHERE benchmark_run_id = run.id "
        "AND num_nonnulls(repeat_sd, judge_sd) > 0) "
        "OR EXISTS (SELECT 1 FROM benchmark_model_pairs WHERE benchmark_run_id = run.id AND difference_sd IS NOT NULL) "
        "ORDER BY completed_at DESC, id DESC LIMIT %(runs)s",
        {"skill": skill_id, "simulated": simulated, "looked_at": _LOOKED_AT, "runs": _RUNS},
    ).fetchall()
    ids = [row["id"] for row in rows]
    models = cursor.execute(
        "SELECT benchmark_run_id, model_name, scored_results, scored_cases, repeat_sd, judge_sd "
        "FROM benchmark_model_summaries WHERE benchmark_run_id = ANY(%s)",
        [ids],
    ).fetchall()
    pairs = cursor.execute(
        "SELECT benchmark_run_id, model_a, model_b, cases, difference_sd FROM benchmark_model_pairs "
        "WHERE benchmark_run_id = ANY(%s) AND difference_sd IS NOT NULL",
        [ids],
    ).fetchall()
    models_of, pairs_of = _by_run(models), _by_run(pairs)
    return [_noise(row, models_of[row["id"]], pairs_of[row["id"]]) for row in rows]


def _by_run(rows: list[Row]) -> dict[str, list[Row]]:
    of_run: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_run[row["benchmark_run_id"]].append(row)
    return of_run


def _noise(run: Row, models: list[Row], pairs: list[Row]) -> RunNoise:
    return RunNoise(
        run_id=run["id"],
        models={
            row["model_name"]: ModelNoise(
                scored_results=row["scored_results"],
                scored_cases=row["scored_cases"],
                verdicts=_verdicts(run, row["model_name"]),
                repeat_sd=row["repeat_sd"],
                judge_sd=row["judge_sd"],
            )
            for row in models
        },
        pairs=[PairNoise(row["model_a"], row["model_b"], row["cases"], row["difference_sd"]) for row in pairs],
    )


def _verdicts(run: Row, model: str) -> int:
    """That counted on each answer of a model, where no call of a judge failed."""
    counted = [judge for judge in run["judges"] if not (run["exclude_same_family"] and same_family(judge, model))]
    return max(1, len(counted)) * int(run["verdicts_per_judge"])
