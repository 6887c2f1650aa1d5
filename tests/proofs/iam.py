"""Calls of AWS as IAM sees them: an action on a resource in a context, and the policies that decide about it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.cloud import ACCOUNT, REGION
from tests.proofs.conftest import Node
from tests.recorded_calls import RecordedCall
from tests.rendered_template import RenderedTemplate

Json = dict[str, Any]

_NOT_THERE = {"404", "NoSuchKey"}


@dataclass(frozen=True)
class Request:
    """One action that has to be allowed. A call may need several."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def service(self) -> str:
        return self.action.partition(":")[0]

    @property
    def shape(self) -> tuple[str, str, str]:
        """What is left when ids are left out: policies cannot tell requests of one shape apart."""
        return self.action, _without_ids(self.resource), _without_ids(str(sorted(self.context.items())))


@dataclass(frozen=True)
class Role:
    """A role and all inline policies that it has; managed ones allow logs, traces and network interfaces only."""

    name: str
    arn: str
    policies: list[Json]

    @property
    def grants(self) -> list["Grant"]:
        """Each action on each resource that the role is granted, one by one."""
        return [
            Grant(action, resource, statement.get("Condition", {}))
            for policy in self.policies
            for statement in policy["Statement"]
            for action in several(statement["Action"])
            for resource in several(statement["Resource"])
        ]

    def without(self, *grants: "Grant") -> "Role":
        """The role with all its grants but these."""
        statements = [grant.statement for grant in self.grants if grant not in grants]
        policy = {"Version": "2012-10-17", "Statement": statements}
        return Role(self.name, self.arn, [policy] if statements else [])


@dataclass(frozen=True)
class Grant:
    """The smallest part of a policy: one action on one resource."""

    action: str
    resource: str
    condition: Json

    @property
    def statement(self) -> Json:
        condition = {"Condition": self.condition} if self.condition else {}
        return {"Effect": "Allow", "Action": self.action, "Resource": self.resource, **condition}

    def __str__(self) -> str:
        """Without the parts of an ARN that differ from stack to stack."""
        _, _, name = (
            self.resource.rpartition(f":{ACCOUNT}:") if ACCOUNT in self.resource else self.resource.partition("/")
        )
        limits = "".join(f" with {test}" for test in self.condition.values())
        return f"{self.action} on {name}{limits}"


class Policies:
    """All policies of the stack: of its roles, its buckets and the endpoints of its network."""

    def __init__(self, template: RenderedTemplate) -> None:
        roles = template.of_type("AWS::IAM::Role")
        self.roles = {name: _role(name, template.attribute(name, "Arn"), role) for name, role in roles.items()}
        by_arn = {role.arn: role for role in self.roles.values()}
        functions = template.of_type("AWS::Lambda::Function").values()
        self.role_of = {function["FunctionName"]: by_arn[function["Role"]] for function in functions}
        self.in_vpc = {function["FunctionName"] for function in functions if "VpcConfig" in function}
        self.buckets = {
            policy["Bucket"]: policy["PolicyDocument"] for policy in template.of_type("AWS::S3::BucketPolicy").values()
        }
        self.endpoints = {
            endpoint["ServiceName"].rpartition(".")[2]: endpoint["PolicyDocument"]
            for endpoint in template.of_type("AWS::EC2::VPCEndpoint").values()
        }

    def question(self, role: Role, request: Request, *, in_vpc: bool = False) -> Json:
        """What `simulate.mjs` is asked. From inside of the VPC a call goes through the endpoint of its service."""
        bucket = request.resource.removeprefix("arn:aws:s3:::").partition("/")[0] if request.service == "s3" else ""
        return {
            "principal": role.arn,
            "account": ACCOUNT,
            "action": request.action,
            "resource": request.resource,
            "context": {
                "aws:SecureTransport": "true",
                "aws:ResourceAccount": ACCOUNT,
                "aws:PrincipalAccount": ACCOUNT,
                **request.context,
            },
            "identity_policies": role.policies,
            "resource_policy": self.buckets.get(bucket),
            "endpoint_policy": self.endpoints.get(request.service) if in_vpc else None,
        }


def denied(node: Node, questions: list[Json]) -> list[str]:
    """What IAM would not allow of what is asked, each with its reason."""
    answers = node("simulate.mjs", questions)
    return [
        f"{question['principal'].rpartition('/')[2]}: {question['action']} on {question['resource']}: {answer}"
        for question, answer in zip(questions, answers, strict=True)
        if answer != "Allowed"
    ]


