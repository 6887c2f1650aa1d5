"""Every name that a Retry or a Catch waits for is one that can come: Step Functions compares them as plain strings."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from skill_benchmark.domain import errors
from tests.unit.workflow.service_shapes import operation
from tests.workflow_definition import Call, calls, load, states

# Step Functions, Developer Guide, "Handling errors in Step Functions workflows".
STATES_ERRORS = {
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
}
LAMBDA_ERRORS = {
    # Step Functions, Developer Guide, "Handle transient Lambda service exceptions".
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    # Lambda's own words for a sandbox that ran out of time or ended, as `errorType` of the function's response; Lambda,
    # Developer Guide, "Troubleshoot invocation issues".
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
    "Sandbox.Timedout",
}
OURS = {
    name
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.SkillBenchmarkError) and not kind.__subclasses__()
}
DEFINITION = load()
CALLS = {call.state: call for call in calls(DEFINITION) if call.by == "Task"}


def names(machine: Any) -> Iterator[tuple[str, str]]:
    for state, spec in states(machine):
        for rule in [*spec.get("Retry", []), *spec.get("Catch", [])]:
            yield from ((state, name) for name in rule["ErrorEquals"])


def can_come(call: Call | None, name: str) -> bool:
    """Whether a state that makes this call (or none) can fail with this error."""
    if name in STATES_ERRORS:
        return True
    if call is None:
        return False
    if (call.service, call.action) == ("lambda", "invoke") and name in LAMBDA_ERRORS | OURS:
        return True
    service, _, error = name.partition(".")
    # Step Functions, Developer Guide, "Learning to use AWS service SDK integrations": the service's name, a point, and
    # the exception of the Java SDK: one that the API declares, the service's own root, or one of the client.
    declared = {_java(shape.name) for shape in operation(call).error_shapes}
    return service.lower() == call.service and error in declared | {f"{service}Exception", "SdkClientException"}


def _java(name: str) -> str:
    return name if name.endswith("Exception") else f"{name}Exception"


@pytest.mark.parametrize(("state", "name"), sorted(set(names(DEFINITION))))
def test_an_error_that_is_waited_for_can_come(state: str, name: str) -> None:
    assert can_come(CALLS.get(state), name), f"{state} waits for {name}, which nothing that it calls can raise"


def test_a_wrong_name_is_found() -> None:
    invoke = Call("A", "Task", aws_sdk=False, service="lambda", action="invoke", parameters={})
    put = Call("B", "Task", aws_sdk=True, service="s3", action="putObject", parameters={})
    assert can_come(invoke, "ModelThrottled")
    assert can_come(invoke, "Lambda.EC2ThrottledException")
    assert can_come(put, "S3.S3Exception")
    assert not can_come(invoke, "CallFailed"), "it has subclasses, through which it is never matched"
    assert not can_come(invoke, "ModelThrotled")
    assert not can_come(invoke, "Lambda.TooManyRequests")
    assert not can_come(invoke, "S3.S3Exception")
    assert not can_come(put, "ModelThrottled")
    assert not can_come(put, "Lambda.Unknown")
    assert not can_come(put, "States.TaskFailure")
    assert not can_come(None, "ModelThrottled")


def test_the_catch_all_stands_alone_and_last() -> None:
    """The language's specification asks for both, and nothing after it would ever be reached."""
    for state, spec in states(DEFINITION):
        for field in ("Retry", "Catch"):
            rules = [rule["ErrorEquals"] for rule in spec.get(field, [])]
            for index, rule in enumerate(rules):
                if "States.ALL" in rule:
                    assert rule == ["States.ALL"], state
                    assert index == len(rules) - 1, state


def test_nothing_is_waited_for_after_the_name_that_includes_it() -> None:
    """The first rule that matches decides, and States.TaskFailed matches every failure of a task but a timeout."""
    for state, spec in states(DEFINITION):
        for field in ("Retry", "Catch"):
            seen: set[str] = set()
            for rule in spec.get(field, []):
                assert not seen & set(rule["ErrorEquals"]), f"{state}: {field} names an error twice"
                if "States.TaskFailed" in seen:
                    assert all(name.startswith("States.") for name in rule["ErrorEquals"]), state
                seen |= set(rule["ErrorEquals"])
