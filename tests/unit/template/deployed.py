"""The stack as moto creates it from the template: names, environments and policies with all references filled in."""

import ast
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

from local.template import packaged_template, to_cloudformation, without_what_moto_lacks

ROOT = Path(__file__).parents[3]
STACK = "bench"
API_KEY = "sk-only-in-the-secret"
SECRETS = {"ModelApiKeySecretArn": API_KEY, "DatabaseSecretArn": "runtime", "DatabaseOwnerSecretArn": "owner"}


@dataclass(frozen=True)
class Policy:
    """All that a role's inline policies allow. `Deny` is not used in the template's roles."""

    statements: Sequence[Mapping[str, Any]]

    def allows(self, action: str, resource: str, *, prefix: str | None = None) -> bool:
        """Whether IAM would let the role do it. `prefix` is that of a listing, or the key that is found missing."""
        return any(
            any(fnmatchcase(action, pattern) for pattern in _several(statement["Action"]))
            and any(fnmatchcase(resource, pattern) for pattern in _several(statement["Resource"]))
            and _holds(statement.get("Condition", {}), prefix)
            for statement in self.statements
        )


@dataclass(frozen=True)
class Function:
    name: str
    configuration: Mapping[str, Any]
    policy: Policy
    reserved_concurrency: int | None

    @property
    def environment(self) -> dict[str, str]:
        variables: dict[str, str] = self.configuration["Environment"]["Variables"]
        return variables


@dataclass(frozen=True)
class Stack:
    """The template after SAM's translation, and what was created from it."""

    template: Mapping[str, Any]
    functions: Mapping[str, Function]
    """By folder."""
    workflow: Policy
    secrets: Mapping[str, str]
    """ARNs by the parameter that names them."""
    bucket: str
    state_machine_arn: str

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        resources: dict[str, dict[str, Any]] = self.template["Resources"]
        return resources

    def of_type(self, kind: str) -> dict[str, Mapping[str, Any]]:
        return {name: resource for name, resource in self.resources.items() if resource["Type"] == kind}


def deploy() -> Stack:
    """Create the stack with the parameters that the embedded stack gives, and read back what was made."""
    with mock_aws(config={"lambda": {"use_docker": False}}), warnings.catch_warnings():
        # moto warns of what it does not make: the API, alarms, the bucket's policy, the schedule.
        warnings.simplefilter("ignore")
        secrets = {
            parameter: boto3.client("secretsmanager").create_secret(Name=parameter, SecretString=value)["ARN"]
            for parameter, value in SECRETS.items()
        }
        template = to_cloudformation(packaged_template(ROOT), secrets)
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(
            StackName=STACK,
            TemplateBody=json.dumps(without_what_moto_lacks(template)),
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in secrets.items()],
        )
        [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        names = {
            created.get("LogicalResourceId", ""): created.get("PhysicalResourceId", "")
            for created in cloudformation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
        }
        machine = boto3.client("stepfunctions").describe_state_machine(stateMachineArn=outputs["StateMachineArn"])
        return Stack(
            template=template,
            functions={
                resource["Properties"]["Code"]["S3Key"].removeprefix("functions/"): _function(names[logical_id])
                for logical_id, resource in template["Resources"].items()
                if resource["Type"] == "AWS::Lambda::Function"
            },
            workflow=_policy(machine["roleArn"]),
            secrets=secrets,
            bucket=outputs["RecordsBucketName"],
            state_machine_arn=outputs["StateMachineArn"],
        )


def _function(name: str) -> Function:
    client = boto3.client("lambda")
    configuration = client.get_function_configuration(FunctionName=name)
    return Function(
        name=name,
        configuration=configuration,
        policy=_policy(configuration["Role"]),
        reserved_concurrency=client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions"),
    )


def _policy(role_arn: str) -> Policy:
    client = boto3.client("iam")
    role = role_arn.rpartition("/")[2]
    documents = [
        client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in client.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    # moto keeps a policy that came with a stack as Python would print it.
    parsed = [ast.literal_eval(document) if isinstance(document, str) else document for document in documents]
    statements = [statement for document in parsed for statement in document["Statement"]]
    assert all(statement["Effect"] == "Allow" for statement in statements)
    return Policy(statements)


def _holds(condition: Mapping[str, Any], prefix: str | None) -> bool:
    if not condition:
        return True
    assert set(condition) == {"StringLike"}, "teach this test the new kind of condition"
    assert set(condition["StringLike"]) == {"s3:prefix"}
    patterns = _several(condition["StringLike"]["s3:prefix"])
    return prefix is not None and any(fnmatchcase(prefix, pattern) for pattern in patterns)


def _several(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
