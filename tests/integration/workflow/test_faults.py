"""Faults end in a recorded outcome; none of them fails the run, and none is bought twice."""

import threading
import time

import pytest

from local.http.gateway import request
from local.model_api import Fault
from tests.integration.conftest import JUDGE, MODELS, Service, cases

SONNET, HAIKU = MODELS


def test_a_model_that_always_fails_fails_alone(service: Service) -> None:
    finished = service.run(cases(3), Fault(what="server_error", model=HAIKU))
    assert finished.run["status"] == "completed_with_failures"
    assert finished.outcomes(SONNET) == ["scored"] * 3
    assert finished.outcomes(HAIKU) == ["model_error"] * 3
    failed = finished.results[0]
    assert (failed["error_type"], failed["error_message"]) == ("ModelUnavailable", "HTTP 500: Internal server error")
    assert failed["quality_score"] is None
    assert failed["estimated_cost_microcents"] is None
    assert service.model_api.calls()[f"answer {HAIKU}"] == 15
    assert finished.run["best_model"] == finished.run["cheapest_model"] == SONNET


def test_a_request_that_will_never_be_accepted_is_not_repeated(service: Service) -> None:
    finished = service.run(cases(2), Fault(what="rejected", model=HAIKU))
    assert finished.outcomes(HAIKU) == ["model_error"] * 2
    assert service.model_api.calls()[f"answer {HAIKU}"] == 2


def test_a_judge_that_always_fails_leaves_the_answers_unscored(service: Service) -> None:
    finished = service.run(cases(2), Fault(what="overloaded", model=JUDGE))
    assert {row["outcome"] for row in finished.results} == {"judge_error"}
    assert (finished.run["status"], finished.run["error_type"]) == ("failed", "NothingScored")
    assert finished.run["best_model"] is None
    assert finished.summary(SONNET)["mean_quality_score"] is None
    assert all(row["output_produced"] and row["estimated_cost_microcents"] for row in finished.results)


def test_a_throttled_model_that_recovers_is_scored_and_its_attempts_are_counted(service: Service) -> None:
    finished = service.run(cases(1), Fault(what="throttled", model=HAIKU, first=3, retry_after=30))
    assert finished.outcomes(HAIKU) == ["scored"]
    assert [row["attempts"] for row in finished.results] == [4, 1]


def test_a_spend_limit_is_told_apart_from_throttling_and_not_waited_for(service: Service) -> None:
    finished = service.run(cases(1), Fault(what="spend_limit", model=HAIKU))
    assert finished.results[0]["error_type"] == "SpendLimitReached"
    assert service.model_api.calls()[f"answer {HAIKU}"] == 1


def test_an_unreadable_verdict_is_asked_for_once_more_and_both_calls_are_paid(service: Service) -> None:
    finished = service.run(
        cases(1), Fault(what="text", text='{"quality_score": 85', kinds=["verdict"], first=1), models=[HAIKU]
    )
    [row] = finished.results
    assert row["outcome"] == "scored"
    with service.database() as cursor:
        verdict = cursor.execute(
            "SELECT status, attempts, estimated_cost_microcents AS cost FROM benchmark_verdicts "
            "WHERE benchmark_run_id = %s",
            [finished.run["id"]],
        ).fetchone()
    assert (verdict["status"], verdict["attempts"]) == ("scored", 2)
    assert row["judge_cost_microcents"] == verdict["cost"]


@pytest.mark.parametrize("text", ["", "85", "NaN", '{"quality_score": 101}', "```json\n{}\n```"])
def test_a_verdict_that_stays_unreadable_is_a_judge_error(service: Service, text: str) -> None:
    finished = service.run(cases(1), Fault(what="text", text=text, kinds=["verdict"]), models=[HAIKU])
    [row] = finished.results
    assert (row["outcome"], row["error_type"], row["quality_score"]) == ("judge_error", "JudgeUnreadable", None)
    assert service.model_api.calls()[f"verdict {JUDGE}"] == 2


@pytest.mark.parametrize(
    ("what", "outcome"),
    [("refusal", "refused"), ("max_tokens", "truncated"), ("unknown_stop_reason", "model_error")],
)
def test_an_answer_that_is_none_has_an_outcome_of_its_own(service: Service, what: str, outcome: str) -> None:
    finished = service.run(cases(1), Fault.model_validate({"what": what, "model": HAIKU, "kinds": ["answer"]}))
    assert finished.outcomes(HAIKU) == [outcome]
    assert finished.outcomes(SONNET) == ["scored"]
    assert finished.results[0]["estimated_cost_microcents"] > 0


def test_an_empty_answer_is_scored_by_rule_without_a_judge(service: Service) -> None:
    finished = service.run(cases(1), Fault(what="empty", model=HAIKU, kinds=["answer"]), models=[HAIKU])
    [row] = finished.results
    assert (row["outcome"], row["quality_score"], row["judge_cost_microcents"]) == ("scored", 0, 0)
    assert f"verdict {JUDGE}" not in service.model_api.calls()


