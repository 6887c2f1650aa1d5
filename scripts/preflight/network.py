"""Whether the VPC is one in which the functions of the database can work."""

from collections.abc import Iterator, Mapping
from typing import Any

from scripts.preflight.deployment import Deployment
from scripts.preflight.findings import Failed, Finding, ask, ok, problem

_NEEDED = {"s3": "Gateway", "secretsmanager": "Interface", "states": "Interface"}
_WAYS_OUT = ("GatewayId", "NatGatewayId", "TransitGatewayId", "NetworkInterfaceId", "EgressOnlyInternetGatewayId")


def subnets(ec2: Any, deployment: Deployment) -> Iterator[Finding]:
    """That they exist, lie in one VPC and in two zones."""
    ids = deployment.listed("VpcSubnetIds")
    if not ids:
        yield problem("subnets", "VpcSubnetIds is empty; name two private subnets or more, in two availability zones")
        return
    try:
        found = ask(ec2, "describe_subnets", SubnetIds=ids)["Subnets"]
    except Failed as error:
        yield problem("subnets", f"EC2 says {error}; correct VpcSubnetIds")
        return
    zones = {subnet["AvailabilityZone"] for subnet in found}
    if len({subnet["VpcId"] for subnet in found}) > 1:
        yield problem("subnets", "the subnets of VpcSubnetIds lie in several VPCs; name those of one")
    elif (vpc := deployment.parameters.get("VpcId")) and vpc != found[0]["VpcId"]:
        yield problem("subnets", f"VpcSubnetIds lie in {found[0]['VpcId']}, and VpcId says {vpc}")
    elif len(zones) < 2:
        yield problem("subnets", f"all lie in {', '.join(zones)}; add one of another zone to VpcSubnetIds")
    else:
        yield ok("subnets", f"{len(found)} subnets in {len(zones)} zones of {found[0]['VpcId']}")


def routes(ec2: Any, deployment: Deployment) -> Iterator[Finding]:
    """That no subnet has a way to the internet."""
    ids = deployment.listed("VpcSubnetIds")
    for subnet in ids:
        by_subnet = [{"Name": "association.subnet-id", "Values": [subnet]}]
        tables = ask(ec2, "describe_route_tables", Filters=by_subnet)["RouteTables"]
        if not tables:
            main = [
                {"Name": "vpc-id", "Values": [_vpc(ec2, deployment)]},
                {"Name": "association.main", "Values": ["true"]},
            ]
            tables = ask(ec2, "describe_route_tables", Filters=main)["RouteTables"]
        for out in {out for table in tables for route in table["Routes"] if (out := _way_out(route))}:
            yield problem(
                "routes",
                f"{subnet} has a route to everywhere by {out}; the functions of the database must "
                "have no way to the internet: remove the route, or name subnets without one",
            )
            return
    if ids:
        yield ok("routes", "no subnet has a route to the internet")


def dns(ec2: Any, deployment: Deployment) -> Iterator[Finding]:
    """That endpoints are found by the names that the SDK uses."""
    vpc = _vpc(ec2, deployment)
    for attribute, key in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")):
        if ask(ec2, "describe_vpc_attribute", VpcId=vpc, Attribute=attribute)[key]["Value"]:
            yield ok("DNS", f"{attribute} of {vpc} is on")
        else:
            command = f"aws ec2 modify-vpc-attribute --vpc-id {vpc} --{_option(attribute)} Value=true"
            yield problem("DNS", f"{attribute} of {vpc} is off, so that endpoints have no private names; {command}")


def endpoints(ec2: Any, deployment: Deployment) -> Iterator[Finding]:
    """That S3, Secrets Manager and Step Functions are reached, and that none is created twice."""
    vpc = _vpc(ec2, deployment)
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "vpc-endpoint-state", "Values": ["available", "pending"]}]
    there = ask(ec2, "describe_vpc_endpoints", Filters=of_vpc)["VpcEndpoints"]
    for service, kind in _NEEDED.items():
        found = [one for one in there if one["ServiceName"].rpartition(".")[2] == service]
        private = [one for one in found if one["VpcEndpointType"] == "Interface" and one.get("PrivateDnsEnabled")]
        reached = private or (service == "s3" and [one for one in found if one["VpcEndpointType"] == "Gateway"])
        if deployment.says("CreateVpcEndpoints"):
            if reached:
                yield problem(
                    "endpoints",
                    f"{vpc} has an endpoint of {service}, and a second one cannot be created; "
                    "set CreateVpcEndpoints=false, or use another VPC",
                )
            else:
                yield ok("endpoints", f"the one of {service} will be created")
        elif reached:
            yield ok("endpoints", f"{vpc} has one of {service}")
        else:
            yield problem(
                "endpoints",
                f"{vpc} has no {kind.lower()} endpoint of {service} with its private names; "
                "create it, or set CreateVpcEndpoints=true with VpcRouteTableIds",
            )


def _vpc(ec2: Any, deployment: Deployment) -> str:
    if vpc := deployment.parameters.get("VpcId"):
        return vpc
    ids = deployment.listed("VpcSubnetIds")
    found: str = ask(ec2, "describe_subnets", SubnetIds=ids)["Subnets"][0]["VpcId"]
    return found


def _way_out(route: Mapping[str, Any]) -> str | None:
    everywhere = route.get("DestinationCidrBlock") == "0.0.0.0/0" or route.get("DestinationIpv6CidrBlock") == "::/0"
    if not everywhere or route.get("State") == "blackhole":
        return None
    return next((str(route[way]) for way in _WAYS_OUT if route.get(way)), None)


def _option(attribute: str) -> str:
    return {"enableDnsSupport": "enable-dns-support", "enableDnsHostnames": "enable-dns-hostnames"}[attribute]
