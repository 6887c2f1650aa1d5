"""Errors as RFC 9457 problem details: the one place where an exception becomes HTTP."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

import psycopg
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from skill_benchmark.domain.errors import Conflict, DailyCallsReached, InvalidInput, NotFound, SkillBenchmarkError
from skill_benchmark.domain.mistakes import mistakes
from skill_benchmark.observability import logger

PROBLEM_JSON = "application/problem+json"
_MAX_ERRORS = 20
_MAX_POINTER = 200

Location = Literal["body", "query", "path", "header"]


class BadRequest(SkillBenchmarkError):
    """The request cannot be read: who it is for, or what it says."""


class Forbidden(SkillBenchmarkError):
    """The caller may not do this, whoever it is for."""


class BodyTooLarge(SkillBenchmarkError):
    """The body has more bytes than the service can be given."""


class InvalidParameter(InvalidInput):
    """As InvalidInput, of something that is not in the body."""

    def __init__(self, location: Location, field: str, message: str) -> None:
        super().__init__(field, message)
        self.location = location


class InvalidRequest(SkillBenchmarkError):
    """What pydantic found in one part of a request."""

    def __init__(self, location: Location, found: ValidationError) -> None:
        super().__init__(f"{found.error_count()} errors")
        self.location = location
        self.found = found


_STATUSES: Mapping[type[SkillBenchmarkError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    BadRequest: HTTPStatus.BAD_REQUEST,
    Forbidden: HTTPStatus.FORBIDDEN,
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
    document: dict[str, Any] = {
        "type": f"urn:skill-benchmark:problem:{kind or status.name.lower().replace('_', '-')}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
    }
    if errors:
        document["errors"] = list(errors)
    return Response(
        status_code=int(status), content_type=PROBLEM_JSON, body=json.dumps(document), headers=dict(headers or {})
    )


def of_exception(error: Exception) -> Response[str]:
    """The problem that an exception of ours is."""
    match error:
        case InvalidRequest():
            return _of_validation(error)
        case InvalidInput():
            pointer = _pointer(error.field.replace("[", ".").replace("]", "").split("."))
            location = error.location if isinstance(error, InvalidParameter) else "body"
            return _invalid([{"in": location, "pointer": pointer, "detail": error.message}])
        case Conflict():
            return problem(HTTPStatus.CONFLICT, str(error), kind=error.kind)
        case NotFound() | BadRequest() | Forbidden():
            return problem(_STATUSES[type(error)], str(error))
        case DailyCallsReached():
            retry = {"Retry-After": str(error.seconds_left)}
            return problem(HTTPStatus.TOO_MANY_REQUESTS, str(error), kind="daily-calls-reached", headers=retry)
        case BodyTooLarge():
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error), kind="body-too-large")
        case psycopg.OperationalError() | ClientError() | BotoCoreError():
            logger.exception("a service that this one stands on failed", error_type=type(error).__name__)
            return problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "the database or another service behind this one did not answer; try again in a moment",
                headers={"Retry-After": "5"},
            )
    logger.exception("unexpected error", error_type=type(error).__name__)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "something failed here; the log has it under this request's id")


def _of_validation(error: InvalidRequest) -> Response[str]:
    found = mistakes(error.found)
    return _invalid(
        [
            {"in": error.location, "pointer": _pointer(mistake.path), "detail": mistake.message}
            for mistake in found[:_MAX_ERRORS]
        ],
        more=len(found) - _MAX_ERRORS,
    )


def _invalid(errors: Sequence[Mapping[str, str]], more: int = 0) -> Response[str]:
    first = errors[0]
    others = len(errors) - 1 + max(0, more)
    detail = f"{first['pointer'] or 'the body'}: {first['detail']}" + (f" (and {others} more)" if others else "")
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, kind="invalid-input", errors=errors)


def _pointer(parts: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)[:_MAX_POINTER]


def install(app: APIGatewayHttpResolver) -> None:
    """Answer every error of a route with a problem."""
    app.exception_handler(Exception)(of_exception)
