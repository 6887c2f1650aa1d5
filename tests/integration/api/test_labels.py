"""What people say of answers."""

from statistics import fmean
from typing import Any

import pytest

from tests.integration.api.client import Client, assert_problem
from tests.integration.api.conftest import Ended
from tests.integration.conftest import JUDGE, MODELS, FinishedRun, Service, cases


def a_label(**changes: Any) -> dict[str, Any]:
    return {"rater": "ada", "dimension": "quality_score", "value": 80, "blinded": True, **changes}


def test_a_label_is_kept_as_it_was_first_given(api: Client, ended: Ended) -> None:
    path = f"/v1/results/{ended.result_id}/labels"
    first = api.send("POST", path, a_label())
    again = api.send("POST", path, a_label())
    assert (first.status, again.status) == (201, 200)
    assert again.json() == first.json()
    assert_problem(api.send("POST", path, a_label(value=81)), 409, says="does not change")
    assert_problem(api.send("POST", path, a_label(blinded=False)), 409, says="ada")
    assert "id" not in first.json()
    assert first.json()["benchmark_result_id"] == ended.result_id
    assert api.send("POST", path, a_label(rater="bob", value=60.5)).status == 201
    assert api.send("POST", path, a_label(dimension="recall_score", value=0)).status == 201
    listed = api.get(path).json()["items"]
    assert [(label["dimension"], label["rater"], label["value"]) for label in listed] == [
        ("quality_score", "ada", 80),
        ("quality_score", "bob", 60.5),
        ("recall_score", "ada", 0),
    ]


@pytest.mark.parametrize("value", [100 / 3, 0.1 + 0.2, 1e-9, 5e-324, 99.99999999999999, 100, 100.0])
def test_a_label_of_any_fraction_is_itself_when_it_is_sent_again(api: Client, ended: Ended, value: float) -> None:
    path = f"/v1/results/{ended.result_id}/labels"
    label = a_label(rater=f"of {value!r}", value=value)
    first, again = api.send("POST", path, label), api.send("POST", path, label)
    assert (first.status, again.status) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["value"] == value
    assert_problem(api.send("POST", path, {**label, "value": value / 2 + 1}), 409, says="does not change")


def test_labels_and_verdicts_come_in_pages(api: Client, ended: Ended) -> None:
    path = f"/v1/results/{ended.result_id}/labels"
    for index in range(5):
        api.send("POST", path, a_label(rater=f"of a page {index}"))
    assert pages(api, path) == api.get(path).json()["items"]
    verdicts = f"/v1/results/{ended.result_id}/verdicts"
    assert pages(api, verdicts) == api.get(verdicts).json()["items"]


def pages(api: Client, path: str) -> list[Any]:
    """All items, read two at a time."""
    found: list[Any] = []
    query = "limit=2"
    while True:
        page = api.get(path, query).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        assert len(page["items"]) == 2
        query = f"limit=2&cursor={page['next_cursor']}"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"value": 101}, "/value"),
        ({"value": -1}, "/value"),
        ({"value": "80"}, "/value"),
        ({"value": None}, "/value"),
        ({"dimension": "style"}, "/dimension"),
        ({"rater": ""}, "/rater"),
        ({"rater": "a\nb"}, "/rater"),
        ({"rater": "\u200b"}, "/rater"),
        ({"rater": "a\u202eb"}, "/rater"),
        ({"blinded": "yes"}, "/blinded"),
        ({"note": "x"}, "/note"),
    ],
)
def test_a_label_that_is_none_is_refused_and_nothing_is_written(
    api: Client, ended: Ended, service: Service, changes: dict[str, Any], pointer: str
) -> None:
    before = number_of_labels(service)
    refused = api.send("POST", f"/v1/results/{ended.result_id}/labels", a_label(**changes))
    assert_problem(refused, 422, pointer=pointer)
    assert number_of_labels(service) == before


def test_a_value_that_is_not_a_number_is_not_json(api: Client, ended: Ended) -> None:
    text = '{"rater": "ada", "dimension": "quality_score", "value": NaN, "blinded": true}'
    assert_problem(api.send("POST", f"/v1/results/{ended.result_id}/labels", text=text), 400)


def test_the_verdicts_on_an_answer_say_who_gave_them_and_on_what(api: Client, ended: Ended) -> None:
    [verdict] = api.get(f"/v1/results/{ended.result_id}/verdicts").json()["items"]
    assert (verdict["judge"], verdict["verdict_index"], verdict["status"]) == (JUDGE, 0, "scored")
    assert verdict["same_family"] is True
    assert len(verdict["input_sha256"]) == 64


