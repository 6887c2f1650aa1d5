"""Whether what the parameters name is there: secrets, a topic, a bus, a policy, models, an issuer of tokens."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

from scripts.preflight.deployment import Deployment
from scripts.preflight.findings import Denied, Failed, Finding, ask, ok, problem, unknown
from skill_benchmark.domain.money import Usage, price_call

_DATABASE_KEYS = ("host", "port", "dbname", "username", "password")
_ACCOUNTS_OWN_KEY = "alias/aws/secretsmanager"


def secrets(manager: Any, deployment: Deployment) -> Iterator[Finding]:
    """That they exist and hold what is read of them; a value is neither kept nor printed."""
    wanted: dict[str, tuple[str, ...]] = {"ModelApiKeySecretArn": ()}
    if not deployment.says("CreateDatabase"):
        wanted |= {"DatabaseSecretArn": _DATABASE_KEYS, "DatabaseOwnerSecretArn": _DATABASE_KEYS}
    for parameter, keys in wanted.items():
        arn = deployment.parameters.get(parameter)
        if not arn:
            yield problem("secrets", f"{parameter} is not given")
            continue
        try:
            yield from _secret(manager, parameter, arn, keys)
        except Denied as denied:
            yield unknown("secrets", f"{parameter}: not allowed to look; it needs {denied}")
        except Failed as error:
            yield problem("secrets", f"{parameter}: Secrets Manager says {error}")


def _secret(manager: Any, parameter: str, arn: str, keys: tuple[str, ...]) -> Iterator[Finding]:
    described = ask(manager, "describe_secret", SecretId=arn)
    if described.get("KmsKeyId", _ACCOUNTS_OWN_KEY) != _ACCOUNTS_OWN_KEY:
        yield problem(
            "secrets",
            f"{parameter} is encrypted with a key of its own, which the functions may not use; "
            f"encrypt it with {_ACCOUNTS_OWN_KEY}",
        )
    if missing := _missing(ask(manager, "get_secret_value", SecretId=arn).get("SecretString", ""), keys):
        yield problem("secrets", f"{parameter} lacks {', '.join(missing)}")
    else:
        yield ok("secrets", f"{parameter} holds {', '.join(keys) or 'a string'}")


def _missing(value: str, keys: tuple[str, ...]) -> list[str]:
    if not keys:
        return [] if value.strip() else ["its string"]
    try:
        held = json.loads(value)
    except ValueError:
        held = None
    if not isinstance(held, dict):
        return ["a JSON object"]
    return [key for key in keys if held.get(key) in (None, "")]


def event_bus(events: Any, deployment: Deployment) -> Iterator[Finding]:
    name = deployment.parameters["EventBusName"]
    try:
        ask(events, "describe_event_bus", Name=name)
        yield ok("event bus", f"{name} is there")
    except Failed as error:
        yield problem("event bus", f"EventBridge says {error}; create the bus, or correct EventBusName")


def alarm_topic(topics: Any, deployment: Deployment) -> Iterator[Finding]:
    arn = deployment.parameters["AlarmTopicArn"]
    if not arn:
        yield ok("alarms", "AlarmTopicArn is empty: alarms are seen in CloudWatch only")
        return
    try:
        ask(topics, "get_topic_attributes", TopicArn=arn)
        yield ok("alarms", "the topic is there")
    except Failed as error:
        yield problem("alarms", f"SNS says {error}; create the topic, or correct AlarmTopicArn")


def prices(deployment: Deployment) -> Iterator[Finding]:
    """That a run's cost will be known."""
    for model in dict.fromkeys([*deployment.listed("DefaultModels"), *deployment.listed("DefaultJudges")]):
        reason = price_call(model, Usage(input_tokens=1000, output_tokens=1000)).missing_reason
        if reason:
            yield problem("prices", f"{reason}; its cost would be unmeasured: correct the name, or update genai-prices")
        else:
            yield ok("prices", f"{model} has a price")


Fetch = Callable[[str], bytes]


def fetched(url: str) -> bytes:
    with urlopen(url, timeout=10) as answer:  # noqa: S310 - the template takes https only
        body: bytes = answer.read()
        return body


def issuer(deployment: Deployment, fetch: Fetch = fetched) -> Iterator[Finding]:
    """That tokens can be verified. API Gateway reads the same document."""
    given = deployment.parameters["JwtIssuer"]
    if not given:
        yield ok("tokens", "JwtIssuer is empty: callers are authenticated by IAM")
        return
    url = f"{given.rstrip('/')}/.well-known/openid-configuration"
    try:
        metadata = json.loads(fetch(url))
    except (OSError, ValueError) as error:
        yield problem("tokens", f"{url} cannot be read ({error}); API Gateway would refuse every token")
        return
    if metadata.get("issuer") != given:
        yield problem("tokens", f"{url} says that the issuer is {metadata.get('issuer')!r}; set JwtIssuer to that")
    elif not metadata.get("jwks_uri"):
        yield problem("tokens", f"{url} names no jwks_uri, so that no token can be verified")
    else:
        yield ok("tokens", "the issuer's metadata is there and names itself")
