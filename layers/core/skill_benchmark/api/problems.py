"""Errors as RFC 9457 problem details: the one place where an exception becomes HTTP."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

import psycopg
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ValidationError

from skill_benchmark.domain.errors import Conflict, DailyCallsReached, InvalidInput, NotFound, SkillBenchmarkError
from skill_benchmark.domain.mistakes import mistakes
from skill_benchmark.domain.strict_json import RefusedJsonError
from skill_benchmark.observability import logger

PROBLEM_JSON = "application/problem+json"
_MAX_ERRORS = 20
_MAX_NAMED = 3
"""Of these, how many the detail names."""
_MAX_POINTER = 200

Location = Literal["body", "query", "path", "header"]


class BadRequest(SkillBenchmarkError):
    """The request cannot be read: who it is for, or what it says."""


class Forbidden(SkillBenchmarkError):
    """The caller may not do this, whoever it is for."""


class BodyTooLarge(SkillBenchmarkError):
    """The body has more bytes than the service can be given."""


class UnsupportedMediaType(SkillBenchmarkError):
    """The body is of a type, or in an encoding, that is not read. `header` is the answer's, and says what is."""

    def __init__(self, message: str, header: str, accepted: str) -> None:
        super().__init__(message)
        self.headers = {header: accepted}


class InvalidParameter(SkillBenchmarkError):
    """Something that is not in the body cannot be used."""

    def __init__(self, location: Location, name: str, message: str) -> None:
        super().__init__(message)
        self.location = location
        self.name = name


class InvalidRequest(SkillBenchmarkError):
    """What pydantic found in one part of a request, which it read as `model`."""

    def __init__(self, location: Location, model: type[BaseModel], found: ValidationError) -> None:
        super().__init__(f"{found.error_count()} errors")
        self.location = location
        self.model = model
        self.found = found


_STATUSES: Mapping[type[SkillBenchmarkError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    BadRequest: HTTPStatus.BAD_REQUEST,
    Forbidden: HTTPStatus.FORBIDDEN,
}

# Python gives some of these other names from one version to the next.
_TITLES: Mapping[int, str] = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    411: "Length Required",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    417: "Expectation Failed",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    kind: str | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """A problem document. `kind` is the last part of `type`; `errors` point into the request with JSON pointers."""
    title = _TITLES[int(status)]
    document: dict[str, Any] = {
        "type": f"urn:skill-benchmark:problem:{kind or title.lower().replace(' ', '-')}",
        "title": title,
        "status": int(status),
        "detail": detail,
    }
    if errors:
        document["errors"] = list(errors)
    return Response(
        status_code=int(status), content_type=PROBLEM_JSON, body=json.dumps(document), headers=dict(headers or {})
    )


def of_exception(error: Exception, request_id: str) -> Response[str]:
    """The problem that an exception is."""
    match error:
        case InvalidRequest():
            return _of_validation(error)
        case InvalidInput():
            return _invalid_at("body", error.field.replace("[", ".").replace("]", "").split("."), error.message)
        case InvalidParameter():
            return _invalid_at(error.location, [error.name], str(error))
        case RefusedJsonError():
            return _invalid_at("body", error.path, str(error))
        case SkillBenchmarkError() if refused := _refused(error):
            return refused
    return _failed(error, request_id)


def _refused(error: SkillBenchmarkError) -> Response[str] | None:
    """What has nothing to do with one field of a request."""
    match error:
        case NotFound() | BadRequest() | Forbidden():
            return problem(_STATUSES[type(error)], str(error))
        case Conflict():
            return problem(HTTPStatus.CONFLICT, str(error), kind=error.kind)
        case DailyCallsReached():
            retry = {"Retry-After": str(error.seconds_left)}
            return problem(HTTPStatus.TOO_MANY_REQUESTS, str(error), kind="daily-calls-reached", headers=retry)
        case UnsupportedMediaType():
            return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(error), headers=error.headers)
        case BodyTooLarge():
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error), kind="body-too-large")
    return None


def _failed(error: Exception, request_id: str) -> Response[str]:
    """What the caller cannot change; the log has the rest."""
    if isinstance(error, psycopg.OperationalError | ClientError | BotoCoreError):
        logger.exception("a service that this one stands on failed", error_type=type(error).__name__)
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "the database or another service behind this one did not answer; try again in a moment",
            headers={"Retry-After": "5"},
        )
    logger.exception("unexpected error", error_type=type(error).__name__)
    detail = f"something failed here; the log has it under the id of this request, {request_id}"
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _invalid_at(location: Location, path: Sequence[str | int], message: str) -> Response[str]:
    return _invalid([{"in": location, "pointer": _pointer(path), "detail": message}])


def _of_validation(error: InvalidRequest) -> Response[str]:
    found = mistakes(error.found, error.model)
    return _invalid(
        [
            {"in": error.location, "pointer": _pointer(mistake.path), "detail": mistake.message}
            for mistake in found[:_MAX_ERRORS]
        ],
        more=len(found) - _MAX_ERRORS,
    )


def _invalid(errors: Sequence[Mapping[str, str]], more: int = 0) -> Response[str]:
    named = [f"{error['pointer'] or 'the body'}: {error['detail']}" for error in errors[:_MAX_NAMED]]
    others = len(errors) - len(named) + max(0, more)
    detail = "; ".join(named) + (f" (and {others} more)" if others else "")
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, kind="invalid-input", errors=errors)


def _pointer(parts: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)[:_MAX_POINTER]


def install(app: APIGatewayHttpResolver) -> None:
    """Answer every error of a route with a problem."""

    def answer(error: Exception) -> Response[str]:
        event = app.current_event
        assert isinstance(event, APIGatewayProxyEventV2)
        return of_exception(error, event.request_context.request_id)

    app.exception_handler(Exception)(answer)
