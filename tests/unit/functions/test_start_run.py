"""Start Run is put together from its environment, and knows a request again."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from functions.start_run import app
from local.http.gateway import http_event
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.api.shapes.requests import StartRunBody
from skill_benchmark.settings import forget_settings
from skill_benchmark.use_cases.start_run import Idempotency
from tests.unit.functions.conftest import Context


@pytest.mark.parametrize(("given", "taken"), [({}, 0), ({"DAILY_CALLS_PER_TENANT": "5000"}, 5_000)])
def test_the_limit_of_a_day_is_the_deployments(
    monkeypatch: pytest.MonkeyPatch, store: ObjectStore, given: dict[str, str], taken: int
) -> None:
    environment = {
        "MODEL_PROVIDER": "simulated",
        "MODEL_CALL_CONCURRENCY": "50",
        "DEFAULT_MODELS": "model",
        "DEFAULT_JUDGES": "judge",
        "STATE_MACHINE_ARN": "arn:aws:states:eu-central-1:123456789012:stateMachine:bench",
        "DATABASE_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:database",
        "AWS_DEFAULT_REGION": "eu-central-1",
        **given,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(app, "object_store", lambda: store)
    assert app.starter.__wrapped__().daily_calls == taken  # type: ignore[attr-defined]  # past what is kept warm


CALLER = "arn:aws:sts::123456789012:assumed-role/main-app/session"


@pytest.fixture
def hash_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a request with a key is known by."""
    asked: list[Idempotency] = []

    def take(request: Any) -> str:
        asked.append(request.idempotency)
        return "run_1"

    role = "arn:aws:iam::123456789012:role/main-app"
    monkeypatch.setenv("TENANT_CALLER_ROLE_ARNS", role)
    forget_settings()
    monkeypatch.setattr(app, "starter", lambda: SimpleNamespace(start=take))
    monkeypatch.setattr(app, "rejudge", lambda _, request: take(request))

    def of(path: str, body: object) -> str:
        headers = {"x-tenant-id": "acme", "idempotency-key": "key", "content-type": "application/json"}
        event = http_event("POST", path, "", headers, json.dumps(body).encode())
        event["requestContext"]["authorizer"] = {
            "iam": {"userArn": "arn:aws:sts::123456789012:assumed-role/main-app/s"}
        }
        answer = app.lambda_handler(event, Context())
        assert answer["statusCode"] == 202, answer
        found = asked.pop().request_sha256
        assert found is not None
        return found

    return of


def test_a_request_is_known_by_what_it_says_and_not_by_what_it_leaves_to_defaults(hash_of: Any) -> None:
    start = "/v1/skills/echo/runs"
    assert hash_of(start, {}) == hash_of(start, {"repeats": 1, "triggered_by": "api"})
    bodies: list[dict[str, Any]] = [{}, {"repeats": 2}, {"models": ["a"]}, {"judges": ["a"]}, {"skill_content": "a"}]
    paths = [start, "/v1/skills/other/runs"]
    rejudged = hash_of("/v1/runs/run_1/rejudge", {}), hash_of("/v1/runs/run_2/rejudge", {})
    assert len({*(hash_of(path, body) for path in paths for body in bodies), *rejudged}) == 12


def test_starting_and_re_judging_what_has_the_same_name_are_two_requests(hash_of: Any) -> None:
    assert hash_of("/v1/skills/run_1/runs", {}) != hash_of("/v1/runs/run_1/rejudge", {})


def test_a_field_that_a_release_adds_leaves_the_keys_of_earlier_requests_valid(
    hash_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hash_of("/v1/skills/echo/runs", {"repeats": 3})

    class Later(StartRunBody):
        temperature: float | None = None

    dumped = StartRunBody.model_dump_json
    monkeypatch.setattr(
        StartRunBody, "model_dump_json", lambda body, **how: dumped(Later.model_construct(**dict(body)), **how)
    )
    assert hash_of("/v1/skills/echo/runs", {"repeats": 3}) == before
