"""The OpenAPI 3.1 document, made of the operations and their shapes.

`python -m skill_benchmark.api.openapi > docs/openapi.json` writes the committed copy.
"""

import base64
import json
import sys
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from skill_benchmark.api import caching
from skill_benchmark.api.bodies import JSON
from skill_benchmark.api.calls import new_router
from skill_benchmark.api.health import VERSION
from skill_benchmark.api.operations import OPENAPI_PATH, OPERATIONS, Operation
from skill_benchmark.api.problems import PROBLEM_JSON
from skill_benchmark.api.shapes.names import IDEMPOTENCY_KEY, RESULT_ID, RUN_ID, SKILL_ID, TENANT_ID
from skill_benchmark.api.shapes.requests import Request
from skill_benchmark.api.shapes.service import Problem
from skill_benchmark.warm import kept_warm

router = new_router()

Json = dict[str, Any]
_AnyOperation = Operation[Request, Request]
_Shape = tuple[type[BaseModel], JsonSchemaMode]

_DESCRIPTION = """\
Which model should run a skill, what does it cost, and is the difference real?

Requests are signed with AWS Signature Version 4, and the header `x-tenant-id` names the tenant; only callers on the
list of the deployment may name one. Where the API has a JWT authorizer, requests carry a bearer token instead, whose
claim `tenant_id` is the tenant. What belongs to another tenant does not
exist. Money is a whole number of microcents (1e-8 US dollar). What was not measured is null, never 0.

A response holds six megabytes. Lists therefore come in pages: `next_cursor` leads to the next one, and a text that is
too long for a page of its own is cut, which `cut` says. Every path that takes GET takes HEAD, and every path takes
OPTIONS."""

_PATH_PARAMETERS: Mapping[str, tuple[str, str]] = {
    "skill_id": (SKILL_ID, "The main app's id of the skill."),
    "run_id": (RUN_ID, "As the start of the run gave it."),
    "result_id": (RESULT_ID, "The id of a result."),
}
_TENANT_HEADER: Json = {
    "name": "x-tenant-id",
    "in": "header",
    "required": False,
    "description": "The tenant; needed unless a JWT names it, and taken from listed callers only.",
    "schema": {"type": "string", "pattern": TENANT_ID},
}
_REQUEST_HEADERS: Mapping[str, tuple[Json, str]] = {
    "Idempotency-Key": (
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": IDEMPOTENCY_KEY},
        "The same key with the same request gives the run that it started; with another request it is refused.",
    ),
    "If-None-Match": ({"type": "string"}, "The ETags that the client has, or `*`."),
}
_REPLY_HEADERS: Mapping[str, tuple[Json, str]] = {
    "Location": ({"type": "string"}, "The path of the run."),
    "ETag": ({"type": "string"}, "Sent with responses that no longer change, such as a run that has ended."),
}
_MEANINGS: Mapping[HTTPStatus, str] = {
    HTTPStatus.OK: "As asked.",
    HTTPStatus.CREATED: "It is new.",
    HTTPStatus.ACCEPTED: "It is begun.",
    HTTPStatus.NOT_MODIFIED: "The client has it.",
    HTTPStatus.BAD_REQUEST: "No tenant, or a body that is not JSON.",
    HTTPStatus.FORBIDDEN: "The caller may not name a tenant.",
    HTTPStatus.NOT_FOUND: "There is no such thing, or it is not this tenant's.",
    HTTPStatus.CONFLICT: "It contradicts what is there.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body has more than 6 MiB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The request lacks `Content-Type: application/json`, or its body is compressed.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "`errors` says what to change.",
    HTTPStatus.TOO_MANY_REQUESTS: "The tenant has planned its calls of today; `Retry-After` is midnight UTC.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something failed here.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database, or another service behind this one, did not answer.",
}


@router.get(OPENAPI_PATH)
def openapi() -> Response[str]:
    headers = router.current_event.headers
    zipped = caching.accepts_gzip(headers.get("accept-encoding", ""))
    content = _compressed() if zipped else _as_text().encode()
    etag = caching.etag_of(content)
    known = {**caching.PUBLIC, "ETag": etag}
    if caching.is_known(etag, headers.get("if-none-match", "")):
        return Response(int(HTTPStatus.NOT_MODIFIED), content_type=None, headers=known, body="")
    if not zipped:
        return Response(200, content_type=JSON, headers=known, body=_as_text())
    response = Response(
        200,
        content_type=JSON,
        headers={**known, "Content-Encoding": "gzip"},
        body=base64.b64encode(content).decode(),
    )
    # Not bytes, which Powertools takes for what is to become JSON.
    response.base64_encoded = True
    return response


