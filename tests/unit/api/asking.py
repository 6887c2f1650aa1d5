"""Requests to the functions of the API, with no service behind them: refusals do not need one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from functions.read_api import app as read_api
from functions.start_run import app as start_run
from local.http.gateway import http_event
from local.stack import CALLER
from skill_benchmark.settings import forget_settings
from tests.unit.functions.conftest import Context

HEADERS = {"content-type": "application/json", "x-tenant-id": "acme"}
REQUEST_ID = "JKJaXmPLvHcESHA="
_OF_START_RUN = ("/runs", "/rejudge", "/resume")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str
    is_base64: bool

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["Content-Type"] == "application/problem+json"
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def kind(self) -> str:
        return str(self.problem["type"]).removeprefix("urn:skill-benchmark:problem:")


def ask(
    method: str, path: str, query: str = "", body: object = None, headers: Mapping[str, str | None] | None = None
) -> Answer:
    """A body that is text is sent as it is; a header that is None is left out."""
    text = body if isinstance(body, str | None) else json.dumps(body)
    sent = {name: value for name, value in {**HEADERS, **(headers or {})}.items() if value is not None}
    event = http_event(method, path, query, sent, None if text is None else text.encode())
    event["requestContext"]["requestId"] = REQUEST_ID
    app = start_run if method == "POST" and path.endswith(_OF_START_RUN) else read_api
    found = app.lambda_handler(event, Context())
    return Answer(found["statusCode"], found["headers"], found["body"], found["isBase64Encoded"])


@pytest.fixture
def _deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TENANT_CALLER_ROLE_ARNS", CALLER)
    forget_settings()
    yield
    forget_settings()