def unneeded_grants(node: Node, role: Role, questions: Callable[[Role], list[Json]]) -> set[str]:
    """Grants of the role without each of which everything that is asked would still be allowed."""
    asked = [(grant, questions(role.without(grant))) for grant in role.grants]
    answers = iter(node("simulate.mjs", [question for _, each in asked for question in each]))
    return {str(grant) for grant, each in asked if {next(answers) for _ in each} <= {"Allowed"}}


def of_each_shape(requests: Iterable[Request]) -> list[Request]:
    """One request of each shape."""
    return list({request.shape: request for request in requests}.values())


def requests_of(call: RecordedCall) -> list[Request]:
    """The actions that a call needs. Raises LookupError for an operation that this does not know."""
    if call.service not in _SERVICES:
        raise LookupError(f"say in {__name__} which actions of IAM {call.service} has ({call.operation})")
    return _SERVICES[call.service](call)


def _s3(call: RecordedCall) -> list[Request]:
    bucket = f"arn:aws:s3:::{call.parameters['Bucket']}"
    if call.operation == "ListObjectsV2":
        return [Request("s3:ListBucket", bucket, {"s3:prefix": call.parameters.get("Prefix", "")})]
    if call.operation == "DeleteObjects":
        keys = [entry["Key"] for entry in call.parameters["Delete"]["Objects"]]
        return [Request("s3:DeleteObject", f"{bucket}/{key}") for key in keys]
    key = call.parameters["Key"]
    found = {
        "GetObject": Request("s3:GetObject", f"{bucket}/{key}"),
        "HeadObject": Request("s3:GetObject", f"{bucket}/{key}"),
        "DeleteObject": Request("s3:DeleteObject", f"{bucket}/{key}"),
        "PutObject": Request("s3:PutObject", f"{bucket}/{key}", _if_none_match(call)),
    }[call.operation]
    # S3 says of a missing object that it is missing to those who may list it, and 403 to all others; the key is then
    # what the condition on `s3:prefix` is compared with.
    unknown = [Request("s3:ListBucket", bucket, {"s3:prefix": key})] if call.error in _NOT_THERE else []
    return [found, *unknown]


def _if_none_match(call: RecordedCall) -> dict[str, str]:
    return {"s3:if-none-match": call.parameters["IfNoneMatch"]} if "IfNoneMatch" in call.parameters else {}


def _states(call: RecordedCall) -> list[Request]:
    resource = next(
        call.parameters[name] for name in ("executionArn", "mapRunArn", "stateMachineArn") if name in call.parameters
    )
    return [Request(f"states:{call.operation}", resource)]


def _secretsmanager(call: RecordedCall) -> list[Request]:
    return [Request(f"secretsmanager:{call.operation}", call.parameters["SecretId"])]


def _lambda(call: RecordedCall) -> list[Request]:
    name = call.parameters["FunctionName"]
    arn = name if name.startswith("arn:") else f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    action = "InvokeFunction" if call.operation == "Invoke" else call.operation
    return [Request(f"lambda:{action}", arn)]


def _sqs(call: RecordedCall) -> list[Request]:
    queue = call.parameters["QueueUrl"].rpartition("/")[2]
    return [Request(f"sqs:{call.operation}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")]


def _events(call: RecordedCall) -> list[Request]:
    buses = {entry.get("EventBusName", "default") for entry in call.parameters["Entries"]}
    return [
        Request(
            "events:PutEvents", bus if bus.startswith("arn:") else f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{bus}"
        )
        for bus in sorted(buses)
    ]


_SERVICES: dict[str, Callable[[RecordedCall], list[Request]]] = {
    "events": _events,
    "lambda": _lambda,
    "s3": _s3,
    "secretsmanager": _secretsmanager,
    "sqs": _sqs,
    "stepfunctions": _states,
}


def several(value: str | list[str]) -> list[str]:
    """IAM's lists of one may be written without brackets."""
    return [value] if isinstance(value, str) else value


def _role(name: str, arn: str, role: Json) -> Role:
    return Role(name, arn, [policy["PolicyDocument"] for policy in role.get("Policies", [])])


def _without_ids(text: str) -> str:
    return re.sub(r"[0-9a-f]{8,}|\d+", "#", text)