@pytest.mark.parametrize("what", ["reset", "reset_inside_body", "cut_body"])
def test_a_cut_connection_is_tried_again(service: Service, what: str) -> None:
    finished = service.run(
        cases(1), Fault.model_validate({"what": what, "model": HAIKU, "kinds": ["answer"], "first": 2}), models=[HAIKU]
    )
    [row] = finished.results
    assert (row["outcome"], row["attempts"]) == ("scored", 3)
    lost = row["lost_attempts_cost_microcents"]
    assert (lost is None) if what == "reset" else (lost > 0)


def test_a_judge_that_refuses_or_is_cut_off_is_told_apart(service: Service) -> None:
    faults = [
        Fault(what="refusal", model=JUDGE, contains="case 0"),
        Fault(what="max_tokens", model=JUDGE, contains="case 1"),
    ]
    finished = service.run(cases(2), *faults, models=[HAIKU])
    assert [row["error_type"] for row in finished.results] == ["JudgeRefused", "JudgeTruncated"]


def test_two_judges_of_whom_one_fails_still_score(service: Service) -> None:
    finished = service.run(cases(2), Fault(what="rejected", model=SONNET, kinds=["verdict"]), judges=[SONNET, JUDGE])
    assert {row["outcome"] for row in finished.results} == {"scored"}
    with service.database() as cursor:
        rows = cursor.execute(
            "SELECT judge, status, count(*) AS n FROM benchmark_verdicts WHERE benchmark_run_id = %s "
            "GROUP BY judge, status ORDER BY judge",
            [finished.run["id"]],
        ).fetchall()
    assert rows == [{"judge": JUDGE, "status": "scored", "n": 4}, {"judge": SONNET, "status": "failed", "n": 4}]


def test_a_retired_model_fails_the_run_before_anything_is_bought(service: Service) -> None:
    finished = service.run(cases(2), models=[HAIKU, "claude-3-opus-20240229"])
    assert (finished.run["status"], finished.run["error_type"]) == ("failed", "UnknownModel")
    assert finished.run["error_message"].startswith("models: the provider has no model 'claude-3-opus-20240229'")
    assert service.model_api.calls() == {"check claude-3-opus-20240229": 1} or not [
        call for call in service.model_api.calls() if not call.startswith("check")
    ]
    assert finished.results == []


def test_a_bad_key_fails_the_run_before_anything_is_bought(service: Service) -> None:
    finished = service.run(cases(1), Fault(what="unauthorized", kinds=["check"]))
    assert (finished.run["status"], finished.run["error_type"]) == ("failed", "AccessDenied")
    assert set(service.model_api.calls().values()) == {1}


def test_a_killed_function_is_started_again_and_nothing_is_lost(service: Service) -> None:
    service.model_api.set_faults(Fault(what="slow", seconds=0.3, kinds=["answer"]))
    started = service.start(cases(10), max_concurrency=4)
    killing = threading.Timer(1.0, service.stack.functions.kill, [service.stack.function_name("call_model")])
    killing.start()
    finished = service.wait(started.json()["run_id"])
    assert finished.run["status"] == "completed"
    assert len(finished.results) == 20


def test_a_stopped_execution_ends_its_row_and_keeps_what_was_done(service: Service) -> None:
    service.model_api.set_faults(Fault(what="slow", seconds=0.2, kinds=["answer"]))
    run_id = service.start(cases(40), max_concurrency=2).json()["run_id"]
    while (
        not (progress := service.stack.workflow.progress(service.stack.workflow.execution_arn(run_id)))
        or progress.done < 3
    ):
        time.sleep(0.05)
    service.stack.cancel(run_id)
    deadline = time.monotonic() + 30
    while (finished := service.finished(run_id)).run["status"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert finished.run["status"] == "cancelled"
    assert 3 <= len([row for row in finished.results if row["outcome"] == "scored"]) < 80
    assert finished.run["completed_at"] is not None


def test_a_run_that_failed_for_its_key_is_resumed_over_the_api_when_the_key_is_right(service: Service) -> None:
    failed = service.run(cases(2), Fault(what="unauthorized", kinds=["check"]))
    assert (failed.run["status"], failed.run["error_type"]) == ("failed", "AccessDenied")
    service.model_api.set_faults()
    path = f"/v1/runs/{failed.run['id']}/resume"
    resumed = request(service.stack, "POST", path)
    assert (resumed.status, resumed.json()) == (202, {"run_id": failed.run["id"]})
    completed = service.wait(failed.run["id"])
    assert (completed.run["status"], completed.run["scored_results"]) == ("completed", 4)
    assert completed.run["error_type"] is None
    assert completed.run["execution_arn"].endswith(f"{failed.run['id']}-2")
    again = request(service.stack, "POST", path)
    assert again.status == 409
    assert "the run is completed" in again.json()["detail"]
