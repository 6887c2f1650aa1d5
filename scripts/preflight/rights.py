"""Who asks, and whether this caller may create what the template creates."""

import re
from collections.abc import Iterator
from typing import Any

from scripts.preflight.deployment import Deployment
from scripts.preflight.findings import Failed, Finding, ask, ok, problem, unknown

_BY_SAM = (
    "s3:PutObject",
    "s3:GetObject",
    "cloudformation:CreateChangeSet",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:DescribeStackEvents",
)

_ROLE = ("iam:CreateRole", "iam:PassRole", "iam:PutRolePolicy", "iam:AttachRolePolicy")

TO_CREATE: dict[str, tuple[str, ...]] = {
    "AWS::ApiGatewayV2::Api": ("apigateway:POST",),
    "AWS::ApiGatewayV2::Authorizer": ("apigateway:POST",),
    "AWS::ApiGatewayV2::Integration": ("apigateway:POST",),
    "AWS::ApiGatewayV2::Route": ("apigateway:POST",),
    "AWS::ApiGatewayV2::Stage": ("apigateway:POST", "logs:CreateLogDelivery"),
    "AWS::CloudWatch::Alarm": ("cloudwatch:PutMetricAlarm",),
    "AWS::CloudWatch::Dashboard": ("cloudwatch:PutDashboard",),
    "AWS::EC2::SecurityGroup": ("ec2:CreateSecurityGroup", "ec2:AuthorizeSecurityGroupEgress"),
    "AWS::EC2::SecurityGroupIngress": ("ec2:AuthorizeSecurityGroupIngress",),
    "AWS::EC2::VPCEndpoint": ("ec2:CreateVpcEndpoint",),
    "AWS::Events::Rule": ("events:PutRule", "events:PutTargets", "iam:PassRole"),
    "AWS::IAM::Role": _ROLE,
    "AWS::Lambda::Permission": ("lambda:AddPermission",),
    "AWS::Logs::LogGroup": ("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
    "AWS::RDS::DBCluster": ("rds:CreateDBCluster",),
    "AWS::RDS::DBInstance": ("rds:CreateDBInstance",),
    "AWS::RDS::DBProxy": ("rds:CreateDBProxy", "iam:PassRole"),
    "AWS::RDS::DBProxyTargetGroup": ("rds:RegisterDBProxyTargets",),
    "AWS::RDS::DBSubnetGroup": ("rds:CreateDBSubnetGroup",),
    "AWS::S3::Bucket": ("s3:CreateBucket", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"),
    "AWS::S3::BucketPolicy": ("s3:PutBucketPolicy",),
    "AWS::SQS::Queue": ("sqs:CreateQueue",),
    "AWS::SQS::QueuePolicy": ("sqs:SetQueueAttributes",),
    "AWS::SecretsManager::Secret": ("secretsmanager:CreateSecret", "secretsmanager:GetRandomPassword"),
    "AWS::SecretsManager::SecretTargetAttachment": ("secretsmanager:PutSecretValue",),
    # With what SAM makes of its aliases, its events and its destinations.
    "AWS::Serverless::Function": (
        "lambda:CreateFunction",
        "lambda:PublishVersion",
        "lambda:CreateAlias",
        "lambda:PutFunctionEventInvokeConfig",
        "scheduler:CreateSchedule",
        *_ROLE,
    ),
    "AWS::Serverless::LayerVersion": ("lambda:PublishLayerVersion",),
    "AWS::Serverless::StateMachine": ("states:CreateStateMachine", "iam:PassRole"),
    "Custom::": ("lambda:InvokeFunction",),
}

_ACTIONS_A_REQUEST = 50


def identity(tokens: Any, region: str | None) -> Iterator[Finding]:
    if not region:
        yield problem("identity", "no region is chosen; set AWS_REGION")
        return
    try:
        caller = ask(tokens, "get_caller_identity")
    except Failed as error:
        yield problem("identity", f"AWS does not accept the credentials ({error}); sign in again")
        return
    yield ok("identity", f"{caller['Arn']} in account {caller['Account']}, region {region}")


def may_deploy(tokens: Any, iam: Any, deployment: Deployment) -> Iterator[Finding]:
    """As far as policies of the caller say so; policies of the organisation count, conditions on resources do not."""
    arn = ask(tokens, "get_caller_identity")["Arn"]
    source = _policy_source(arn)
    if source is None:
        yield unknown("rights", f"the policies of {arn} cannot be simulated; try as a role or a user")
        return
    refused: list[str] = []
    actions = actions_to_create(deployment)
    for first in range(0, len(actions), _ACTIONS_A_REQUEST):
        asked = actions[first : first + _ACTIONS_A_REQUEST]
        answer = ask(iam, "simulate_principal_policy", PolicySourceArn=source, ActionNames=asked)
        refused += [one["EvalActionName"] for one in answer["EvaluationResults"] if one["EvalDecision"] != "allowed"]
    if refused:
        yield problem("rights", f"{source} may not {', '.join(refused)}; deploy as a role that may")
    else:
        yield ok("rights", f"{source} may do the {len(actions)} things that creating the stack takes")


def actions_to_create(deployment: Deployment) -> list[str]:
    """What creating the template's resources takes, those included that a condition leaves out."""
    types = created_types(deployment)
    return sorted({action for kind in types for action in TO_CREATE.get(kind, ())} | set(_BY_SAM))


def created_types(deployment: Deployment) -> set[str]:
    """The types of the template's resources; all custom ones are one."""
    types = [resource["Type"] for resource in deployment.template["Resources"].values()]
    return {"Custom::" if kind.startswith("Custom::") else kind for kind in types}


def _policy_source(arn: str) -> str | None:
    """The ARN whose policies count: of the role, where somebody assumed one."""
    assumed = re.fullmatch(r"(arn:[a-z-]+):sts::(\d+):assumed-role/([^/]+)/.+", arn)
    if assumed and not assumed[3].startswith("AWSReservedSSO_"):
        return f"{assumed[1]}:iam::{assumed[2]}:role/{assumed[3]}"
    return arn if ":user/" in arn else None
