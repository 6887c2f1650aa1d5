"""The network of a created database, read from the translated template: ports, and who lets whom in and out."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Resources = Mapping[str, Mapping[str, Any]]

PROXY_PORTS = {"POSTGRESQL": 5432, "MYSQL": 3306}
"""RDS Proxy listens on its engine family's port and cannot be told another."""
DEFAULT_CLUSTER_PORT = 3306
"""Of a provisioned Aurora cluster without `Port`, whichever its engine."""
HTTPS = 443


@dataclass(frozen=True)
class Rule:
    """One end of an arrow: `group` lets traffic out to, or in from, `other`."""

    direction: str
    group: str
    other: str
    from_port: int
    to_port: int

    def takes(self, direction: str, group: str, other: str, port: int) -> bool:
        names = (self.direction, self.group) == (direction, group) and self.other in {other, "0.0.0.0/0"}
        return names and self.from_port <= port <= self.to_port


def with_database(value: Any) -> Any:
    """The value where CreateDatabase and CreateVpcEndpoints are true."""
    match value:
        case {"Fn::If": ["CreatesDatabase" | "CreatesVpcEndpoints" | "HasVpc", yes, _]}:
            return with_database(yes)
        case Mapping():
            return {key: with_database(part) for key, part in value.items()}
        case list():
            return [with_database(part) for part in value]
    return value


def faults(resources: Resources) -> list[str]:
    """What keeps functions, proxy, cluster and endpoints from reaching one another; empty when all is well."""
    found = with_database(resources)
    return [*_faults_of_ports(found), *_faults_of_arrows(found)]


def ports(resources: Resources) -> dict[str, int]:
    """Every port of the database that something names or has by default, by who says so."""
    named = dict(_secrets(resources))
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::RDS::DBCluster":
            named[name] = properties.get("Port", DEFAULT_CLUSTER_PORT)
        elif resource["Type"] == "AWS::RDS::DBProxy":
            named[name] = PROXY_PORTS[properties["EngineFamily"]]
    for rule in rules(resources):
        # Ports of rules between groups; those to addresses are of HTTPS, or of nowhere.
        if not rule.other[0].isdigit() and HTTPS not in {rule.from_port, rule.to_port}:
            named[f"{rule.direction} of {rule.group} and {rule.other} from"] = rule.from_port
            named[f"{rule.direction} of {rule.group} and {rule.other} to"] = rule.to_port
    return named


def rules(resources: Resources) -> Iterator[Rule]:
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::EC2::SecurityGroup":
            for direction in ("Ingress", "Egress"):
                for rule in properties.get(f"SecurityGroup{direction}", []):
                    yield _rule(direction, name, rule)
        elif resource["Type"] in {"AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"}:
            yield _rule(
                resource["Type"].removeprefix("AWS::EC2::SecurityGroup"), properties["GroupId"]["Ref"], properties
            )


def _rule(direction: str, group: str, rule: Mapping[str, Any]) -> Rule:
    other = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId") or rule["CidrIp"]
    return Rule(direction, group, other["Ref"] if isinstance(other, dict) else other, rule["FromPort"], rule["ToPort"])


def _secrets(resources: Resources) -> Iterator[tuple[str, int]]:
    for name, resource in resources.items():
        if resource["Type"] == "AWS::SecretsManager::Secret":
            for port in re.findall(r'\\?"port\\?": *"?(\d+)', json.dumps(resource["Properties"])):
                yield name, int(port)


def _faults_of_ports(resources: Resources) -> Iterator[str]:
    named = ports(resources)
    [proxy] = [port for name, port in named.items() if resources.get(name, {}).get("Type") == "AWS::RDS::DBProxy"]
    yield from (f"{who} says {port}, the proxy listens on {proxy}" for who, port in named.items() if port != proxy)


def _faults_of_arrows(resources: Resources) -> Iterator[str]:
    present = list(rules(resources))
    for source, target, port in _arrows(resources):
        for direction, group, other in (("Egress", source, target), ("Ingress", target, source)):
            if not any(rule.takes(direction, group, other, port) for rule in present):
                yield f"{source} → {target}: no {direction} of {group} on {port}"


def _arrows(resources: Resources) -> Iterator[tuple[str, str, int]]:
    """Functions reach the proxy, the endpoints and, for migrations, the cluster; the proxy reaches the cluster."""
    functions = _groups(resources, "AWS::Lambda::Function", "VpcConfig", "SecurityGroupIds")
    proxies = _groups(resources, "AWS::RDS::DBProxy", "VpcSecurityGroupIds")
    clusters = _groups(resources, "AWS::RDS::DBCluster", "VpcSecurityGroupIds")
    endpoints = _groups(resources, "AWS::EC2::VPCEndpoint", "SecurityGroupIds")
    [cluster_port] = [
        resource["Properties"].get("Port", DEFAULT_CLUSTER_PORT)
        for resource in resources.values()
        if resource["Type"] == "AWS::RDS::DBCluster"
    ]
    [family] = [
        resource["Properties"]["EngineFamily"]
        for resource in resources.values()
        if resource["Type"] == "AWS::RDS::DBProxy"
    ]
    assert all((functions, proxies, clusters, endpoints))
    yield from ((source, target, PROXY_PORTS[family]) for source in functions for target in proxies)
    yield from ((source, target, cluster_port) for source in functions | proxies for target in clusters)
    yield from ((source, target, HTTPS) for source in functions for target in endpoints)


def _groups(resources: Resources, kind: str, *path: str) -> set[str]:
    found: set[str] = set()
    for resource in resources.values():
        value: Any = resource["Properties"] if resource["Type"] == kind else {}
        for step in path:
            value = value.get(step, {})
        found |= {group["Ref"] for group in value}
    return found
