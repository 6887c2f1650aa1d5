"""From an event to a typed call of an operation, and from what it gives to a response."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, NoReturn, TypeVar
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter, Router
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import BaseModel, ValidationError

from skill_benchmark.api.operations import Operation
from skill_benchmark.api.problems import BadRequest, BodyTooLarge, InvalidParameter, InvalidRequest, Location
from skill_benchmark.api.shapes.requests import JUDGE, RESULT_ID, RUN_ID, SKILL_ID, Request
from skill_benchmark.api.tenant import tenant_of
from skill_benchmark.domain.errors import NotFound
from skill_benchmark.observability import log_about
from skill_benchmark.settings import ApiSettings, settings

MAX_BODY_BYTES = 6 * 1024 * 1024
"""What Lambda can be given in one request."""

_IDENTIFIERS = {"skill_id": SKILL_ID, "run_id": RUN_ID, "result_id": RESULT_ID, "judge": JUDGE}
_SURROGATES = re.compile("[\ud800-\udfff]")

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
        def handle(**parameters: str) -> Response[str]:
            event = router.current_event
            assert isinstance(event, APIGatewayProxyEventV2)
            call = Call(
                tenant_id=tenant_of(event, settings(ApiSettings).callers) if operation.needs_tenant else "",
                body=_body(event, operation),
                query=_checked("query", operation.query, event.query_string_parameters or {}),
                headers=event.headers,
            )
            identifiers = {name: _identifier(operation, name, text) for name, text in parameters.items()}
            log_about(correlation_id=event.request_context.request_id, tenant_id=call.tenant_id, **identifiers)
            return handler(call, **identifiers)

        router.route(operation.rule, method=operation.method)(handle)
        return handler

    return register


def reply(body: BaseModel, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> Response[str]:
    """A response. `headers` have underscores for hyphens."""
    return Response(
        status_code=int(status),
        content_type="application/json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=body.model_dump_json(),
    )


def conditional_reply(call: Call[Any, Any], body: BaseModel, *, final: bool) -> Response[str]:
    """A response that a client may keep: with an ETag when it is final, and empty when the client has it already."""
    response = reply(body)
    if not final:
        return response
    etag = f'"{hashlib.sha256((response.body or "").encode()).hexdigest()[:32]}"'
    known = {tag.strip().removeprefix("W/") for tag in call.headers.get("if-none-match", "").split(",")}
    if known & {etag, "*"}:
        return Response(status_code=int(HTTPStatus.NOT_MODIFIED), content_type=None, headers={"ETag": etag}, body="")
    response.headers["ETag"] = etag
    return response


def _identifier(operation: Operation[Any, Any], name: str, text: str) -> str:
    identifier = unquote(text)
    if re.fullmatch(_IDENTIFIERS[name], identifier):
        return identifier
    if operation.names_new_skill:
        raise InvalidParameter(
            "path", name, "should be 1 to 200 of A-Z a-z 0-9 _ . : - and begin with one of the first"
        )
    raise NotFound(f"the path names no {name.removesuffix('_id')} that exists")


def _body(event: APIGatewayProxyEventV2, operation: Operation[B, Q]) -> B:
    if not operation.takes_body:
        return operation.body()
    try:
        text = event.decoded_body or ""
    except ValueError as error:
        raise BadRequest("the body is not UTF-8") from error
    if len(text.encode(errors="replace")) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"the body has more than {MAX_BODY_BYTES} bytes; send fewer or shorter test cases")
    if not text.strip():
        if operation.body_required:
            raise BadRequest("the body is empty; it should be a JSON object")
        return operation.body()
    return _checked("body", operation.body, _surrogates_marked(_parsed(text)))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise BadRequest(
            "the body is not JSON that can be read: a number is too long or it is nested too deep"
        ) from error


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


def _surrogates_marked(value: Any) -> Any:
    # Pydantic refuses a lone surrogate. As U+0000, which cannot be stored either, it gets to where texts are cleaned
    # and flagged.
    match value:
        case str():
            return _SURROGATES.sub("\0", value)
        case list():
            return [_surrogates_marked(item) for item in value]
        case dict():
            return {_SURROGATES.sub("\0", name): _surrogates_marked(item) for name, item in value.items()}
    return value


def _checked(location: Location, model: type[R], content: Any) -> R:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InvalidRequest(location, error) from error
