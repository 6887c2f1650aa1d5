"""Large, many and strange inputs."""

from tests.integration.conftest import MODELS, Service, cases


def test_a_case_of_300_kilobytes_is_answered_and_judged(service: Service) -> None:
    finished = service.run([{"input": "word " * 60_000, "expected_output": "x" * 1000}])
    assert finished.run["status"] == "completed"
    assert len(finished.results[0]["input_used"]) == 300_000


def test_text_that_cannot_be_stored_loses_only_that_and_is_flagged(service: Service) -> None:
    finished = service.run([{"input": "a\x00b ünï \U0001f600 \\u0000"}, {"input": "plain"}])
    assert finished.run["status"] == "completed"
    strange = [row for row in finished.results if row["test_case_index"] == 0]
    assert {row["input_used"] for row in strange} == {"ab ünï \U0001f600 \\u0000"}
    assert [row["text_sanitized"] for row in finished.results] == [True, False] * 2


def test_five_hundred_cases_all_arrive(service: Service) -> None:
    finished = service.run(cases(500), max_concurrency=50)
    assert finished.run["status"] == "completed"
    assert len({(row["test_case_index"], row["model_name"]) for row in finished.results}) == 1000
    assert all(summary["scored_results"] == 500 for summary in finished.comparison["models"])
    assert len(finished.comparison["models"]) == len(MODELS)


def test_a_case_over_the_limit_is_refused_and_nothing_is_written(service: Service) -> None:
    service.model_api.set_faults()
    before = service.number_of_runs()
    response = service.start([{"input": "x" * 2_000_000}])
    assert response.status == 422
    problem = response.json()
    assert problem["errors"][0]["pointer"] == "/test_cases/0"
    assert "1048576" in problem["detail"]
    assert service.number_of_runs() == before
    assert service.model_api.calls() == {}


def test_more_branches_than_the_limit_are_refused(service: Service) -> None:
    response = service.start(cases(1), repeats=51)
    assert response.status == 422
    assert response.json()["errors"][0]["pointer"] == "/repeats"
