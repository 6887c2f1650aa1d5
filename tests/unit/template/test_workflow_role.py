"""The state machine's role against its definition: what its states call, and what a Distributed Map does besides."""

import pytest

from tests.rendered_template import SECRETS, RenderedTemplate
from tests.unit.template.deployed import Policy
from tests.workflow_definition import Call
from tests.workflow_requests import requests_of_call, requests_of_the_workflow


@pytest.fixture(scope="module")
def template() -> RenderedTemplate:
    return RenderedTemplate(SECRETS)


def role(template: RenderedTemplate) -> Policy:
    [machine] = template.of_type("AWS::StepFunctions::StateMachine").values()
    [found] = [
        properties
        for name, properties in template.of_type("AWS::IAM::Role").items()
        if template.attribute(name, "Arn") == machine["RoleArn"]
    ]
    return Policy([each for policy in found["Policies"] for each in policy["PolicyDocument"]["Statement"]])


def test_the_role_covers_everything_that_the_definition_calls(template: RenderedTemplate) -> None:
    policy = role(template)
    needed = list(requests_of_the_workflow(template))
    assert {action.partition(":")[0] for action, _, _ in needed} == {"lambda", "s3", "events", "states", "logs"}
    missing = [f"{action} on {resource}" for action, resource, _ in needed if not policy.allows(action, resource)]
    assert missing == []


@pytest.mark.parametrize("service", ["lambda", "s3", "events", "states", "logs"])
def test_without_a_statement_something_would_be_missing(template: RenderedTemplate, service: str) -> None:
    policy = role(template)
    needed = list(requests_of_the_workflow(template))
    for statement in policy.statements:
        actions = statement["Action"]
        if (actions if isinstance(actions, str) else actions[0]).startswith(service):
            less = Policy([kept for kept in policy.statements if kept is not statement])
            assert any(not less.allows(action, resource) for action, resource, _ in needed), statement["Sid"]


def test_the_versions_that_came_before_are_needed_as_well() -> None:
    """An execution calls the versions that it started with, also after a deployment."""
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:call-model"
    call = Call(
        "Ask", "Task", aws_sdk=False, service="lambda", action="invoke", parameters={"FunctionName": f"{arn}:2"}
    )
    assert {resource for _, resource, _ in requests_of_call(call)} == {f"{arn}:1", f"{arn}:2"}


def test_a_call_that_is_new_has_to_be_explained() -> None:
    call = Call("Ask", "Task", aws_sdk=True, service="dynamodb", action="getItem", parameters={})
    with pytest.raises(LookupError, match="dynamodb:getItem"):
        list(requests_of_call(call))
