"""What an account has before the first deployment: a network, a bucket for code, secrets, a caller."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.credentials import Credentials

from tests.emulated.emulator import ACCOUNT, REGION

CODE_BUCKET = "code-of-the-stack"
TENANT = "acme"
_CALLER = "web-app"
_CALLER_ARN = f"arn:aws:iam::{ACCOUNT}:role/{_CALLER}"
_DEPLOYER = "deployer"


def prepare(base_url: str, owner: Mapping[str, Any], runtime: Mapping[str, Any]) -> dict[str, str]:
    """Create it all; returns the parameters of the stack that name it."""
    boto3.client("s3").create_bucket(Bucket=CODE_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return {
        "ModelProvider": "simulated",
        "ModelApiBaseUrl": base_url,
        "ModelApiKeySecretArn": _secret("model-api-key", "sk-test"),
        "DatabaseSecretArn": _secret("database", json.dumps(runtime)),
        "DatabaseOwnerSecretArn": _secret("database-owner", json.dumps(owner)),
        "NightlyTenantId": TENANT,
        "ResultRetentionDays": "365",
        "TenantCallerRoleArns": f"{_CALLER_ARN},arn:aws:iam::{ACCOUNT}:user/{_DEPLOYER}",
        # Few enough for runs to share.
        "ModelCallConcurrency": "4",
        **_network(),
    }


def caller() -> Credentials:
    """Temporary credentials of a role that may do nothing but call the API."""
    iam = boto3.client("iam")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
    call = {"Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]}
    iam.create_role(RoleName=_CALLER, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=_CALLER, PolicyName="call", PolicyDocument=json.dumps(call))
    given = boto3.client("sts").assume_role(RoleArn=_CALLER_ARN, RoleSessionName="request")["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def deployer() -> dict[str, str]:
    """The environment of a user who may do everything."""
    return user(_DEPLOYER, [{"Effect": "Allow", "Action": "*", "Resource": "*"}])


def user(name: str, statements: list[dict[str, str]]) -> dict[str, str]:
    """The environment of a new user."""
    iam = boto3.client("iam")
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=json.dumps({"Statement": statements}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def _secret(name: str, value: str) -> str:
    arn: str = boto3.client("secretsmanager").create_secret(Name=name, SecretString=value)["ARN"]
    return arn


def _network() -> dict[str, str]:
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab", 1)
    ]
    group = ec2.create_security_group(VpcId=vpc, GroupName="database", Description="admitted by PostgreSQL")["GroupId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return {
        "VpcId": vpc,
        "VpcSubnetIds": ",".join(subnets),
        "VpcSecurityGroupIds": group,
        "CreateVpcEndpoints": "true",
        "VpcRouteTableIds": table,
    }
