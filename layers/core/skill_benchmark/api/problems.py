"""Errors as RFC 9457 problem details: the one place where an exception becomes HTTP."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from pydantic import ValidationError

from skill_benchmark.domain.errors import Conflict, InvalidInput, NotFound
from skill_benchmark.observability import logger

PROBLEM_JSON = "application/problem+json"


def problem(
    status: HTTPStatus, detail: str, *, kind: str | None = None, errors: Sequence[dict[str, str]] = ()
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
    return Response(status_code=int(status), content_type=PROBLEM_JSON, body=json.dumps(document))


def of_exception(error: Exception) -> Response[str]:
    """The problem that an exception of ours is; anything else is the caller's to raise again."""
    if isinstance(error, InvalidInput):
        pointer = "/" + error.field.replace("[", "/").replace("]", "").replace(".", "/")
        entry = {"pointer": pointer, "detail": str(error)}
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), kind="invalid-input", errors=[entry])
    if isinstance(error, NotFound):
        return problem(HTTPStatus.NOT_FOUND, str(error))
    if isinstance(error, Conflict):
        return problem(HTTPStatus.CONFLICT, str(error))
    raise error


def of_validation(error: ValidationError) -> Response[str]:
    """What pydantic found, with a pointer each and no echo of what was sent."""
    errors = [
        {"pointer": "/" + "/".join(str(part) for part in found["loc"]), "detail": found["msg"]}
        for found in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    detail = f"{len(errors)} field(s) of the request cannot be used"
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, kind="invalid-input", errors=errors)


def install(app: APIGatewayHttpResolver) -> None:
    """Answer every error of a route, and every unknown route, with a problem."""
    app.exception_handler([InvalidInput, NotFound, Conflict])(of_exception)
    app.exception_handler(ValidationError)(of_validation)

    @app.not_found
    def unknown_route(_: Exception) -> Response[str]:
        return problem(HTTPStatus.NOT_FOUND, "there is no such path; /v1/openapi.json lists them")

    def unexpected(error: Exception) -> Response[str]:
        logger.exception("unexpected error", error_type=type(error).__name__)
        return problem(
            HTTPStatus.INTERNAL_SERVER_ERROR, "something failed here; the log has it under this request's id"
        )

    app.exception_handler(Exception)(unexpected)
