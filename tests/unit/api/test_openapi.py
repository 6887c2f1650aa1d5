"""The OpenAPI document: what is committed is what is served, it is valid, and every operation shows an example."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from skill_benchmark.api.health import VERSION
from skill_benchmark.api.openapi import document
from tests.unit.template.deployed import ROOT

COMMITTED = ROOT / "docs" / "openapi.json"


def test_the_committed_document_is_the_one_that_is_served() -> None:
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == document(), f"write it again: python -m skill_benchmark.api.openapi > {COMMITTED.name}"


def test_the_document_is_openapi_3_1() -> None:
    assert document()["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document()).validate()


def shapes(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schemas of all bodies: `requestBody` or `responses`."""
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            described = operation.get(kind, {})
            for body in [described] if kind == "requestBody" else described.values():
                for content in body.get("content", {}).values():
                    yield f"{method} {path}", content["schema"]


@pytest.mark.parametrize("kind", ["requestBody", "responses"])
def test_every_body_has_an_example(kind: str) -> None:
    schemas = document()["components"]["schemas"]
    found = [(where, schema["$ref"].rpartition("/")[2]) for where, schema in shapes(kind) if "$ref" in schema]
    assert found
    for where, name in found:
        assert schemas[name].get("examples"), f"{where}: {name}"


def test_every_problem_that_an_operation_can_answer_with_is_a_problem_document() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert "application/problem+json" in response["content"], f"{method} {path} {status}"


def test_no_id_is_a_number_which_would_count_what_others_have() -> None:
    for name, schema in document()["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            if field == "id" or field.endswith("_id"):
                assert "integer" not in json.dumps(described), f"{name}.{field}"


def test_the_version_is_the_projects() -> None:
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
