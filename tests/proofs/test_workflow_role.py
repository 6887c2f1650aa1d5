"""The state machine's role before a simulator of IAM: all that it needs, and nothing more."""

import pytest

from tests.proofs.conftest import Node
from tests.proofs.iam import Json, Policies, Request, Role, denied, unneeded_grants
from tests.rendered_template import SECRETS, RenderedTemplate
from tests.workflow_requests import requests_of_the_workflow

# What neither the definition nor the documentation of Distributed Map asks for, each with why it is there.
NOT_IN_THE_DEFINITION = {
    "states:RedriveExecution on execution:skill-benchmark-benchmark-run:*": "in one statement with what children need",
}


@pytest.fixture(scope="module")
def template() -> RenderedTemplate:
    return RenderedTemplate(SECRETS)


@pytest.fixture(scope="module")
def policies(template: RenderedTemplate) -> Policies:
    return Policies(template)


@pytest.fixture(scope="module")
def role(template: RenderedTemplate, policies: Policies) -> Role:
    [machine] = template.of_type("AWS::StepFunctions::StateMachine").values()
    [found] = [role for role in policies.roles.values() if role.arn == machine["RoleArn"]]
    return found


def questions(template: RenderedTemplate, policies: Policies, role: Role) -> list[Json]:
    return [policies.question(role, Request(*needed)) for needed in requests_of_the_workflow(template)]


def test_everything_that_the_state_machine_does_is_allowed(
    node: Node, template: RenderedTemplate, policies: Policies, role: Role
) -> None:
    assert denied(node, questions(template, policies, role)) == []


def test_every_grant_is_needed(node: Node, template: RenderedTemplate, policies: Policies, role: Role) -> None:
    unneeded = unneeded_grants(node, role, lambda less: questions(template, policies, less))
    assert unneeded == set(NOT_IN_THE_DEFINITION)
