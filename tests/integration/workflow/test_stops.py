"""A stop is an end of its own, whenever it comes: in the first millisecond, in a wait, in a Map."""

import json
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

import local.engine
from local.cloud import ACCOUNT, REGION
from tests.integration.conftest import Service, cases

STOPS = 330
ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/of-a-test"

_STEPS: dict[str, dict[str, Any]] = {
    "Begin": {"Type": "Pass", "Parameters": {"numbers.$": "$.numbers", "redrives.$": "$$.Execution.RedriveCount"}},
    "Decide": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.numbers[0]", "NumericEquals": 0, "Next": "Both"}],
        "Default": "Both",
    },
    "Both": {
        "Type": "Parallel",
        "ResultPath": "$.both",
        "Branches": [
            {"StartAt": "One", "States": {"One": {"Type": "Pass", "InputPath": "$.numbers", "End": True}}},
            {"StartAt": "Two", "States": {"Two": {"Type": "Wait", "Seconds": 1, "End": True}}},
        ],
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
    },
    "Each": {
        "Type": "Map",
        "ItemsPath": "$.numbers",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Item",
            "States": {"Item": {"Type": "Pass", "InputPath": "$", "End": True}},
        },
        "ResultPath": "$.each",
    },
    "Done": {"Type": "Wait", "Seconds": 100_000},
}


def machine(states: dict[str, dict[str, Any]], timeout_seconds: int = 100_000) -> str:
    """The ARN of a state machine that goes through the states in their order."""
    names = list(states)
    following = {
        name: {"Next": after} if after else {"End": True} for name, after in zip(names, [*names[1:], ""], strict=True)
    }
    definition = {
        "StartAt": names[0],
        "TimeoutSeconds": timeout_seconds,
        "States": {
            name: state | ({} if state["Type"] == "Choice" else following[name]) for name, state in states.items()
        },
    }
    created = boto3.client("stepfunctions", region_name=REGION).create_state_machine(
        name=f"of-a-test-{uuid4()}", definition=json.dumps(definition), roleArn=ROLE
    )
    return str(created["stateMachineArn"])


def start(arn: str, given: Any, name: str | None = None) -> str:
    """Start the state machine; returns the execution's ARN."""
    client = boto3.client("stepfunctions", region_name=REGION)
    return str(
        client.start_execution(stateMachineArn=arn, input=json.dumps(given), name=name or str(uuid4()))["executionArn"]
    )


def stop(arn: str) -> None:
    boto3.client("stepfunctions", region_name=REGION).stop_execution(executionArn=arn)