def test_a_judge_is_held_against_people_on_the_answers_that_both_have_scored(
    api: Client, skill_id: str, service: Service
) -> None:
    service.model_api.set_faults()
    body = {"skill_content": "Repeat.", "test_cases": cases(40), "models": MODELS, "judges": [JUDGE]}
    run_id = api.send("POST", f"/v1/skills/{skill_id}/runs", body).json()["run_id"]
    results = service.wait(run_id).results
    path = "/v1/judges/validation"
    of_skill = f"judge={JUDGE}&skill_id={skill_id}"
    assert api.get(path, of_skill).json()["dimensions"] == []
    # 35 answers of one model and 20 of the other, whom the judge likes too well.
    of_models = [[result for result in results if result["model_name"] == model] for model in MODELS]
    for result, lower in [*((found, 10) for found in of_models[0][:35]), *((found, 20) for found in of_models[1][:20])]:
        for rater, kinder in (("ada", 0), ("bob", 4)):
            label = a_label(rater=rater, value=max(0, min(100, result["quality_score"] - lower + kinder)))
            assert api.send("POST", f"/v1/results/{result['id']}/labels", label).status == 201
    on_recall = a_label(dimension="recall_score", value=50)
    assert api.send("POST", f"/v1/results/{of_models[0][0]['id']}/labels", on_recall).status == 201
    found = api.get(path, of_skill).json()
    assert (found["simulated"], found["judge"]) == (True, JUDGE)
    quality, recall = found["dimensions"]
    assert (recall["dimension"], recall["judged_results"], recall["labelled_results"]) == ("recall_score", 80, 1)
    assert recall["judge_bias"] == pytest.approx(of_models[0][0]["recall_score"] - 50)
    assert recall["corrected_mean"] is None
    assert recall["reasons"][0] == "labelled answers: 1, and a correction needs 30; label 29 more"
    assert (quality["dimension"], quality["judged_results"], quality["labelled_results"]) == ("quality_score", 80, 55)
    assert (quality["labels"], quality["raters"], quality["overlapping_results"]) == (110, 2, 55)
    assert quality["labelled_cases"] == 35
    assert quality["judge_mean"] == pytest.approx(fmean(result["quality_score"] for result in results))
    assert quality["judge_bias"] == pytest.approx((35 * 8 + 20 * 18) / 55, abs=0.5)
    assert quality["corrected_low"] < quality["corrected_mean"] < quality["corrected_high"]
    labelled = [*of_models[0][:35], *of_models[1][:20]]
    rest = [*of_models[0][35:], *of_models[1][20:]]
    shift = fmean(result["quality_score"] for result in labelled) - fmean(result["quality_score"] for result in rest)
    assert quality["judge_shift"] == pytest.approx(shift)
    first, second = quality["models"]
    assert [model["model_name"] for model in (first, second)] == MODELS
    assert first["judge_bias"] == pytest.approx(8, abs=0.5)
    assert first["judge_bias_low"] <= first["judge_bias"] <= first["judge_bias_high"]
    assert first["corrected_mean"] == pytest.approx(first["judge_mean"] - 8, abs=2)
    assert (second["judged_results"], second["labelled_results"]) == (40, 20)
    assert (second["corrected_mean"], second["judge_bias"]) == (None, pytest.approx(18, abs=0.5))
    assert second["reasons"] == ["labelled answers: 20, and a correction needs 30; label 10 more"]
    [pair] = quality["pairs"]
    assert pair["judge_difference"] == pytest.approx(first["judge_mean"] - second["judge_mean"])
    assert (pair["corrected_difference"], pair["reason"]) == (None, f"no corrected mean of {MODELS[1]}")
    assert quality["models_left_out"] == 0


def test_labels_of_an_answer_hold_for_judges_who_were_asked_again(api: Client, skill_id: str, service: Service) -> None:
    first, again = judged_twice(api, skill_id, service)
    api.send("POST", f"/v1/results/{first.results[0]['id']}/labels", a_label())
    found = api.get("/v1/judges/validation", f"judge={MODELS[1]}&skill_id={skill_id}").json()
    assert found["dimensions"][0]["labelled_results"] == 1
    assert found["dimensions"][0]["judged_results"] == len(again.results)


