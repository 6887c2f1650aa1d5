"""What the states ask of AWS, held against the models that AWS's own SDK is made from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.workflow.service_shapes import problems
from tests.workflow_definition import Call, calls, load

CALLS = list(calls(load()))
PUT = Call(
    "Record",
    "Task",
    aws_sdk=True,
    service="s3",
    action="putObject",
    parameters={"Bucket": "b", "Key.$": "States.Format('runs/{}', $.run_id)", "Body.$": "States.JsonToString($.x)"},
)
EVENTS = Call(
    "Announce",
    "Task",
    aws_sdk=False,
    service="events",
    action="putEvents",
    parameters={"Entries": [{"Source": "us", "DetailType": "Done", "EventBusName": "default", "Detail": {"a": 1}}]},
)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.state}: {call.service}:{call.action}")
def test_the_service_has_the_operation_and_takes_its_parameters(call: Call) -> None:
    assert list(problems(call)) == []


def test_the_definition_calls_functions_the_object_store_and_the_event_bus() -> None:
    assert {(call.service, call.action) for call in CALLS} >= {
        ("lambda", "invoke"),
        ("s3", "getObject"),
        ("s3", "putObject"),
        ("events", "putEvents"),
    }


@pytest.mark.parametrize("call", [PUT, EVENTS], ids=["s3", "events"])
def test_a_right_call_has_no_problem(call: Call) -> None:
    assert list(problems(call)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"IfNoneMatched": "*"}, "Record: IfNoneMatched is no parameter of s3:putObject"),
        ({"IfNoneMatch": True}, "Record: IfNoneMatch is a string, not True"),
        ({"ContentLength": "12"}, "Record: ContentLength is a long, not '12'"),
        ({"StorageClass": "FROZEN"}, "Record: StorageClass is one of STANDARD"),
        ({"ContentType.$": "States.Array(1)"}, "Record: ContentType is a string, and States.Array(1) is a list"),
    ],
)
def test_a_wrong_parameter_is_named(change: Mapping[str, Any], problem: str) -> None:
    [found] = problems(replace(PUT, parameters={**PUT.parameters, **change}))
    assert found.startswith(problem)


def test_a_missing_parameter_is_named() -> None:
    without = {name: value for name, value in PUT.parameters.items() if name != "Bucket"}
    assert list(problems(replace(PUT, parameters=without))) == ["Record: Bucket is required by s3:putObject"]


def test_a_wrong_parameter_inside_of_a_list_is_named() -> None:
    wrong = replace(EVENTS, parameters={"Entries": [{"Source": "us", "Type": "Done"}]})
    assert list(problems(wrong)) == ["Announce: Entries[].Type is no parameter of events:putEvents"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"action": "putObjekt"}, "Record: s3 has no operation putObjekt"),
        ({"service": "s33"}, "Record: there is no service s33"),
        ({"by": "ResultWriter"}, "Record: a ResultWriter has no Body"),
    ],
)
def test_a_call_of_nothing_is_named(change: Mapping[str, Any], problem: str) -> None:
    assert problem in set(problems(replace(PUT, **change)))


def test_an_event_whose_detail_is_an_object_is_right_only_where_step_functions_adapted_the_call() -> None:
    assert list(problems(replace(EVENTS, aws_sdk=True))) == ["Announce: Entries[].Detail is a string, not {'a': 1}"]
