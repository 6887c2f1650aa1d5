"""Whoever delivers an event may do so: rules, schedules, and Lambda where an event failed for good."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from local.cloud import ACCOUNT, REGION
from tests.rendered_template import SECRETS, RenderedTemplate
from tests.unit.template.deployed import Policy

ACTIONS = {"lambda": "lambda:InvokeFunction", "states": "states:StartExecution", "sqs": "sqs:SendMessage"}


@dataclass(frozen=True)
class Delivery:
    """Something that a service of AWS sends somewhere: with a role, or because the target admits it."""

    name: str
    sender: str
    source: str
    target: str
    role: str | None

    @property
    def action(self) -> str:
        return ACTIONS[self.target.split(":")[2]]


@pytest.fixture(scope="module")
def template() -> RenderedTemplate:
    return RenderedTemplate(SECRETS)


def deliveries(template: RenderedTemplate) -> Iterator[Delivery]:
    for name, rule in template.of_type("AWS::Events::Rule").items():
        arn = template.attribute(name, "Arn")
        for target in rule["Targets"]:
            yield Delivery(name, "events.amazonaws.com", arn, target["Arn"], target.get("RoleArn"))
            if "DeadLetterConfig" in target:
                yield Delivery(name, "events.amazonaws.com", arn, target["DeadLetterConfig"]["Arn"], None)
    for name, schedule in template.of_type("AWS::Scheduler::Schedule").items():
        target = schedule["Target"]
        for arn in [target["Arn"], *target.get("DeadLetterConfig", {}).values()]:
            yield Delivery(name, "scheduler.amazonaws.com", "", arn, target["RoleArn"])
    roles = {
        function["FunctionName"]: function["Role"] for function in template.of_type("AWS::Lambda::Function").values()
    }
    for name, config in template.of_type("AWS::Lambda::EventInvokeConfig").items():
        for destination in config["DestinationConfig"].values():
            role = roles[config["FunctionName"]]
            yield Delivery(name, "lambda.amazonaws.com", "", destination["Destination"], role)


def is_allowed(template: RenderedTemplate, delivery: Delivery) -> bool:
    if delivery.role:
        return _role_allows(template, delivery)
    if delivery.action == "lambda:InvokeFunction":
        return any(
            (_arn(permission["FunctionName"]), permission["Principal"]) == (delivery.target, delivery.sender)
            and permission["SourceArn"] == delivery.source
            for permission in template.of_type("AWS::Lambda::Permission").values()
        )
    return any(
        statement["Principal"] == {"Service": delivery.sender}
        and Policy([{name: value for name, value in statement.items() if name != "Condition"}]).allows(
            delivery.action, delivery.target
        )
        for policy in template.of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
    )


def _role_allows(template: RenderedTemplate, delivery: Delivery) -> bool:
    roles = template.of_type("AWS::IAM::Role")
    [role] = [role for name, role in roles.items() if template.attribute(name, "Arn") == delivery.role]
    trusted = [principal for one in role["AssumeRolePolicyDocument"]["Statement"] for principal in _services(one)]
    statements = [one for policy in role.get("Policies", []) for one in policy["PolicyDocument"]["Statement"]]
    return delivery.sender in trusted and Policy(statements).allows(delivery.action, delivery.target)


def _services(statement: Any) -> list[str]:
    service = statement["Principal"]["Service"]
    return [service] if isinstance(service, str) else service


def _arn(function: str) -> str:
    return function if function.startswith("arn:") else f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"


def test_everything_that_is_delivered_may_be_delivered(template: RenderedTemplate) -> None:
    found = list(deliveries(template))
    assert {delivery.sender.partition(".")[0] for delivery in found} == {"events", "scheduler", "lambda"}
    assert [delivery for delivery in found if not is_allowed(template, delivery)] == []


def test_whatever_cannot_be_delivered_is_kept(template: RenderedTemplate) -> None:
    rules, schedules = template.of_type("AWS::Events::Rule"), template.of_type("AWS::Scheduler::Schedule")
    targets = [target for rule in rules.values() for target in rule["Targets"]]
    targets += [schedule["Target"] for schedule in schedules.values()]
    assert len(targets) == 4
    queue = template.attribute("LostEventsQueue", "Arn")
    assert [target["Arn"] for target in targets if target.get("DeadLetterConfig") != {"Arn": queue}] == []


def test_a_delivery_that_nobody_allowed_is_found(template: RenderedTemplate) -> None:
    here = f"{REGION}:{ACCOUNT}"
    rule = f"arn:aws:events:{here}:rule/another"
    function = f"arn:aws:lambda:{here}:function:skill-benchmark-read-api"
    queue = f"arn:aws:sqs:{here}:another"
    for target in (function, queue):
        assert not is_allowed(template, Delivery("another", "events.amazonaws.com", rule, target, None))
    for delivery in deliveries(template):
        if delivery.role:
            assert not is_allowed(template, replace(delivery, target=queue))
            assert not is_allowed(template, replace(delivery, sender="another.amazonaws.com"))


def test_a_function_that_admits_a_rule_and_no_other_is_delivered_to(
    template: RenderedTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    admitted = Delivery("a", "events.amazonaws.com", "arn:rule/a", _arn("f"), None)
    permission = {"FunctionName": "f", "Principal": "events.amazonaws.com", "SourceArn": "arn:rule/a"}
    monkeypatch.setattr(
        template, "of_type", lambda kind: {"P": permission} if kind == "AWS::Lambda::Permission" else {}
    )
    assert is_allowed(template, admitted)
    assert not is_allowed(template, replace(admitted, source="arn:rule/b"))
    assert not is_allowed(template, replace(admitted, target=_arn("g")))
