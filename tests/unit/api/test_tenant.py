"""Who a request is for: the claim of a JWT, or the header of a caller whom IAM let in."""

from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from local.http_front import http_event
from skill_benchmark.api.problems import BadRequest
from skill_benchmark.api.tenant import tenant_of


def an_event(headers: dict[str, str], claims: dict[str, Any] | None = None) -> APIGatewayProxyEventV2:
    event = http_event("GET", "/v1/runs/run_1", "", headers, None)
    if claims is not None:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    return APIGatewayProxyEventV2(event)


def test_a_caller_whom_iam_let_in_names_the_tenant_in_a_header() -> None:
    assert tenant_of(an_event({"x-tenant-id": "acme"})) == "acme"


def test_the_tenant_of_a_token_is_its_claim_whatever_the_header_says() -> None:
    assert tenant_of(an_event({"x-tenant-id": "another"}, {"sub": "person", "tenant_id": "acme"})) == "acme"


@pytest.mark.parametrize("claims", [{"sub": "person"}, {"tenant_id": ""}, {"tenant_id": 7}, {"tenant_id": "a b"}])
def test_a_token_without_a_tenant_is_for_nobody_even_with_a_header(claims: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="claim tenant_id"):
        tenant_of(an_event({"x-tenant-id": "acme"}, claims))


@pytest.mark.parametrize("header", ["", " acme", "acme\n", "a/b", "x" * 101])
def test_a_header_that_is_no_tenant_is_refused(header: str) -> None:
    with pytest.raises(BadRequest, match="x-tenant-id"):
        tenant_of(an_event({"x-tenant-id": header}))