@pytest.fixture
def ends(service: Service, monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """How often which execution was announced to have ended, and how."""
    counted: Counter[tuple[str, str]] = Counter()
    deliver = local.engine._deliver

    def counting(client: Any, event: dict[str, Any]) -> None:
        counted[event["detail"]["executionArn"], event["detail"]["status"]] += 1
        deliver(client, event)

    monkeypatch.setattr(local.engine, "_deliver", counting)
    return counted


def described(arn: str) -> dict[str, Any]:
    """The execution, once it has ended."""
    client = boto3.client("stepfunctions", region_name=REGION)
    deadline = time.monotonic() + 60
    while (found := client.describe_execution(executionArn=arn))["status"] not in ENDED:
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    return dict(found)


def test_a_stop_at_any_moment_of_the_start_is_a_stop(
    ends: Counter[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.interpreter.ENDED_EXECUTIONS_KEPT", STOPS)
    moments = random.Random(20261124)
    arn = machine(_STEPS)

    def stopped(seconds: float) -> dict[str, Any]:
        execution = start(arn, {"numbers": list(range(5))})
        time.sleep(seconds)
        stop(execution)
        return described(execution)

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(stopped, [moments.uniform(0, 0.05) for _ in range(STOPS)]))
    assert Counter((one["status"], one.get("error"), one.get("cause")) for one in found) == {
        ("ABORTED", None, None): STOPS
    }
    assert ends == Counter({(one["executionArn"], "ABORTED"): 1 for one in found})


def test_a_stop_that_comes_before_the_first_state_is_not_lost(
    ends: Counter[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_event = EventManager.add_event

    def slow(*arguments: Any, **named: Any) -> int:
        if named["event_type"] == "ExecutionStarted":
            time.sleep(0.2)
        return int(add_event(*arguments, **named))

    monkeypatch.setattr(EventManager, "add_event", slow)
    execution = start(machine({"Waits": {"Type": "Wait", "Seconds": 200}}), {})
    stop(execution)
    assert described(execution)["status"] == "ABORTED"
    assert ends == {(execution, "ABORTED"): 1}


def test_a_retry_that_waits_ends_with_the_stop(ends: Counter[tuple[str, str]]) -> None:
    failing = {
        "Type": "Parallel",
        "Branches": [{"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "No"}}}],
        "Retry": [{"ErrorEquals": ["No"], "IntervalSeconds": 90_000}],
    }
    execution = start(machine({"Fails": failing}), {})
    time.sleep(0.3)
    stop(execution)
    begun = time.monotonic()
    assert described(execution)["status"] == "ABORTED"
    assert time.monotonic() - begun < 10
    assert ends == {(execution, "ABORTED"): 1}


def test_a_time_that_runs_out_after_the_stop_does_not_replace_it(
    ends: Counter[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function that hangs keeps the execution from ending until its time is up."""
    over = Event()
    monkeypatch.setattr(lambda_eval_utils, "_invoke_lambda_function", lambda **_: over.wait(60))
    call = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "hangs"}}
    execution = start(machine({"Calls": call}, timeout_seconds=1), {})
    time.sleep(0.3)
    stop(execution)
    assert described(execution)["status"] == "ABORTED"
    over.set()
    assert ends == {(execution, "ABORTED"): 1}


def test_a_failure_without_a_stop_is_still_a_failure(ends: Counter[tuple[str, str]]) -> None:
    execution = start(machine({"Fails": {"Type": "Pass", "InputPath": "$.absent"}}), {})
    assert described(execution)["status"] == "FAILED"
    assert ends == {(execution, "FAILED"): 1}


def test_a_run_that_is_cancelled_while_it_starts_is_cancelled(service: Service) -> None:
    service.model_api.set_faults()
    moments = random.Random(20261124)
    for _ in range(12):
        run_id = service.start(cases(1)).json()["run_id"]
        time.sleep(moments.uniform(0, 0.05))
        service.stack.cancel(run_id)
        run = service.get(f"/v1/runs/{run_id}")
        # A run of one case may be complete before it could be stopped.
        assert (run["status"], run["error_type"]) in {("cancelled", "ABORTED"), ("completed", None)}, run


def test_a_map_of_many_items_needs_no_deep_stack(service: Service) -> None:
    numbers = list(range(1_500))
    ended = described(start(machine({"Each": _STEPS["Each"] | {"MaxConcurrency": 1}}), {"numbers": numbers}))
    assert (ended["status"], json.loads(ended["output"])["each"]) == ("SUCCEEDED", numbers)


def test_two_starts_of_one_name_are_one_execution(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    look_for_another = StateMachine._handle_name_input_idempotency

    def slow(state_machine: Any, *arguments: Any) -> Any:
        found = look_for_another(state_machine, *arguments)
        time.sleep(0.05)
        return found

    monkeypatch.setattr(StateMachine, "_handle_name_input_idempotency", slow)
    arn = machine({"Waits": _STEPS["Done"]})
    with ThreadPoolExecutor(4) as threads:
        [execution] = set(threads.map(lambda _: start(arn, {}, "the-same"), range(4)))
    found = boto3.client("stepfunctions", region_name=REGION).list_executions(stateMachineArn=arn)["executions"]
    assert len(found) == 1
    stop(execution)


def test_an_execution_knows_that_it_was_never_redriven(service: Service) -> None:
    ended = described(start(machine({"Begin": _STEPS["Begin"]}), {"numbers": []}))
    assert json.loads(ended["output"]) == {"numbers": [], "redrives": 0}
