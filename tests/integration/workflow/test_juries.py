"""Several judges, several verdicts of each, rubrics and checks of one's own, and re-judging."""

from typing import Any

from local.model_api import Fault
from skill_benchmark.domain import record_keys
from tests.integration.api.client import Client, assert_problem
from tests.integration.conftest import JUDGE, MODELS, FinishedRun, Service, cases

OTHER_JUDGE = "claude-haiku-5-5"


def verdicts(service: Service, run: FinishedRun) -> list[dict[str, Any]]:
    with service.database() as cursor:
        rows = cursor.execute(
            "SELECT * FROM benchmark_verdicts WHERE benchmark_run_id = %s "
            "ORDER BY model_name, test_case_index, judge, verdict_index",
            [run.run["id"]],
        ).fetchall()
    return [dict(row) for row in rows]


def test_the_score_of_an_answer_is_the_mean_of_all_its_verdicts(service: Service) -> None:
    finished = service.run(cases(2), judges=[JUDGE, OTHER_JUDGE], verdicts_per_judge=2)
    rows = verdicts(service, finished)
    assert len(rows) == 2 * 2 * 2 * 2
    for result in finished.results:
        scores = [
            row["quality_score"]
            for row in rows
            if (row["model_name"], row["test_case_index"]) == (result["model_name"], result["test_case_index"])
        ]
        assert len(scores) == result["valid_verdicts"] == 4
        assert result["quality_score"] == sum(scores) / 4
        assert result["quality_spread"] is not None
    assert service.model_api.calls()[f"verdict {OTHER_JUDGE}"] == 8


def test_a_judge_that_fails_leaves_the_score_to_the_others(service: Service) -> None:
    finished = service.run(
        cases(2), Fault(what="rejected", model=JUDGE, kinds=("verdict",)), judges=[JUDGE, OTHER_JUDGE]
    )
    assert finished.run["status"] == "completed"
    assert {result["valid_verdicts"] for result in finished.results} == {1}
    assert {row["status"] for row in verdicts(service, finished)} == {"scored", "failed"}


def test_a_rubric_of_ones_own_is_what_the_judge_is_told_and_its_hash_is_kept(service: Service) -> None:
    rubric = "Score only whether the answer is polite."
    finished = service.run(cases(1), rubric=rubric)
    asked = [request for request in service.model_api.requests() if request.get("output_config")]
    assert len(asked) == 2
    assert all(rubric in request["system"] for request in asked)
    assert finished.run["rubric"] == rubric
    assert {row["rubric_sha256"] for row in verdicts(service, finished)} == {finished.run["rubric_sha256"]}


def test_a_check_outranks_the_judges_and_both_are_stored(service: Service) -> None:
    case = cases(1)[0]
    never, always = {"type": "exact", "value": "never said"}, {"type": "regex", "pattern": "."}
    finished = service.run([case | {"checks": [never]}, case | {"checks": [always]}, case])
    for result in finished.results:
        assert isinstance(result["matches_expected"], bool)
        assert result["check_passed"] is {0: False, 1: True, 2: None}[result["test_case_index"]]
    first = next(result for result in finished.results if result["test_case_index"] == 0)
    assert [found["type"] for found in first["check_results"]] == ["exact"]
    summary = finished.summary(MODELS[0])
    by_judges = sum(
        result["matches_expected"]
        for result in finished.results
        if (result["model_name"], result["test_case_index"]) == (MODELS[0], 2)
    )
    assert (summary["matched_results"], summary["match_counted_results"]) == (1 + by_judges, 3)


def test_a_run_is_rejudged_without_buying_an_answer(service: Service) -> None:
    first = service.run(cases(3), Fault(what="rejected", model=MODELS[1], contains="case 2"), repeats=2)
    service.model_api.set_faults()
    api = Client(service.stack, "local")
    body = {"judges": [OTHER_JUDGE], "rubric": "Score brevity.", "verdicts_per_judge": 2}
    started = api.send("POST", f"/v1/runs/{first.run['id']}/rejudge", body)
    assert started.status == 202, started.body
    again = service.wait(started.json()["run_id"])
    assert {name for name in service.model_api.calls() if name.startswith(("answer", "check"))} == {
        f"check {OTHER_JUDGE}"
    }
    assert again.run["rejudged_run_id"] == first.run["id"]
    assert texts(again) == texts(first)
    assert [result["outcome"] for result in again.results] == [result["outcome"] for result in first.results]
    assert costs(again) == costs(first), "what an answer cost is said again"
    assert {row["judge"] for row in verdicts(service, again)} == {OTHER_JUDGE}
    with service.database() as cursor:
        measured = cursor.execute(
            "SELECT count(*) AS n FROM token_measurements WHERE benchmark_run_id = %s", [again.run["id"]]
        ).fetchone()
    assert measured["n"] == 0, "and not counted again"
    third = api.send("POST", f"/v1/runs/{again.run['id']}/rejudge")
    last = service.wait(third.json()["run_id"])
    assert (last.run["rejudged_run_id"], texts(last)) == (first.run["id"], texts(first))
    assert last.run["rubric"] == "Score brevity."


def texts(finished: FinishedRun) -> list[str | None]:
    return [result["output_produced"] for result in finished.results]


def costs(finished: FinishedRun) -> list[int | None]:
    return [result["estimated_cost_microcents"] for result in finished.results]


def test_a_run_that_has_not_ended_cannot_be_rejudged(service: Service) -> None:
    service.model_api.set_faults()
    run_id = service.start(cases(60), max_concurrency=2).json()["run_id"]
    api = Client(service.stack, "local")
    assert_problem(api.send("POST", f"/v1/runs/{run_id}/rejudge"), 409, says="when it has ended")
    api.send("POST", f"/v1/runs/{run_id}/cancel")
    service.wait_for_end(run_id)


def test_a_run_whose_records_have_expired_cannot_be_rejudged(service: Service) -> None:
    finished = service.run(cases(1))
    run_id = finished.run["id"]
    (service.stack._data_dir.folder("objects") / record_keys.plan(run_id)).unlink()
    answer = Client(service.stack, "local").send("POST", f"/v1/runs/{run_id}/rejudge")
    assert_problem(answer, 409, says="have expired")


def test_only_judges_of_the_own_family_are_refused_where_those_are_left_out(service: Service) -> None:
    service.model_api.set_faults()
    refused = service.start(cases(1), exclude_same_family=True)
    assert_problem(refused, 422, pointer="/exclude_same_family", says="another family")
