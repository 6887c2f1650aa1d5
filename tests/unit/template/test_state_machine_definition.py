"""What no linter sees of the state machine in `template.yaml`, because it is in a file of its own."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.render_state_machine import DEFINITION, render
from tests.unit.template.deployed import Stack
from tests.unit.template.linter import cfn_lint

TEXT = DEFINITION.read_text(encoding="utf-8")


def lint(definition: str) -> tuple[int, str]:
    return cfn_lint(json.dumps(render(definition)))


def test_cfn_lint_has_nothing_to_say_of_the_state_machine() -> None:
    assert lint(TEXT) == (0, "")


def test_cfn_lint_would_see_a_broken_state_machine() -> None:
    code, found = lint(TEXT.replace("Type: Succeed", "Type: Suceed"))
    assert code != 0
    assert "'Suceed' is not one of" in found


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("Next: Judge Failure Not Recorded", "Next: Gone"), ("Default: Wait for Places", "Default: Gone")],
)
def test_every_transition_leads_to_a_state_and_a_wrong_one_would_be_seen(right: str, wrong: str) -> None:
    assert list(broken_transitions(machine(TEXT))) == []
    assert right in TEXT
    assert {target for _, target in broken_transitions(machine(TEXT.replace(right, wrong)))} == {"Gone"}


def test_every_state_can_be_reached() -> None:
    for states in scopes(machine(TEXT)):
        reached = {states["StartAt"]} | {target for state in states["States"].values() for target in targets(state)}
        assert reached == set(states["States"])


def test_the_template_fills_every_placeholder_of_the_definition(stack: Stack) -> None:
    substitutions = stack.resources["BenchmarkRunStateMachine"]["Properties"]["DefinitionSubstitutions"]
    assert set(re.findall(r"\$\{(\w+)\}", TEXT)) == set(substitutions)


def machine(definition: str) -> dict[str, Any]:
    found: dict[str, Any] = render(definition)["Resources"]["BenchmarkRunStateMachine"]["Properties"]["Definition"]
    return found


def scopes(states: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A machine and the machines inside of its Maps; a transition never leaves its own."""
    yield states
    for state in states["States"].values():
        if "ItemProcessor" in state:
            yield from scopes(state["ItemProcessor"])


def targets(state: dict[str, Any]) -> Iterator[str]:
    for rule in [state, *state.get("Catch", []), *state.get("Choices", [])]:
        yield from (rule[key] for key in ("Next", "Default") if key in rule)


def broken_transitions(definition: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for states in scopes(definition):
        for name, state in states["States"].items():
            yield from ((name, target) for target in targets(state) if target not in states["States"])
