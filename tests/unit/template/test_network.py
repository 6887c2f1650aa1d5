"""Functions, proxy, cluster and endpoints reach one another, and one port that is changed would be seen."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.template.deployed import Stack
from tests.unit.template.network import faults, ports, rules, with_database

Path = tuple[str | int, ...]


def test_every_end_names_one_port_and_every_arrow_has_two_rules(stack: Stack) -> None:
    assert faults(stack.resources) == []
    named = ports(with_database(stack.resources))
    assert set(named.values()) == {5432}
    assert {"DatabaseCluster", "DatabaseProxy", "DatabaseSecret"} <= set(named)


def test_a_cluster_without_a_port_would_listen_where_nobody_calls(stack: Stack) -> None:
    changed = copy.deepcopy(stack.resources)
    del changed["DatabaseCluster"]["Properties"]["Port"]
    assert "DatabaseCluster says 3306, the proxy listens on 5432" in faults(changed)


def test_a_secret_with_another_port_would_be_seen(stack: Stack) -> None:
    changed = copy.deepcopy(stack.resources)
    generated = changed["DatabaseSecret"]["Properties"]["GenerateSecretString"]
    generated["SecretStringTemplate"] = generated["SecretStringTemplate"].replace("5432", "5433")
    assert faults(changed) == ["DatabaseSecret says 5433, the proxy listens on 5432"]


def test_any_port_of_any_rule_that_is_changed_would_be_seen(stack: Stack) -> None:
    changed_ports = 0
    for path in paths_of_ports(stack.resources):
        changed = copy.deepcopy(stack.resources)
        holder = at(changed, path[:-1])
        if holder.get("CidrIp") == "127.0.0.1/32":  # leads nowhere, on any port
            continue
        holder[path[-1]] += 1 if path[-1] != "ToPort" else -1
        assert faults(changed), path
        changed_ports += 1
    assert changed_ports >= 15


def test_any_rule_that_is_taken_away_would_be_seen(stack: Stack) -> None:
    standing_alone = [
        name for name, found in stack.resources.items() if found["Type"] == "AWS::EC2::SecurityGroupIngress"
    ]
    inside = {path[:4] for path in paths_of_ports(stack.resources) if len(path) == 5}
    assert standing_alone
    assert inside
    for name in standing_alone:
        changed = copy.deepcopy(stack.resources)
        del changed[name]
        assert faults(changed), name
    for path in inside:
        changed = copy.deepcopy(stack.resources)
        if at(changed, path).get("CidrIp") == "127.0.0.1/32":
            continue
        del at(changed, path[:-1])[path[-1]]
        assert faults(changed), path


def test_where_a_group_leads_nowhere_a_rule_says_so(stack: Stack) -> None:
    """A group without a rule for what goes out has AWS's own, which allows everything."""
    with_egress = {rule.group for rule in rules(with_database(stack.resources)) if rule.direction == "Egress"}
    assert with_egress == set(stack.of_type("AWS::EC2::SecurityGroup"))


@pytest.mark.parametrize("name", ["SecretsManagerEndpoint", "StatesEndpoint"])
def test_an_endpoint_admits_a_group_of_the_functions_of_an_existing_database(stack: Stack, name: str) -> None:
    [group] = stack.resources[name]["Properties"]["SecurityGroupIds"]
    [rule] = stack.resources[group["Ref"]]["Properties"]["SecurityGroupIngress"]
    existing = rule["SourceSecurityGroupId"]["Fn::If"][2]
    functions = {"Fn::Split": [",", {"Ref": "VpcSecurityGroupIds"}]}
    assert existing == {"Fn::Select": [0, functions]}
    for function in stack.of_type("AWS::Lambda::Function").values():
        if config := function["Properties"].get("VpcConfig"):
            assert config["Fn::If"][1]["SecurityGroupIds"]["Fn::If"][2] == functions


def paths_of_ports(value: Any, path: Path = ()) -> Iterator[Path]:
    match value:
        case dict():
            for key, part in value.items():
                if key in {"FromPort", "ToPort", "Port"} and isinstance(part, int):
                    yield (*path, key)
                else:
                    yield from paths_of_ports(part, (*path, key))
        case list():
            for index, part in enumerate(value):
                yield from paths_of_ports(part, (*path, index))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
