"""What an operation logs says for which tenant, about what, and in which request."""

import json
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response

from skill_benchmark.api import operations
from skill_benchmark.api.calls import serve
from skill_benchmark.api.resolver import ApiResolver
from skill_benchmark.observability import logger, observed
from skill_benchmark.settings import forget_settings
from tests.unit.api.test_tenant import LIST, an_event
from tests.unit.conftest import Written
from tests.unit.functions.conftest import Context


def test_a_line_of_the_api_names_tenant_run_and_request(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANT_CALLER_ROLE_ARNS", ",".join(LIST))
    forget_settings()
    app = ApiResolver()

    @serve(app, operations.GET_RUN)
    def get_run(call: Any, run_id: str) -> Response[str]:
        logger.info("here")
        return Response(status_code=200, body="{}")

    @observed
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return app.resolve(event, context)

    event = an_event({"x-tenant-id": "acme"})
    event["requestContext"]["requestId"] = "JKJaXmPLvHcESHA="
    assert handler(event, Context())["statusCode"] == 200
    forget_settings()
    [line] = [json.loads(line) for line in written()]
    assert (line["tenant_id"], line["run_id"], line["correlation_id"]) == ("acme", "run_1", "JKJaXmPLvHcESHA=")
