"""Clients that answer from a list. Requests and answers are held against botocore's models of the services."""

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.stub import ANY, Stubber

from scripts.preflight.deployment import Deployment

__all__ = ["ANY", "denying", "deployment", "scripted"]

_SESSION = boto3.Session("akid", "secret", region_name="eu-central-1")


def scripted(service: str, *answers: tuple[str, Mapping[str, Any], Mapping[str, Any]]) -> Any:
    """A client that expects these operations in this order: name, parameters, answer."""
    client: Any = _SESSION.client(service)
    stubber = Stubber(client)
    for operation, parameters, answer in answers:
        stubber.add_response(operation, dict(answer), dict(parameters))
    stubber.activate()
    return client


def denying(service: str, operation: str, code: str = "AccessDenied", message: str = "no") -> Any:
    """A client that refuses the one operation that it expects."""
    client: Any = _SESSION.client(service)
    stubber = Stubber(client)
    stubber.add_client_error(operation, code, message)
    stubber.activate()
    return client


def deployment(template: Mapping[str, Any] | None = None, **parameters: str) -> Deployment:
    """A stack whose parameters are these; what is not named is empty."""
    empty = dict.fromkeys(("AlarmTopicArn", "JwtIssuer", "VpcId", "VpcSubnetIds", "CreateDatabase"), "")
    return Deployment("bench", template or {"Resources": {}}, {**empty, **parameters})
