"""From an event to a typed call of an operation, and from what it gives to a response."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter, Router
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import BaseModel, ValidationError

from skill_benchmark.api import bodies, caching
from skill_benchmark.api.operations import Operation
from skill_benchmark.api.problems import BadRequest, InvalidParameter, InvalidRequest, Location
from skill_benchmark.api.shapes.names import RESULT_ID, RUN_ID, SKILL_ID, WORDS
from skill_benchmark.api.shapes.requests import Request
from skill_benchmark.api.tenant import tenant_of
from skill_benchmark.domain.errors import NotFound
from skill_benchmark.observability import log_about
from skill_benchmark.settings import ApiSettings, settings

_IDENTIFIERS = {"skill_id": SKILL_ID, "run_id": RUN_ID, "result_id": RESULT_ID}

B = TypeVar("B", bound=Request)
Q = TypeVar("Q", bound=Request)
R = TypeVar("R", bound=Request)


@dataclass(frozen=True)
class Call(Generic[B, Q]):
    """One request of an operation, read and checked. `tenant_id` is empty where the operation needs none."""

    tenant_id: str
    body: B
    query: Q
    headers: Mapping[str, str]


def new_router() -> Router:
    """The router of one noun."""
    return Router()  # type: ignore[no-untyped-call]  # Powertools leaves it out


def serve(
    router: BaseRouter, operation: Operation[B, Q]
) -> Callable[[Callable[..., Response[str]]], Callable[..., Response[str]]]:
    """Route an operation to a function that takes its `Call[B, Q]`, and the path's parameters by name."""

    def register(handler: Callable[..., Response[str]]) -> Callable[..., Response[str]]:
        def handle(**_: str) -> Response[str]:
            event = router.current_event
            assert isinstance(event, APIGatewayProxyEventV2)
            # Powertools would leave a line end at the end of a path away.
            parameters = operation.parameters_at(event.path)
            if parameters is None:
                raise NotFound("there is no such path")
            if operation.method != "GET":
                bodies.require_json(operation.method, event.headers)
            call = Call(
                tenant_id=tenant_of(event, settings(ApiSettings).callers) if operation.needs_tenant else "",
                body=_body(event, operation),
                query=_checked("query", operation.query, event.query_string_parameters or {}),
                headers=event.headers,
            )
            identifiers = {name: identifier(name, text) for name, text in parameters.items()}
            log_about(tenant_id=call.tenant_id, **identifiers)
            return handler(call, **identifiers)

        router.route(operation.rule, method=operation.method)(handle)
        return handler

    return register


def reply(body: BaseModel, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> Response[str]:
    """A response that nobody keeps. `headers` have underscores for hyphens."""
    return Response(
        status_code=int(status),
        content_type=bodies.JSON,
        headers={**caching.NOT_KEPT, **{name.replace("_", "-"): value for name, value in headers.items()}},
        body=bodies.as_json(body),
    )


def conditional_reply(call: Call[Any, Any], body: BaseModel, *, final: bool) -> Response[str]:
    """A response that a client may keep: with an ETag when it is final, and empty when the client has it already."""
    response = reply(body)
    if not final:
        return response
    etag = caching.etag_of((response.body or "").encode())
    response.headers.update(caching.TENANT_DATA)
    response.headers["ETag"] = etag
    if caching.is_known(etag, call.headers.get("if-none-match", "")):
        return Response(int(HTTPStatus.NOT_MODIFIED), content_type=None, headers=dict(response.headers), body="")
    return response


def identifier(name: str, text: str) -> str:
    """An id from a path. Raises InvalidParameter for what cannot be one."""
    found = unquote(text)
    pattern = _IDENTIFIERS[name]
    if not re.fullmatch(pattern, found):
        raise InvalidParameter("path", name, WORDS[pattern])
    return found


def _body(event: APIGatewayProxyEventV2, operation: Operation[B, Q]) -> B:
    if not operation.takes_body:
        return operation.body()
    content = bodies.json_body(event)
    if content is bodies.NO_BODY:
        if operation.body_required:
            raise BadRequest("the body is empty; it should be a JSON object")
        return operation.body()
    return _checked("body", operation.body, content)


def _checked(location: Location, model: type[R], content: Any) -> R:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InvalidRequest(location, model, error) from error
