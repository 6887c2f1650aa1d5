"""Plans of the next run, from rows of past runs and from runs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from local.database import RUNTIME
from tests.integration.api.client import Client, assert_problem
from tests.integration.api.conftest import Ended
from tests.integration.conftest import JUDGE, MODELS, Service, cases
from tests.integration.database.rows import MOMENT, insert, valid_rows

Components = dict[str, dict[str, Any]]


def a_past_run(service: Service, skill_id: str, days_ago: int = 1, *, mark: str = "", **changes: Any) -> str:
    """The rows of a completed run of two models over 40 cases, three answers and two verdicts each.

    `changes` are of the run, or of both summaries (`repeat_sd`, `judge_sd`) and the pair (`difference_sd`).
    """
    rows = valid_rows(mark or f"-{uuid4().hex[:8]}")
    run_id = str(rows["benchmark_runs"]["id"])
    spreads = {"repeat_sd": 6.0, "judge_sd": 3.0, "difference_sd": 14.0}
    spreads |= {name: changes.pop(name) for name in spreads if name in changes}
    model_a, model_b = (rows["benchmark_model_pairs"][name] for name in ("model_a", "model_b"))
    completed = MOMENT - timedelta(days=days_ago)
    with service.database() as cursor:
        version = cursor.execute("SELECT current_version_id AS id FROM skills WHERE id = %s", [skill_id]).fetchone()
        run = rows["benchmark_runs"] | {
            "skill_id": skill_id, "skill_version_id": version["id"], "repeats": 3, "verdicts_per_judge": 2,
            "planned_cases": 40, "planned_results": 240, "scored_results": 240, "idempotency_key": run_id,
            "created_at": completed, "started_at": completed, "completed_at": completed,
        }  # fmt: skip
        insert(cursor, "benchmark_runs", **{**run, **changes})
        for model in (model_a, model_b):
            summary = rows["benchmark_model_summaries"] | {
                "model_name": model, "test_cases": 40, "planned_results": 120, "scored_results": 120,
                "scored_cases": 40, "excluded_by_outcome": "{}", "repeat_sd": spreads["repeat_sd"],
                "judge_sd": spreads["judge_sd"],
            }  # fmt: skip
            insert(cursor, "benchmark_model_summaries", **summary)
        pair = rows["benchmark_model_pairs"] | {
            "cases": 40, "wins": 20, "ties": 0, "losses": 20, "difference_sd": spreads["difference_sd"],
        }  # fmt: skip
        insert(cursor, "benchmark_model_pairs", **pair)
    return run_id


def components(plan: Mapping[str, Any]) -> Components:
    return {component["name"]: component for component in plan["components"]}


def test_a_skill_without_runs_is_planned_by_stated_defaults(api: Client, skill_id: str) -> None:
    api.put_skill(skill_id)
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()
    assert {name: (each["sd"], each["source"]) for name, each in components(plan).items()} == {
        "case": (20, "default"),
        "repeat": (10, "default"),
        "judge": (5, "default"),
    }
    assert (plan["skill_id"], plan["runs"], plan["simulated"], plan["current_cases"]) == (skill_id, [], None, None)
    assert (plan["models"], plan["pairs"], plan["verdicts_per_answer"], plan["power"]) == (2, 1, 1, 0.8)
    assert [option["repeats"] for option in plan["options"]] == [1, 2, 3, 5]
    assert plan["recommended"] == plan["options"][0]
    assert plan["recommended"]["answers"] == 2 * plan["recommended"]["cases"]
    assert plan["recommended"]["detectable_now_reason"] == "the skill has no test cases yet"


def test_a_plan_is_made_of_the_spreads_of_past_runs(api: Client, skill_id: str, service: Service) -> None:
    api.put_skill(skill_id)
    run_id = a_past_run(service, skill_id)
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()
    assert (plan["runs"], plan["simulated"], plan["current_cases"]) == ([run_id], False, 40)
    assert (plan["models"], plan["verdicts_per_answer"]) == (2, 2)
    assert {component["source"] for component in plan["components"]} == {"history"}
    found = components(plan)
    assert found["judge"]["sd"] == pytest.approx(3)
    assert found["repeat"]["sd"] == pytest.approx(np.sqrt(36 - 9 / 2))
    assert found["case"]["sd"] == pytest.approx(np.sqrt(196 - 2 * 36 / 3))
    assert [each["degrees_of_freedom"] for each in found.values()] == [39, 160, 240]
    assert plan["options"][2]["difference_sd"] == pytest.approx(14), "at three repeats, as they were measured"
    assert plan["options"][0]["difference_sd"] == pytest.approx(np.sqrt(196 - 2 * 36 / 3 + 2 * 36))


def test_the_question_may_be_of_other_models_and_verdicts(api: Client, skill_id: str, service: Service) -> None:
    api.put_skill(skill_id)
    a_past_run(service, skill_id)
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=2.5&models=4&verdicts=1").json()
    assert (plan["difference"], plan["models"], plan["pairs"], plan["verdicts_per_answer"]) == (2.5, 4, 6, 1)
    assert plan["recommended"]["answers"] == plan["recommended"]["verdicts"] == 4 * plan["recommended"]["cases"]


def test_a_skill_whose_latest_run_had_one_model_is_planned_for_two(
    api: Client, skill_id: str, service: Service
) -> None:
    service.model_api.set_faults()
    body = {"skill_content": "Repeat the input.", "test_cases": cases(2), "models": MODELS[:1], "judges": [JUDGE]}
    service.wait(api.send("POST", f"/v1/skills/{skill_id}/runs", body).json()["run_id"])
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()
    assert (plan["models"], plan["pairs"], plan["current_cases"]) == (2, 1, 2)
    assert plan["recommended"]["detectable_now_reason"] == "needs at least 6 cases for 2 models"


def test_the_last_five_runs_with_spreads_are_pooled(api: Client, skill_id: str, service: Service) -> None:
    api.put_skill(skill_id)
    former = a_past_run(service, skill_id, 0, repeat_sd=None, judge_sd=None, difference_sd=None)
    runs = [a_past_run(service, skill_id, days, judge_sd=float(days)) for days in (1, 2, 3, 4, 5, 6)]
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()
    assert plan["runs"] == runs[:5]
    assert former not in plan["runs"]
    assert components(plan)["judge"]["sd"] == pytest.approx(np.sqrt(np.mean(np.square([1, 2, 3, 4, 5]))))


def test_real_and_simulated_runs_are_never_pooled(api: Client, skill_id: str, service: Service) -> None:
    api.put_skill(skill_id)
    stand_in: dict[str, Any] = {"model_provider": "simulated", "simulated": True}
    simulated = a_past_run(service, skill_id, 0, **stand_in, difference_sd=50)
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()
    assert (plan["runs"], plan["simulated"]) == ([simulated], True)
    assert "the history is of simulated runs: it says nothing of real models and judges" in plan["warnings"]
    real = a_past_run(service, skill_id, 1)
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()
    assert (plan["runs"], plan["simulated"]) == ([real], False), "although a simulated one is newer"


def test_a_run_that_failed_is_no_history(api: Client, skill_id: str, service: Service) -> None:
    api.put_skill(skill_id)
    failed: dict[str, Any] = {
        "status": "failed", "error_type": "Failed", "error_message": "m", "best_model": None,
        "best_quality_score": None, "best_model_tied_with": [], "ranking_basis": None, "planned_cases": 7,
        "planned_results": 42, "scored_results": 42,
    }  # fmt: skip
    a_past_run(service, skill_id, 0, **failed)
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()
    assert (plan["runs"], plan["current_cases"]) == ([], None)
    completed = a_past_run(service, skill_id, 1)
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()
    assert (plan["runs"], plan["current_cases"]) == ([completed], 40)


def test_verdicts_of_the_own_family_that_were_left_out_are_not_counted(
    api: Client, skill_id: str, service: Service
) -> None:
    api.put_skill(skill_id)
    mark = f"-{uuid4().hex[:8]}"
    judges = [f"sonnet{mark}", "gpt-5"]
    a_past_run(service, skill_id, mark=mark, judges=judges, exclude_same_family=True, verdicts_per_judge=3)
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()
    # The judge that is one of the models does not count for that model: three verdicts there, six on the other.
    assert components(plan)["judge"]["degrees_of_freedom"] == 120 * (3 - 1) + 120 * (6 - 1)
    assert plan["verdicts_per_answer"] == 6


def test_verdicts_of_the_own_family_count_where_they_were_not_left_out(
    api: Client, skill_id: str, service: Service
) -> None:
    api.put_skill(skill_id)
    mark = f"-{uuid4().hex[:8]}"
    a_past_run(service, skill_id, mark=mark, judges=[f"sonnet{mark}", "gpt-5"], verdicts_per_judge=3)
    found = components(api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json())
    assert found["judge"]["degrees_of_freedom"] == 2 * 120 * (6 - 1)


def test_the_present_test_cases_are_the_accepted_examples(api: Client, skill_id: str, service: Service) -> None:
    api.put_skill(skill_id)
    a_past_run(service, skill_id)
    for index in range(12):
        api.add_example(skill_id, f"example {index}")
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()
    assert plan["current_cases"] == 12
    assert plan["recommended"]["detectable_now"] > 5


def test_a_run_leaves_what_its_plan_is_made_of(api: Client, skill_id: str, service: Service) -> None:
    service.model_api.set_faults()
    body = {
        "skill_content": "Repeat the input.", "test_cases": cases(4), "models": MODELS, "judges": [JUDGE],
        "repeats": 2, "verdicts_per_judge": 2,
    }  # fmt: skip
    started = api.send("POST", f"/v1/skills/{skill_id}/runs", body).json()
    ended = service.wait(started["run_id"])
    scores: dict[tuple[str, int], list[float]] = {}
    spreads = []
    for result in ended.results:
        scores.setdefault((result["model_name"], result["test_case_index"]), []).append(result["quality_score"])
        spreads.append(result["quality_spread"])
    plan = api.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()
    assert (plan["runs"], plan["simulated"], plan["current_cases"]) == ([started["run_id"]], True, 4)
    assert (plan["models"], plan["verdicts_per_answer"]) == (2, 2)
    within = np.mean([np.var(each, ddof=1) for each in scores.values()])
    judge = min(np.mean(np.square(spreads)), within * 2)
    found = components(plan)
    assert (found["judge"]["source"], found["repeat"]["source"]) == ("history", "history")
    assert found["judge"]["sd"] == pytest.approx(np.sqrt(judge))
    assert found["repeat"]["sd"] == pytest.approx(np.sqrt(max(0, within - judge / 2)), abs=1e-6)
    differences = [np.mean(scores[MODELS[0], case]) - np.mean(scores[MODELS[1], case]) for case in range(4)]
    assert found["case"]["source"] == "history"
    assert found["case"]["sd"] == pytest.approx(np.sqrt(max(0, np.var(differences, ddof=1) - within)), abs=1e-6)
    assert found["case"]["degrees_of_freedom"] == 3


def test_a_plan_reads_no_results(api: Client, ended: Ended, service: Service) -> None:
    with service.stack.postgres.as_superuser() as connection:
        connection.execute(f"REVOKE SELECT ON benchmark_results, benchmark_verdicts FROM {RUNTIME}")
    try:
        assert api.get(f"/v1/skills/{ended.skill_id}/plan", "difference=5").status == 200
    finally:
        with service.stack.postgres.as_superuser() as connection:
            connection.execute(f"GRANT SELECT ON benchmark_results, benchmark_verdicts TO {RUNTIME}")


def test_the_history_of_another_tenant_is_not_there(
    api: Client, other: Client, skill_id: str, service: Service
) -> None:
    api.put_skill(skill_id)
    a_past_run(service, skill_id)
    assert_problem(other.get(f"/v1/skills/{skill_id}/plan", "difference=5"), 404, says="does not exist")
    other.put_skill(skill_id)
    assert other.get(f"/v1/skills/{skill_id}/plan", "difference=5").json()["runs"] == []


@pytest.mark.parametrize("difference", ["0", "-1", "100.01", "inf", "five", "", "5,6", "1e400"])
def test_what_is_no_difference_is_refused(api: Client, ended: Ended, difference: str) -> None:
    response = api.get(f"/v1/skills/{ended.skill_id}/plan", f"difference={difference}")
    assert_problem(response, 422, pointer="/difference")


def test_a_difference_may_be_any_part_of_a_point(api: Client, ended: Ended) -> None:
    response = api.get(f"/v1/skills/{ended.skill_id}/plan", "difference=1e-9")
    assert response.status == 200
    assert response.json()["recommended"] is None
