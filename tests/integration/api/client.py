"""A client that holds every response against the OpenAPI document."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from local.http.gateway import request
from local.http.response import Response
from local.stack import EmbeddedStack
from skill_benchmark.api.openapi import document
from skill_benchmark.api.operations import OPERATIONS

OF_ANY_RESPONSE = {"content-type", "retry-after", "cache-control", "vary", "accept", "accept-post", "accept-encoding"}
"""Headers that the document does not repeat with each response."""


@cache
def openapi() -> dict[str, Any]:
    return document()


@dataclass(frozen=True)
class Client:
    """One tenant's."""

    stack: EmbeddedStack
    tenant: str

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: str = "",
        text: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """`text` is a body that is sent as it is."""
        response = request(
            self.stack,
            method,
            path,
            query=query,
            headers={"x-tenant-id": self.tenant, **(headers or {})},
            body=json.dumps(body) if body is not None else text,
        )
        check(method, path, response)
        return response

    def get(self, path: str, query: str = "", **headers: str) -> Response:
        return self.send("GET", path, query=query, headers=headers)

    def put_skill(self, skill_id: str, content: str = "Repeat the input.") -> dict[str, Any]:
        response = self.send("PUT", f"/v1/skills/{skill_id}", {"name": skill_id, "content": content})
        assert response.status in {200, 201}, response.body
        return dict(response.json())

    def add_example(self, skill_id: str, text: str) -> dict[str, Any]:
        body = {"example_input": text, "expected_output": f"right for {text}"}
        response = self.send("POST", f"/v1/skills/{skill_id}/training-examples", body)
        assert response.status == 201, response.body
        return dict(response.json())


def check(method: str, path: str, response: Response) -> None:
    """Refuse a status, a content type, a header or a body that the document does not have."""
    operation = next((found for found in OPERATIONS if found.method == method and found.is_at(path)), None)
    if operation is None:
        return
    responses = openapi()["paths"][operation.path][method.lower()]["responses"]
    assert str(response.status) in responses, f"{method} {path}: {response.status} is not in the document"
    described = responses[str(response.status)]
    for header in response.headers.keys() - OF_ANY_RESPONSE:
        assert header in {name.lower() for name in described.get("headers", {})}, f"{header} is not in the document"
    if "content" not in described:
        assert not response.body
        return
    schema = described["content"][response.headers["content-type"]]["schema"]
    validator = validator_for({}, Draft202012Validator)
    validator({**schema, "components": openapi()["components"]}).validate(response.json())


def assert_problem(response: Response, status: int, *, pointer: str | None = None, says: str = "") -> None:
    """The response is a problem of this status, and says what to change."""
    assert response.status == status, response.body
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:skill-benchmark:problem:")
    assert "Traceback" not in response.body
    assert says in problem["detail"]
    if pointer is not None:
        assert pointer in [error["pointer"] for error in problem["errors"]], problem