def test_a_rater_labels_an_answer_once_by_whichever_of_its_ids(api: Client, skill_id: str, service: Service) -> None:
    first, again = judged_twice(api, skill_id, service)
    ids = [run.results[0]["id"] for run in (again, first)]
    assert ids[0] != ids[1]
    paths = [f"/v1/results/{result_id}/labels" for result_id in ids]
    assert api.send("POST", paths[0], a_label(value=60)).status == 201
    assert api.send("POST", paths[1], a_label(value=60)).status == 200
    assert_problem(api.send("POST", paths[1], a_label(value=90)), 409, says="does not change")
    assert api.send("POST", paths[1], a_label(rater="bob", value=70)).status == 201
    for path, result_id in zip(paths, ids, strict=True):
        listed = api.get(path).json()["items"]
        assert [(label["rater"], label["value"]) for label in listed] == [("ada", 60), ("bob", 70)]
        assert {label["benchmark_result_id"] for label in listed} == {result_id}
        assert pages(api, path) == listed
    assert api.get(f"/v1/results/{first.results[1]['id']}/labels").json()["items"] == []


def test_of_two_labels_that_were_kept_of_one_answer_the_first_counts(
    api: Client, skill_id: str, service: Service
) -> None:
    """A former release kept a second one by the id of the run that judged the answer again."""
    first, again = judged_twice(api, skill_id, service)
    for run, value in ((again, 60), (first, 90)):
        result = run.results[0]
        with service.database() as cursor:
            cursor.execute(
                "INSERT INTO result_labels (benchmark_result_id, rater, dimension, value, blinded) "
                "SELECT id, 'ada', 'quality_score', %s, true FROM benchmark_results "
                "WHERE benchmark_run_id = %s AND model_name = %s AND test_case_index = %s AND repeat_index = 0",
                [value, run.run["id"], result["model_name"], result["test_case_index"]],
            )
    [quality] = api.get("/v1/judges/validation", f"judge={JUDGE}&skill_id={skill_id}").json()["dimensions"]
    assert (quality["labels"], quality["labelled_results"], quality["people_mean"]) == (1, 1, 60)
    # Its own judge was asked in both runs, and an answer has one score all the same.
    assert quality["judged_results"] == len(first.results)
    for run in (first, again):
        [label] = api.get(f"/v1/results/{run.results[0]['id']}/labels").json()["items"]
        assert label["value"] == 60


def test_cases_of_two_skills_are_not_one_case_because_they_have_one_index(other: Client, service: Service) -> None:
    service.model_api.set_faults()
    for skill in ("first", "second"):
        body = {"skill_content": "Repeat.", "test_cases": cases(1), "models": MODELS, "judges": [JUDGE]}
        run_id = other.send("POST", f"/v1/skills/{skill}/runs", body).json()["run_id"]
        service.wait_for_end(run_id, other.tenant)
        for result in other.get(f"/v1/runs/{run_id}/results").json()["items"]:
            assert other.send("POST", f"/v1/results/{result['id']}/labels", a_label()).status == 201
    [of_all] = other.get("/v1/judges/validation", f"judge={JUDGE}").json()["dimensions"]
    assert (of_all["judged_results"], of_all["labelled_results"], of_all["labelled_cases"]) == (4, 4, 2)
    [of_one] = other.get("/v1/judges/validation", f"judge={JUDGE}&skill_id=first").json()["dimensions"]
    assert (of_one["judged_results"], of_one["labelled_results"], of_one["labelled_cases"]) == (2, 2, 1)


def judged_twice(api: Client, skill_id: str, service: Service) -> tuple[FinishedRun, FinishedRun]:
    """A run, and one that judged its answers again, by its own judge and by another."""
    service.model_api.set_faults()
    body = {"skill_content": "Repeat.", "test_cases": cases(2), "models": MODELS, "judges": [JUDGE]}
    first = service.wait(api.send("POST", f"/v1/skills/{skill_id}/runs", body).json()["run_id"])
    judges = {"judges": [MODELS[1], JUDGE]}
    return first, service.wait(api.send("POST", f"/v1/runs/{first.run['id']}/rejudge", judges).json()["run_id"])


@pytest.mark.parametrize("number", [6, 999_999])
def test_an_answer_that_the_run_did_not_plan_is_not_found(api: Client, ended: Ended, number: int) -> None:
    assert_problem(api.get(f"/v1/results/{ended.run_id}.{number}/labels"), 404, says="does not exist")
    assert_problem(api.get(f"/v1/results/{ended.run_id}.{number}/verdicts"), 404, says="does not exist")


def test_a_judge_of_no_run_is_not_found(api: Client, ended: Ended) -> None:
    assert_problem(api.get("/v1/judges/validation", "judge=nobody"), 404, says="no run was judged")
    assert_problem(api.get("/v1/judges/validation", f"judge={JUDGE}&skill_id=unknown"), 404, says="does not exist")


def number_of_labels(service: Service) -> int:
    with service.database() as cursor:
        counted: int = cursor.execute("SELECT count(*) AS n FROM result_labels").fetchone()["n"]
    return counted
