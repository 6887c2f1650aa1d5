"""The state machine, by validators of the language that were written for others."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from scripts.render_state_machine import render
from tests.proofs.conftest import Node
from tests.workflow_definition import DEFINITION_FILE, states

TEXT = DEFINITION_FILE.read_text(encoding="utf-8")


def machine() -> Any:
    return json.loads(json.dumps(render(TEXT)["Resources"]["BenchmarkRunStateMachine"]["Properties"]["Definition"]))


def first(definition: Any, kind: str) -> Any:
    return next(state for _, state in states(definition) if state["Type"] == kind)


def test_the_validators_find_nothing(node: Node) -> None:
    assert node("validate_asl.mjs", machine()) == []


@pytest.mark.parametrize(
    ("break_it", "found"),
    [
        (lambda d: first(d, "Task").update(Next="Nowhere"), "Nowhere"),
        (lambda d: first(d, "Task").update(Resource="lambda:invoke"), "Resource"),
        (lambda d: first(d, "Task").update(ResultPath="$.a[*]"), "$.a[*] is no result_path"),
        (lambda d: first(d, "Map").update(ItemsPath="$.items[?(@.a)]"), "is no reference_path"),
        (lambda d: first(d, "Task")["Parameters"].update({"A.$": "States.Frmt('{}', $.a)"}), "is no payload_template"),
        (lambda d: first(d, "Choice")["Choices"][0].update(Variable="a.b"), "a.b is no path"),
        (lambda d: first(d, "Map")["ItemProcessor"].pop("StartAt"), "StartAt"),
    ],
    ids=["transition", "resource", "result path", "reference path", "intrinsic", "path", "start"],
)
def test_a_broken_state_machine_is_found(node: Node, break_it: Callable[[Any], object], found: str) -> None:
    broken = machine()
    break_it(broken)
    assert any(found in problem for problem in node("validate_asl.mjs", broken))
