from typing import Any

import pytest

from scripts.preflight import rights
from scripts.preflight.deployment import read_deployment
from tests.unit.preflight.account import ANY, denying, deployment, scripted

ROLE = "arn:aws:iam::123456789012:role/deployer"
SESSION = "arn:aws:sts::123456789012:assumed-role/deployer/me"


def tokens(arn: str) -> Any:
    return scripted("sts", ("get_caller_identity", {}, {"Arn": arn, "Account": "123456789012", "UserId": "A"}))


def simulated(*decisions: tuple[str, str]) -> Any:
    results = [{"EvalActionName": action, "EvalDecision": decision} for action, decision in decisions]
    asked = {"PolicySourceArn": ROLE, "ActionNames": ANY}
    return scripted("iam", ("simulate_principal_policy", asked, {"EvaluationResults": results}))


def test_who_asks_and_where_is_said_first() -> None:
    [finding] = rights.identity(tokens(SESSION), "eu-central-1")

    assert finding.status == "ok"
    assert finding.text == f"{SESSION} in account 123456789012, region eu-central-1"


def test_credentials_that_have_expired_are_a_problem() -> None:
    expired = denying("sts", "get_caller_identity", "ExpiredToken", "expired")

    assert [finding.status for finding in rights.identity(expired, "eu-central-1")] == ["problem"]


def test_without_a_region_nothing_is_asked() -> None:
    assert [finding.status for finding in rights.identity(scripted("sts"), None)] == ["problem"]


def test_a_session_is_simulated_as_its_role_and_what_is_refused_is_named() -> None:
    iam = simulated(("s3:PutObject", "allowed"), ("s3:GetObject", "implicitDeny"))

    [finding] = rights.may_deploy(tokens(SESSION), iam, deployment())

    assert finding.status == "problem"
    assert f"{ROLE} may not s3:GetObject" in finding.text


def test_a_caller_who_may_do_all_is_in_order() -> None:
    [finding] = rights.may_deploy(tokens(SESSION), simulated(("s3:PutObject", "allowed")), deployment())

    assert finding.status == "ok"


@pytest.mark.parametrize(
    "arn",
    ["arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0a1b/me"],
)
def test_who_cannot_be_simulated_is_unknown(arn: str) -> None:
    [finding] = rights.may_deploy(tokens(arn), scripted("iam"), deployment())

    assert finding.status == "unknown"


def test_every_type_of_the_template_says_what_creating_it_takes() -> None:
    assert rights.created_types(read_deployment("bench", [])) <= set(rights.TO_CREATE)


def test_functions_and_custom_resources_take_what_their_types_say() -> None:
    resources = {"A": {"Type": "AWS::Serverless::Function"}, "B": {"Type": "Custom::Migration"}}

    actions = rights.actions_to_create(deployment({"Resources": resources}))

    assert {"lambda:CreateFunction", "iam:PassRole", "lambda:InvokeFunction", "s3:PutObject"} <= set(actions)
