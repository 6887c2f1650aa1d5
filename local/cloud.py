"""AWS, embedded: moto's services in this process, and the stack deployed into them from the template.

They listen nowhere: what the functions' processes ask of them comes over the pipes of `local.aws_pipe`.
"""

import json
import logging
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest

from local.aws_pipe import Answer
from local.errors import TemplateError
from local.template import Route, Schedule

ACCOUNT = "123456789012"
REGION = "eu-central-1"
STACK = "skill-benchmark"

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_SESSION_TOKEN": "local",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_ACCOUNT_ID": ACCOUNT,
    "AWS_EC2_METADATA_DISABLED": "true",
    # Checksums as trailers would need a chunked body; nothing here crosses a network.
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


# What functions use beside S3. moto has more, such as an address that forgets all secrets and executions.
_HOSTS_OF_FUNCTIONS = {f"{service}.{REGION}.amazonaws.com" for service in ("secretsmanager", "states")}


@dataclass(frozen=True)
class DeployedFunction:
    """A function as moto holds it after the deployment."""

    name: str
    folder: str
    handler: str
    environment: Mapping[str, str]
    timeout_seconds: int
    memory_mb: int


@dataclass(frozen=True)
class Deployment:
    """What a template became: its functions as they were created, the routes of its API, and its schedules."""

    functions: list[DeployedFunction]
    routes: list[Route]
    schedules: list[Schedule]


class Cloud:
    """moto, from `start` to `stop`. Everything in this process that uses boto3 meanwhile talks to it.

    Changes the environment of the process when it is made, and not later: another thread may be starting a program
    by then, and the kernel would read an environment that is being moved.
    """

    def __init__(self) -> None:
        self._mock: Any = None
        os.environ.update(CREDENTIALS, VALIDATE_LAMBDA_S3="false")

    def start(self) -> None:
        from moto import mock_aws  # noqa: PLC0415 - takes a second; only a started stack pays for it

        # moto tells its developers what it does; a failed task is in our own records.
        logging.getLogger("moto").setLevel(logging.CRITICAL)
        self._mock = mock_aws(
            config={
                "core": {"mock_credentials": False},
                "lambda": {"use_docker": False},
                "stepfunctions": {"execute_state_machine": True},
            }
        )
        self._mock.start()

    def stop(self) -> None:
        if self._mock:
            self._mock.stop()

    def respond(self, request: AWSPreparedRequest) -> Answer:
        """Answer a request that a function's process would have sent to AWS, as one of this process is answered."""
        from moto.core.models import botocore_stubber  # noqa: PLC0415 - after the mock has started

        host = urlsplit(request.url).hostname
        if host not in _HOSTS_OF_FUNCTIONS or (answered := botocore_stubber.process_request(request)) is None:
            return Answer(501, {}, f"functions are given nothing of {host} here".encode())
        status, headers, body = answered
        content = body.encode() if isinstance(body, str) else body
        return Answer(status, {name: str(value) for name, value in headers.items()}, content)

    def put_secret(self, name: str, value: str | Mapping[str, Any]) -> str:
        """Store a secret in memory; returns its ARN."""
        import boto3  # noqa: PLC0415 - after the mock has started

        text = value if isinstance(value, str) else json.dumps(value)
        arn: str = boto3.client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"]
        return arn

    def deploy(self, root: Path, parameters: Mapping[str, str]) -> Deployment:
        """Create the stack's resources from the template."""
        import boto3  # noqa: PLC0415 - after the mock has started

        from local.template import (  # noqa: PLC0415
            code_folders,
            packaged_template,
            routes,
            schedules,
            to_cloudformation,
            without_what_moto_lacks,
        )

        _make_state_machines_executable()
        template = to_cloudformation(packaged_template(root), dict(parameters))
        client = boto3.client("cloudformation")
        # Alarms, routes and the like are of no use here; moto says that it does not make them.
        warnings.filterwarnings("ignore", module=r"moto\.cloudformation")
        client.create_stack(
            StackName=STACK,
            TemplateBody=json.dumps(without_what_moto_lacks(template)),
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        names = {
            resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
            for resource in client.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
        }
        functions = [_deployed(names[logical_id], folder) for logical_id, folder in code_folders(template).items()]
        return Deployment(functions, routes(template), schedules(template, parameters))


def _make_state_machines_executable() -> None:
    """moto's CloudFormation neither substitutes in a definition nor creates it where executions are interpreted."""
    from moto.stepfunctions.models import StateMachine  # noqa: PLC0415 - after the mock has started
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends  # noqa: PLC0415

    def create(
        _: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **__: object
    ) -> StateMachine:
        properties = cloudformation_json["Properties"]
        definition: str = properties["DefinitionString"]
        for name, value in properties.get("DefinitionSubstitutions", {}).items():
            definition = definition.replace(f"${{{name}}}", str(value))
        if left := sorted(set(re.findall(r"\$\{(\w+)\}", definition))):
            raise TemplateError(f"template.yaml: DefinitionSubstitutions lacks {', '.join(left)}")
        backend = stepfunctions_parser_backends[account_id][region_name]
        return backend.create_state_machine(properties["StateMachineName"], definition, properties["RoleArn"])

    StateMachine.create_from_cloudformation_json = create


def _deployed(name: str, folder: str) -> DeployedFunction:
    import boto3  # noqa: PLC0415 - after the mock has started

    created = boto3.client("lambda").get_function_configuration(FunctionName=name)
    return DeployedFunction(
        name=name,
        folder=folder,
        handler=created["Handler"],
        # moto keeps a parameter of type Number as a number.
        environment={name: str(value) for name, value in created["Environment"]["Variables"].items()},
        timeout_seconds=created["Timeout"],
        memory_mb=created["MemorySize"],
    )
