"""A start that broke off: the row, the plan and the execution each come once, whoever finds what is missing."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.plan import Plan
from skill_benchmark.use_cases import reconcile
from skill_benchmark.use_cases.start_run import NOT_IDEMPOTENT
from tests.integration.database.starts import Starts
from tests.integration.database.step_functions import refused

THROTTLED = refused("StartExecution", "ThrottlingException")


class Killed(BaseException):
    """The function's time is up, or its machine is gone."""


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "SECONDS_OF_GRACE", 0)


def the_only_run(starts: Starts) -> str:
    [row] = starts.rows("benchmark_runs")
    return str(row["id"])


def plan_of(starts: Starts, run_id: str) -> Plan:
    return starts.store.require(record_keys.plan(run_id), Plan)


@pytest.mark.parametrize(
    "failure",
    [
        THROTTLED,
        refused("StartExecution", "ExecutionLimitExceeded"),
        refused("StartExecution", "InternalServerError", 500),
        EndpointConnectionError(endpoint_url="https://states"),
        Killed(),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_run_whose_start_broke_off_is_started_by_the_same_request(starts: Starts, failure: BaseException) -> None:
    starts.machine.fails = [failure]
    with pytest.raises(type(failure)):
        starts.start()
    run_id = the_only_run(starts)
    row, plan = starts.row(run_id), plan_of(starts, run_id)
    assert (row["status"], row["execution_arn"], row["error_type"]) == ("queued", None, None)
    starts.add_example("an example that came meanwhile")
    assert starts.start() == run_id
    assert starts.machine.statuses() == {run_id: "RUNNING"}
    assert starts.row(run_id)["execution_arn"] == starts.engine.execution_arn(run_id)
    assert plan_of(starts, run_id) == plan
    assert starts.start() == run_id
    assert len(starts.machine.executions) == 1


def test_a_run_whose_start_broke_off_is_started_by_the_reconciler(starts: Starts, no_grace: None) -> None:
    starts.machine.fails = [Killed(), THROTTLED]
    with pytest.raises(Killed):
        starts.start(NOT_IDEMPOTENT)
    throttled = starts.reconciler().reconcile()
    assert [error.error_type for error in throttled.errors] == ["ClientError"]
    assert starts.row(the_only_run(starts))["status"] == "queued", "the next time is tried again"
    assert starts.reconciler().reconcile().actions["started"] == 1
    assert starts.machine.statuses() == {the_only_run(starts): "RUNNING"}


def test_an_answer_that_was_lost_is_found_by_the_same_request(starts: Starts) -> None:
    starts.machine.answer_is_lost = ReadTimeoutError(endpoint_url="https://states")
    with pytest.raises(ReadTimeoutError):
        starts.start()
    run_id = the_only_run(starts)
    assert starts.machine.statuses() == {run_id: "RUNNING"}
    assert starts.start() == run_id
    assert starts.row(run_id)["execution_arn"] == starts.engine.execution_arn(run_id)


def test_an_execution_that_has_ended_before_its_start_was_noted_writes_its_own_end(starts: Starts) -> None:
    starts.machine.fails = [Killed()]
    with pytest.raises(Killed):
        starts.start()
    run_id = the_only_run(starts)
    starts.engine.start(plan_of(starts, run_id))
    starts.machine.ended(starts.engine.execution_arn(run_id), "FAILED")
    assert starts.start() == run_id
    assert starts.row(run_id)["status"] == "queued", "why it failed is known to its event, not to the start"
    starts.end(run_id, run_id, "FAILED")
    assert starts.row(run_id)["status"] == "failed"


def test_when_the_store_does_not_answer_there_is_no_run_and_the_same_request_makes_one(
    starts: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: Any) -> bool:
        raise refused("PutObject", "SlowDown", 503)

    monkeypatch.setattr(ObjectStore, "put_once", unavailable)
    with pytest.raises(ClientError):
        starts.start()
    monkeypatch.undo()
    assert starts.rows("benchmark_runs") == starts.rows("skill_versions") == []
    run_id = starts.start()
    assert starts.machine.statuses() == {run_id: "RUNNING"}


@pytest.mark.parametrize("failure", [refused("StartExecution", "InvalidName"), ValueError("it cannot be written")])
def test_what_can_never_start_fails_the_run_with_its_numbers(starts: Starts, failure: Exception) -> None:
    starts.machine.fails = [failure]
    with pytest.raises(type(failure)):
        starts.start()
    row = starts.row(the_only_run(starts))
    assert (row["status"], row["error_type"], row["scored_results"]) == ("failed", type(failure).__name__, 0)
    assert starts.start() == row["id"]
    assert starts.machine.executions == {}


def test_a_queued_run_without_an_execution_is_cancelled_at_once_and_never_starts(
    starts: Starts, no_grace: None
) -> None:
    starts.machine.fails = [THROTTLED]
    with pytest.raises(ClientError):
        starts.start()
    run_id = the_only_run(starts)
    starts.cancel(run_id)
    row = starts.row(run_id)
    assert (row["status"], row["scored_results"], row["error_type"]) == ("cancelled", 0, "RunCancelled")
    assert (row["model_cost_microcents"], row["judge_cost_microcents"], row["started_at"]) == (None, None, None)
    assert starts.start() == run_id
    assert starts.reconciler().reconcile().actions == {}
    assert starts.machine.executions == {}
    with pytest.raises(Conflict, match="it is cancelled") as ended:
        starts.cancel(run_id)
    assert ended.value.kind == "run-ended"


def test_a_run_that_is_cancelled_between_the_look_and_the_start_is_stopped(starts: Starts) -> None:
    starts.machine.before_start = lambda: starts.cancel(the_only_run(starts))
    run_id = starts.start()
    assert starts.machine.statuses() == {run_id: "ABORTED"}
    row = starts.row(run_id)
    starts.end(run_id, run_id)
    assert starts.row(run_id) == row, "the end of what was stopped changes nothing"
    assert row["status"] == "cancelled"


def test_a_run_that_is_started_between_the_look_and_the_cancel_is_stopped(
    starts: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts.machine.fails = [THROTTLED]
    with pytest.raises(ClientError):
        starts.start()
    described = starts.machine.describe_execution

    def start_meanwhile(**asked: Any) -> Any:
        try:
            return described(**asked)
        finally:
            monkeypatch.undo()
            starts.start()

    monkeypatch.setattr(starts.machine, "describe_execution", start_meanwhile)
    run_id = the_only_run(starts)
    starts.cancel(run_id)
    assert starts.machine.statuses() == {run_id: "ABORTED"}
    assert starts.row(run_id)["status"] == "queued", "until its end is written"


def test_who_cancels_twice_is_told_the_same_until_the_run_has_ended(starts: Starts) -> None:
    run_id = starts.start()
    starts.cancel(run_id)
    starts.cancel(run_id)
    starts.end(run_id, run_id)
    with pytest.raises(Conflict, match="it is cancelled"):
        starts.cancel(run_id)


def test_a_cancel_that_comes_when_the_execution_is_done_says_so(starts: Starts) -> None:
    run_id = starts.start()
    starts.machine.ended(starts.engine.execution_arn(run_id), "SUCCEEDED")
    with pytest.raises(Conflict, match=r"nothing left to stop: the execution has ended \(SUCCEEDED\)") as ended:
        starts.cancel(run_id)
    assert ended.value.kind == "run-ended"
    assert starts.row(run_id)["status"] == "queued"


def test_a_resume_that_broke_off_is_started_by_the_next_one_under_the_same_name(starts: Starts) -> None:
    run_id = starts.start()
    starts.end(run_id, run_id)
    starts.machine.fails = [THROTTLED]
    with pytest.raises(ClientError):
        starts.resume(run_id)
    assert starts.row(run_id)["status"] == "queued"
    starts.resume(run_id)
    assert starts.machine.statuses() == {run_id: "ABORTED", f"{run_id}-2": "RUNNING"}
    with pytest.raises(Conflict, match="the run is queued"):
        starts.resume(run_id)


def test_a_resume_that_broke_off_is_started_by_the_reconciler(starts: Starts, no_grace: None) -> None:
    run_id = starts.start()
    starts.end(run_id, run_id)
    starts.machine.fails = [THROTTLED]
    with pytest.raises(ClientError):
        starts.resume(run_id)
    assert starts.reconciler().reconcile().actions["started"] == 1
    assert starts.machine.statuses()[f"{run_id}-2"] == "RUNNING"


def test_a_resumed_run_that_is_cancelled_before_it_starts_is_stopped_and_keeps_its_numbers(starts: Starts) -> None:
    run_id = starts.start()
    starts.end(run_id, run_id)
    starts.machine.before_start = lambda: starts.cancel(run_id)
    starts.resume(run_id)
    assert starts.machine.statuses() == {run_id: "ABORTED", f"{run_id}-2": "ABORTED"}
    assert (starts.row(run_id)["status"], starts.row(run_id)["scored_results"]) == ("cancelled", 0)
