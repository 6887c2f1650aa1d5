"""What the gateway refuses without asking a function, as problem documents like the API's own."""

from http import HTTPStatus

from local.http.response import Response
from skill_benchmark.api.problems import problem


def refusal(status: int, detail: str, *, kind: str | None = None, retry_after: int | None = None) -> Response:
    """A problem of this status. `kind` is the last part of its `type`; `retry_after` is in seconds."""
    document = problem(HTTPStatus(status), detail, kind=kind)
    headers = {"content-type": str(document.content_type), "cache-control": "no-store"}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return Response(status, headers, (document.body or "").encode())
