from typing import Any

from scripts.preflight import network
from scripts.preflight.findings import Finding
from tests.unit.preflight.account import ANY, denying, deployment, scripted

PRIVATE = deployment(VpcSubnetIds="subnet-a,subnet-b", VpcId="vpc-1")


def subnets(*zones: str, vpc: str = "vpc-1") -> Any:
    found = [{"AvailabilityZone": zone, "VpcId": vpc, "SubnetId": f"subnet-{n}"} for n, zone in enumerate(zones)]
    return scripted("ec2", ("describe_subnets", {"SubnetIds": ["subnet-a", "subnet-b"]}, {"Subnets": found}))


def statuses(found: Any) -> list[str]:
    return [finding.status for finding in found]


def test_subnets_in_two_zones_of_the_named_vpc_are_in_order() -> None:
    assert statuses(network.subnets(subnets("eu-1a", "eu-1b"), PRIVATE)) == ["ok"]


def test_subnets_in_one_zone_are_a_problem() -> None:
    assert statuses(network.subnets(subnets("eu-1a", "eu-1a"), PRIVATE)) == ["problem"]


def test_subnets_of_another_vpc_than_the_named_one_are_a_problem() -> None:
    assert statuses(network.subnets(subnets("eu-1a", "eu-1b", vpc="vpc-2"), PRIVATE)) == ["problem"]


def test_a_subnet_that_does_not_exist_is_a_problem_and_not_a_crash() -> None:
    missing = denying("ec2", "describe_subnets", "InvalidSubnetID.NotFound", "no such subnet")

    [finding] = network.subnets(missing, PRIVATE)

    assert finding.status == "problem"
    assert "no such subnet" in finding.text


def test_no_subnets_at_all_are_a_problem_before_anything_is_asked() -> None:
    assert statuses(network.subnets(scripted("ec2"), deployment())) == ["problem"]


def tables(*routes: dict[str, str]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return ("describe_route_tables", {"Filters": ANY}, {"RouteTables": [{"Routes": list(routes)}]})


LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}
TO_S3 = {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}


def test_subnets_that_reach_s3_and_each_other_only_are_in_order() -> None:
    ec2 = scripted("ec2", tables(LOCAL, TO_S3), tables(LOCAL))

    assert statuses(network.routes(ec2, PRIVATE)) == ["ok"]


def test_a_route_to_a_nat_gateway_is_a_problem() -> None:
    out = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}

    [finding] = network.routes(scripted("ec2", tables(LOCAL), tables(LOCAL, out)), PRIVATE)

    assert finding.status == "problem"
    assert "subnet-b has a route to everywhere by nat-1" in finding.text


def test_a_subnet_without_a_table_of_its_own_has_the_routes_of_the_main_one() -> None:
    none: tuple[str, dict[str, Any], dict[str, Any]] = ("describe_route_tables", {"Filters": ANY}, {"RouteTables": []})
    out = {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}

    [finding] = network.routes(scripted("ec2", none, tables(out)), PRIVATE)

    assert finding.status == "problem"


def vpc_dns(support: bool, hostnames: bool) -> Any:
    asked = {"VpcId": "vpc-1"}
    return scripted(
        "ec2",
        (
            "describe_vpc_attribute",
            {**asked, "Attribute": "enableDnsSupport"},
            {"EnableDnsSupport": {"Value": support}},
        ),
        (
            "describe_vpc_attribute",
            {**asked, "Attribute": "enableDnsHostnames"},
            {"EnableDnsHostnames": {"Value": hostnames}},
        ),
    )


def test_a_vpc_without_host_names_is_a_problem_with_the_command_that_solves_it() -> None:
    found = list(network.dns(vpc_dns(True, False), PRIVATE))

    assert statuses(found) == ["ok", "problem"]
    assert "aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-hostnames Value=true" in found[1].text


def endpoints(*there: tuple[str, str, bool]) -> Any:
    found = [
        {"ServiceName": f"com.amazonaws.eu-central-1.{name}", "VpcEndpointType": kind, "PrivateDnsEnabled": private}
        for name, kind, private in there
    ]
    return scripted("ec2", ("describe_vpc_endpoints", {"Filters": ANY}, {"VpcEndpoints": found}))


ALL_THREE = (("s3", "Gateway", False), ("secretsmanager", "Interface", True), ("states", "Interface", True))


def about(found: list[Finding], service: str) -> str:
    return next(finding.status for finding in found if f"of {service}" in finding.text)


def test_a_vpc_with_all_endpoints_is_in_order() -> None:
    assert statuses(network.endpoints(endpoints(*ALL_THREE), PRIVATE)) == ["ok"] * 3


def test_an_endpoint_without_private_names_is_as_good_as_none() -> None:
    there = (ALL_THREE[0], ALL_THREE[1], ("states", "Interface", False))

    found = list(network.endpoints(endpoints(*there), PRIVATE))

    assert about(found, "states") == "problem"
    assert about(found, "secretsmanager") == "ok"


def test_an_endpoint_that_would_be_created_twice_is_a_problem() -> None:
    creating = deployment(VpcSubnetIds="subnet-a,subnet-b", VpcId="vpc-1", CreateVpcEndpoints="true")

    found = list(network.endpoints(endpoints(ALL_THREE[1]), creating))

    assert about(found, "secretsmanager") == "problem"
    assert about(found, "states") == "ok"
