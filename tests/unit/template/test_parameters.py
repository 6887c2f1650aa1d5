"""What CloudFormation refuses before it creates anything: patterns of parameters, and rules over several."""

import re
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.unit.template.deployed import ROOT

TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))


def takes(parameter: str, value: str) -> bool:
    """CloudFormation matches the whole value, with Java's regular expressions; ours mean the same in Python."""
    return re.fullmatch(TEMPLATE["Parameters"][parameter]["AllowedPattern"], value) is not None


def refused_by(**given: str) -> set[str]:
    """The rules that refuse a set of parameters, all others at their defaults."""
    values = {name: str(parameter.get("Default", "")) for name, parameter in TEMPLATE["Parameters"].items()} | given
    return {
        name
        for name, rule in TEMPLATE["Rules"].items()
        if _holds(rule.get("RuleCondition", {"Fn::Equals": ["", ""]}), values)
        and not all(_holds(assertion["Assert"], values) for assertion in rule["Assertions"])
    }


def _holds(condition: dict[str, Any], values: dict[str, str]) -> bool:
    [(function, arguments)] = condition.items()
    match function:
        case "Fn::Equals":
            first, second = (values[side["Ref"]] if isinstance(side, dict) else side for side in arguments)
            return bool(first == second)
        case "Fn::Not":
            return not _holds(arguments[0], values)
        case "Fn::And":
            return all(_holds(part, values) for part in arguments)
        case "Fn::Or":
            return any(_holds(part, values) for part in arguments)
    raise AssertionError(f"teach this test {function}")


ROLE = "arn:aws:iam::123456789012:role/main-app"


def test_somebody_must_be_able_to_say_for_which_tenant_a_request_is() -> None:
    assert "CallersAreNamed" in refused_by()
    assert "CallersAreNamed" not in refused_by(TenantCallerRoleArns=ROLE)
    assert "CallersAreNamed" not in refused_by(JwtIssuer="https://issuer.example", JwtAudience="bench")


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("", True),
        (ROLE, True),
        (f"{ROLE},arn:aws-us-gov:iam::123456789012:user/people/ada", True),
        ("arn:aws:iam::123456789012:role/a/path/main-app", True),
        ("arn:aws:sts::123456789012:assumed-role/main-app/session", False),
        ("arn:aws:iam::123456789012:root", False),
        ("arn:aws:iam::*:role/main-app", False),
        ("arn:aws:iam::123456789012:role/*", False),
        (f"{ROLE}, {ROLE}", False),
        ("*", False),
    ],
)
def test_the_list_of_callers_holds_roles_and_users_by_name(value: str, *, taken: bool) -> None:
    assert takes("TenantCallerRoleArns", value) is taken
