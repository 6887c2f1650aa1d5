import json
from typing import Any

from scripts.preflight import definitions
from tests.unit.preflight.account import ANY, denying, deployment, scripted

ASKED = {"definition": ANY, "type": "STANDARD", "severity": "WARNING"}


def said(*diagnostics: dict[str, str], result: str = "OK") -> Any:
    answer = {"result": result, "diagnostics": list(diagnostics)}
    return scripted("stepfunctions", ("validate_state_machine_definition", ASKED, answer))


def test_a_definition_that_step_functions_accepts_is_in_order() -> None:
    assert [finding.status for finding in definitions.state_machine(said())] == ["ok"]


def test_each_complaint_of_step_functions_is_a_problem_with_its_place() -> None:
    complaint = {
        "severity": "ERROR",
        "code": "MISSING_TRANSITION_TARGET",
        "message": "no Next",
        "location": "/States/A",
    }

    [finding] = definitions.state_machine(said(complaint, result="FAIL"))

    assert finding.status == "problem"
    assert "MISSING_TRANSITION_TARGET: no Next /States/A" in finding.text


def test_a_template_that_cloudformation_refuses_is_a_problem() -> None:
    refusing = denying("cloudformation", "validate_template", "ValidationError", "Unresolved dependencies")

    [finding] = definitions.template(refusing, deployment())

    assert finding.status == "problem"
    assert "Unresolved dependencies" in finding.text


def test_a_template_of_the_longest_body_is_validated_and_a_longer_one_is_left_to_the_change_set() -> None:
    empty = deployment({"Resources": {}, "Description": ""})
    room = 51_200 - len(empty.compact_template)
    longest = deployment({"Resources": {}, "Description": "x" * room})
    asked = {"TemplateBody": json.dumps(longest.template, separators=(",", ":"))}
    accepting = scripted("cloudformation", ("validate_template", asked, {"Capabilities": ["CAPABILITY_IAM"]}))

    assert [finding.status for finding in definitions.template(accepting, longest)] == ["ok"]
    longer = deployment({"Resources": {}, "Description": "x" * (room + 1)})
    assert [finding.status for finding in definitions.template(scripted("cloudformation"), longer)] == ["unknown"]


def test_a_template_that_needs_more_capabilities_than_documented_is_a_problem() -> None:
    answer = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
    naming = scripted("cloudformation", ("validate_template", {"TemplateBody": ANY}, answer))

    assert [finding.status for finding in definitions.template(naming, deployment())] == ["problem"]