@kept_warm
def _as_text() -> str:
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


@kept_warm
def _compressed() -> bytes:
    return caching.compressed(_as_text().encode())


def document() -> Json:
    """The OpenAPI document of all operations, whichever function serves them."""
    shapes = list(_shapes())
    references, definitions = models_json_schema(shapes, ref_template="#/components/schemas/{model}")
    schemas = {shape: references[shape] for shape in shapes}
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    paths[OPENAPI_PATH] = {"get": _openapi_operation()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "skill-benchmark", "version": VERSION, "description": _DESCRIPTION},
        "paths": paths,
        "components": {"schemas": definitions["$defs"]},
    }


def _shapes() -> Iterable[_Shape]:
    yield Problem, "serialization"
    for operation in OPERATIONS:
        if operation.takes_body:
            yield operation.body, "validation"
        for shape in operation.replies.values():
            yield shape, "serialization"


def _operation(operation: _AnyOperation, schemas: Mapping[_Shape, Json]) -> Json:
    described: Json = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": list(_parameters(operation)),
        "responses": _responses(operation, schemas),
    }
    if operation.takes_body:
        content = {"application/json": {"schema": schemas[operation.body, "validation"]}}
        described["requestBody"] = {"required": operation.body_required, "content": content}
    return described


def _parameters(operation: _AnyOperation) -> Iterable[Json]:
    for name, (pattern, description) in _PATH_PARAMETERS.items():
        if f"{{{name}}}" in operation.path:
            schema = {"type": "string", "pattern": pattern}
            yield {"name": name, "in": "path", "required": True, "description": description, "schema": schema}
    query = operation.query.model_json_schema()
    for name, schema in query.get("properties", {}).items():
        schema.pop("title", None)
        described = {"description": schema.pop("description")}
        required = name in query.get("required", ())
        yield {"name": name, "in": "query", "required": required, **described, "schema": _without_null(schema)}
    if operation.needs_tenant:
        yield _TENANT_HEADER
    for name in (*operation.request_headers, *(("If-None-Match",) if operation.conditional else ())):
        schema, description = _REQUEST_HEADERS[name]
        yield {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def _without_null(schema: Json) -> Json:
    """A query parameter is left out, and never null."""
    present = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    return present[0] if present else schema


def _responses(operation: _AnyOperation, schemas: Mapping[_Shape, Json]) -> Json:
    conditional = operation.conditional
    headers = _headers((*operation.reply_headers, *(("ETag",) if conditional else ())))
    responses: dict[str, Json] = {
        str(int(status)): {
            "description": _MEANINGS[status],
            "headers": headers,
            "content": {"application/json": {"schema": schemas[shape, "serialization"]}},
        }
        for status, shape in operation.replies.items()
    }
    if conditional:
        not_modified = HTTPStatus.NOT_MODIFIED
        responses[str(int(not_modified))] = {"description": _MEANINGS[not_modified], "headers": _headers(("ETag",))}
    for status in sorted(_problems(operation)):
        response = responses.setdefault(str(int(status)), {"description": _MEANINGS[status], "content": {}})
        response["content"][PROBLEM_JSON] = {"schema": schemas[Problem, "serialization"]}
    return responses


def _problems(operation: _AnyOperation) -> Iterable[HTTPStatus]:
    yield from operation.problems
    yield from (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
    if operation.needs_tenant:
        yield from (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN)
    if operation.method != "GET":
        yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    if operation.takes_body:
        yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def _headers(names: Iterable[str]) -> Json:
    return {
        name: {"description": description, "schema": schema}
        for name in names
        for schema, description in [_REPLY_HEADERS[name]]
    }


def _openapi_operation() -> Json:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "operationId": "openapi",
        "summary": "This document",
        "tags": ["service"],
        "responses": {
            "200": {"description": _MEANINGS[HTTPStatus.OK], "headers": _headers(("ETag",)), "content": content},
            "304": {"description": _MEANINGS[HTTPStatus.NOT_MODIFIED], "headers": _headers(("ETag",))},
        },
    }


if __name__ == "__main__":
    sys.stdout.write(_as_text())
