"""What callers of the API do, and what must come of it. The first line of each says what it proves."""

from local.model_api import Fault
from scripts.run_cost import transitions
from tests.emulated.stack import MODELS, Stack


def reach(stack: Stack) -> None:
    """the API refuses a stranger, lets a signed caller in, reaches the database, and knows its paths"""
    assert stack.stranger("GET", "/v1/health")[0] == 403
    assert stack.get("/v1/health")["database_reachable"]
    assert stack.api("GET", "/nowhere")[0] == 404
    assert "openapi" in stack.get("/v1/openapi.json")


def whole_run(stack: Stack) -> None:
    """a run over two models is started, admitted, answered, judged, counted while it runs, and completed"""
    stack.register("capitals")
    run = stack.start(3, models=MODELS)
    seen = list(stack.progress(run))
    assert seen[-1]["status"] == "completed", seen[-1]
    assert seen[-1]["scored_results"] == 6, seen[-1]
    assert any(answer["progress"] for answer in seen), seen
    # The emulator writes no history of what is inside of a Map, whether its children are executions or inline. What is
    # left are the transitions of a run without cases: its start, and each state of its own.
    entered = stack.entered(run)
    assert len(entered) + 1 == transitions(0, 2, 1, polls=entered.count("Admit Run")), entered


def reports(stack: Stack) -> None:
    """results, verdicts, comparison, history and trends of a run are read"""
    run = stack.finished_run()
    assert len(stack.get(f"/v1/runs/{run}/comparison")["models"]) == 2
    result = stack.get(f"/v1/runs/{run}/results")["items"][0]["id"]
    assert stack.get(f"/v1/results/{result}/verdicts")["items"]
    assert stack.get("/v1/skills/capitals/runs")["items"]
    assert stack.get("/v1/skills/capitals/cost-trend")
    assert stack.get("/v1/skills/capitals/plan?difference=5")["options"]


def rejudge(stack: Stack) -> None:
    """the answers of a run are judged by another judge, and none is bought again"""
    run = stack.finished_run()
    stack.model_api.set_faults()
    answer = stack.ask("POST", f"/v1/runs/{run}/rejudge", {"judges": ["claude-haiku-5-5"]}, expected=(202,))
    stack.ended(answer["run_id"], "completed")
    assert stack.bought() == {"answer": 0, "verdict": 6}, stack.bought()


def rejudge_expired(stack: Stack) -> None:
    """a run whose plan has expired cannot be judged again, and the API says so"""
    stack.register("capitals")
    run = stack.start(1)
    stack.ended(run, "completed")
    stack.delete_plan(run)
    stack.ask("POST", f"/v1/runs/{run}/rejudge", {"judges": ["claude-haiku-5-5"]}, expected=(404, 409, 410))


def throttled(stack: Stack) -> None:
    """a model that throttles is asked again until it answers"""
    stack.model_api.set_faults(Fault(what="throttled", first=3, retry_after=0))
    assert stack.ended(stack.start(2), "completed")["scored_results"] == 2


def recorded_failures(stack: Stack) -> None:
    """a call that fails for good is recorded by the state machine itself, and the run gets to its end"""
    for kind, outcome in (("verdict", "judge_error"), ("answer", "model_error")):
        stack.model_api.set_faults(Fault(what="rejected", kinds=[kind]))
        run = stack.start(1)
        assert stack.ended(run, "failed")["error_type"] == "NothingScored"
        found = [item["outcome"] for item in stack.get(f"/v1/runs/{run}/results")["items"]]
        assert found == [outcome], found


def refused_key(stack: Stack) -> None:
    """an execution that fails is red, and another one writes the end of its run"""
    stack.model_api.set_faults(Fault(what="unauthorized", kinds=["check"]))
    run = stack.ended(stack.start(1), "failed")
    assert run["error_type"], run
    assert stack.bought() == {"answer": 0, "verdict": 0}, stack.bought()


def cancel_and_resume(stack: Stack) -> None:
    """a run is cancelled and keeps what was done; resumed, it buys what is missing and completes"""
    stack.model_api.set_faults()
    run = stack.start(12)
    stack.until_answered(2)
    stack.ask("POST", f"/v1/runs/{run}/cancel", expected=(202,))
    assert stack.ended(run, "cancelled")["scored_results"] < 12
    # Not before the calls that were in flight have been recorded for certain.
    stack.ask("POST", f"/v1/runs/{run}/resume", expected=(409,))
    stack.age(run, hours=1)
    stack.ask("POST", f"/v1/runs/{run}/resume", expected=(202,))
    assert stack.ended(run, "completed")["scored_results"] == 12
    # Calls that were in flight when it was cancelled may be bought twice; there are two at a time.
    assert 12 <= stack.bought()["answer"] <= 14, stack.bought()


def share(stack: Stack) -> None:
    """a run that holds all places gives some up to the next one, which ends first"""
    stack.model_api.set_faults(Fault(what="slow", seconds=0.5))
    large = stack.start(24, max_concurrency=4)
    stack.until_answered(4)
    small = stack.start(1, max_concurrency=4)
    seen = list(stack.progress(small))
    assert seen[-1]["status"] == "completed", seen[-1]
    assert any(answer["queue_position"] for answer in seen), seen
    assert stack.get(f"/v1/runs/{large}")["status"] == "running"
    stack.ask("POST", f"/v1/runs/{large}/cancel", expected=(202,))
    stack.ended(large, "cancelled")
