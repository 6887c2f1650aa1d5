"""Secrets, fetched when needed and kept for a few minutes, so that a rotated one is taken up without a deployment."""

import json
from typing import Any

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from skill_benchmark.adapters import aws_clients
from skill_benchmark.domain.errors import MissingSetting
from skill_benchmark.warm import kept_warm

_SECONDS_KEPT = 300


@kept_warm
def _provider() -> SecretsProvider:
    return SecretsProvider(boto3_client=aws_clients.secretsmanager())


def secret_text(arn: str, *, fresh: bool = False) -> str:
    """The secret's string, past the kept one if `fresh`.

    Raises MissingSetting (with the ARN, never the value) when it cannot be read.
    """
    try:
        value = _provider().get(arn, max_age=_SECONDS_KEPT, force_fetch=fresh)
    except GetParameterError as error:
        raise MissingSetting(f"the secret {arn} cannot be read: give it a value and the function access") from error
    return value.decode() if isinstance(value, bytes) else str(value)


def secret_object(arn: str, *, fresh: bool = False) -> dict[str, Any]:
    """The secret's string as a JSON object."""
    try:
        value = json.loads(secret_text(arn, fresh=fresh))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise MissingSetting(f"the secret {arn} does not hold a JSON object")
    return value
