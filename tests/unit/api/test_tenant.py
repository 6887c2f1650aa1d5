"""Who a request is for: the claim of a JWT, or the header of a caller on the list."""

from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.read_api import app
from local.http.gateway import http_event
from skill_benchmark.api.problems import BadRequest, Forbidden
from skill_benchmark.api.tenant import tenant_of
from skill_benchmark.settings import forget_settings
from tests.unit.functions.conftest import Context

LIST = ["arn:aws:iam::123456789012:role/main-app"]
LISTED = "arn:aws:sts::123456789012:assumed-role/main-app/session"
STRANGER = "arn:aws:sts::123456789012:assumed-role/somebody/session"


def an_event(
    headers: dict[str, str], claims: dict[str, Any] | None = None, caller: str | None = LISTED
) -> dict[str, Any]:
    event = http_event("GET", "/v1/runs/run_1", "", headers, None)
    event["requestContext"]["authorizer"] = {"iam": {"userArn": caller}}
    if claims is not None:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    return event


def tenant(event: dict[str, Any]) -> str:
    return tenant_of(APIGatewayProxyEventV2(event), LIST)


def test_a_caller_on_the_list_names_the_tenant_in_a_header() -> None:
    assert tenant(an_event({"x-tenant-id": "acme"})) == "acme"


@pytest.mark.parametrize("caller", [STRANGER, "", None])
def test_a_caller_who_is_not_on_the_list_names_no_tenant(caller: str | None) -> None:
    with pytest.raises(Forbidden, match="TenantCallerRoleArns"):
        tenant(an_event({"x-tenant-id": "acme"}, caller=caller))


@pytest.mark.parametrize("authorizer", [None, {}, {"iam": None}, {"jwt": {"claims": {}}}, {"lambda": {"tenant": "a"}}])
def test_a_request_that_nobody_has_let_in_names_no_tenant(authorizer: Any) -> None:
    event = an_event({"x-tenant-id": "acme"})
    event["requestContext"]["authorizer"] = authorizer
    with pytest.raises(Forbidden):
        tenant(event)


def test_a_stranger_gets_a_problem_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANT_CALLER_ROLE_ARNS", ",".join(LIST))
    forget_settings()
    try:
        answer = app.lambda_handler(an_event({"x-tenant-id": "acme"}, caller=STRANGER), Context())
    finally:
        forget_settings()
    assert answer["statusCode"] == 403
    assert "urn:skill-benchmark:problem:forbidden" in answer["body"]
    assert STRANGER in answer["body"]
    assert "TenantCallerRoleArns" in answer["body"]


def test_the_tenant_of_a_token_is_its_claim_whatever_the_header_says() -> None:
    assert tenant(an_event({"x-tenant-id": "another"}, {"sub": "person", "tenant_id": "acme"})) == "acme"


@pytest.mark.parametrize("claims", [{"sub": "person"}, {"tenant_id": ""}, {"tenant_id": 7}, {"tenant_id": "a b"}])
def test_a_token_without_a_tenant_is_for_nobody_even_with_a_header(claims: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="claim tenant_id"):
        tenant(an_event({"x-tenant-id": "acme"}, claims))


@pytest.mark.parametrize("header", ["", " acme", "acme\n", "a/b", "x" * 101])
def test_a_header_that_is_no_tenant_is_refused(header: str) -> None:
    with pytest.raises(BadRequest, match="x-tenant-id"):
        tenant(an_event({"x-tenant-id": header}))
