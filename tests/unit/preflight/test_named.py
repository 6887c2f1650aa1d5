import json
from typing import Any

import pytest

from scripts.preflight import named
from scripts.preflight.findings import findings
from tests.unit.preflight.account import denying, deployment, scripted

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:any-AbCdEf"
HELD = {"host": "db", "port": 5432, "dbname": "bench", "username": "app", "password": "sesame"}


def manager(*values: str, key: str | None = None) -> Any:
    answers = []
    for value in values:
        described = {"ARN": ARN, **({"KmsKeyId": key} if key else {})}
        answers.append(("describe_secret", {"SecretId": ARN}, described))
        answers.append(("get_secret_value", {"SecretId": ARN}, {"SecretString": value}))
    return scripted("secretsmanager", *answers)


EXISTING = deployment(ModelApiKeySecretArn=ARN, DatabaseSecretArn=ARN, DatabaseOwnerSecretArn=ARN)
CREATED = deployment(ModelApiKeySecretArn=ARN, CreateDatabase="true")


def test_secrets_that_hold_what_is_read_of_them_are_in_order_and_no_value_is_shown() -> None:
    found = list(named.secrets(manager("sk-key", json.dumps(HELD), json.dumps(HELD)), EXISTING))

    assert [finding.status for finding in found] == ["ok"] * 3
    assert not any("sesame" in finding.text or "sk-key" in finding.text for finding in found)


@pytest.mark.parametrize("key", HELD)
def test_a_database_secret_that_lacks_a_key_is_named_with_the_key(key: str) -> None:
    less = json.dumps({name: value for name, value in HELD.items() if name != key})

    found = list(named.secrets(manager("sk-key", less, json.dumps(HELD)), EXISTING))

    assert [finding.status for finding in found] == ["ok", "problem", "ok"]
    assert f"DatabaseSecretArn lacks {key}" in found[1].text


def test_a_blank_api_key_is_a_problem() -> None:
    assert [finding.status for finding in named.secrets(manager("  "), CREATED)] == ["problem"]


def test_a_secret_that_is_no_json_object_is_not_shown() -> None:
    found = list(named.secrets(manager("sk-key", "sesame", '["sesame"]'), EXISTING))

    assert [finding.status for finding in found] == ["ok", "problem", "problem"]
    assert not any("sesame" in finding.text for finding in found)


def test_a_secret_with_a_key_of_its_own_is_a_problem() -> None:
    statuses = [finding.status for finding in named.secrets(manager("sk-key", key="arn:aws:kms:::key/1"), CREATED)]

    assert statuses == ["problem", "ok"]


def test_a_secret_that_may_not_be_read_is_unknown_with_the_permission() -> None:
    [finding] = named.secrets(denying("secretsmanager", "describe_secret", "AccessDeniedException"), CREATED)

    assert finding.status == "unknown"
    assert "secretsmanager:DescribeSecret" in finding.text


def test_a_bus_that_is_not_there_is_a_problem() -> None:
    missing = denying("events", "describe_event_bus", "ResourceNotFoundException", "no such bus")

    assert [finding.status for finding in named.event_bus(missing, deployment(EventBusName="other"))] == ["problem"]


def test_a_topic_that_is_not_there_is_a_problem_and_no_topic_is_none() -> None:
    given = deployment(AlarmTopicArn="arn:aws:sns:eu-central-1:123456789012:alarms")
    missing = denying("sns", "get_topic_attributes", "NotFound", "no such topic")

    assert [finding.status for finding in named.alarm_topic(missing, given)] == ["problem"]
    assert [finding.status for finding in named.alarm_topic(scripted("sns"), deployment())] == ["ok"]


def test_a_model_without_a_price_is_a_problem() -> None:
    found = list(named.prices(deployment(DefaultModels="claude-haiku-5-5,gpt-0", DefaultJudges="claude-haiku-5-5")))

    assert [finding.status for finding in found] == ["ok", "problem"]
    assert "gpt-0" in found[1].text


def issuer(metadata: object) -> str:
    def fetch(url: str) -> bytes:
        assert url == "https://id.example/.well-known/openid-configuration"
        return json.dumps(metadata).encode()

    [finding] = named.issuer(deployment(JwtIssuer="https://id.example"), fetch)
    return finding.status


def test_an_issuer_must_name_itself_and_its_keys() -> None:
    assert issuer({"issuer": "https://id.example", "jwks_uri": "https://id.example/keys"}) == "ok"
    assert issuer({"issuer": "https://other.example", "jwks_uri": "https://id.example/keys"}) == "problem"
    assert issuer({"issuer": "https://id.example"}) == "problem"


def test_an_issuer_that_is_not_reached_is_a_problem() -> None:
    def fetch(_: str) -> bytes:
        raise OSError("no route")

    assert [found.status for found in named.issuer(deployment(JwtIssuer="https://id.example"), fetch)] == ["problem"]


def test_a_check_that_is_denied_says_which_permission_it_needs() -> None:
    bus = denying("events", "describe_event_bus", "AccessDeniedException")

    [finding] = findings("event bus", lambda: named.event_bus(bus, deployment(EventBusName="default")))

    assert finding.status == "unknown"
    assert "events:DescribeEventBus" in finding.text
