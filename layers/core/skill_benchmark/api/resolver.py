"""The resolver of both functions of the API."""

import base64
from http import HTTPStatus
from threading import local
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.api import caching, problems
from skill_benchmark.api.calls import identifier
from skill_benchmark.api.operations import OPENAPI_PATH, methods_at, parameters_at
from skill_benchmark.observability import log_about


class ApiResolver(APIGatewayHttpResolver):
    """Powertools' resolver, for one request in each thread, which answers everything that goes wrong with a problem.

    Powertools keeps the request in variables of the class, because Lambda runs one at a time. On a laptop one process
    runs many, and one tenant must never see the request of another.
    """

    def __init__(self) -> None:
        self._request = local()
        # Debugging, which a variable of the environment turns on, prints each request and answers with tracebacks.
        super().__init__(debug=False)
        problems.install(self)
        self.not_found(self._unknown_route)

    def resolve(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # type: ignore[override]
        """The response to an event of API Gateway, payload format 2.0."""
        request = event["requestContext"]
        log_about(correlation_id=request["requestId"])
        asks_for_head = request["http"]["method"] == "HEAD"
        if asks_for_head:
            event = {**event, "requestContext": {**request, "http": {**request["http"], "method": "GET"}}}
        response = super().resolve(event, context)
        response["headers"] = {**caching.NOT_KEPT, **response["headers"]}
        return _without_body(response) if asks_for_head else response

    @property
    def current_event(self) -> BaseProxyEvent:  # type: ignore[override]  # Powertools sets it on the class, not on us
        event: BaseProxyEvent = self._request.event
        return event

    @property
    def context(self) -> dict[str, Any]:
        context: dict[str, Any] = self._request.__dict__.setdefault("context", {})
        return context

    @context.setter
    def context(self, value: dict[str, Any]) -> None:
        self._request.context = value

    def _to_proxy_event(self, event: dict[str, Any]) -> BaseProxyEvent:
        proxy_event = super()._to_proxy_event(event)
        self._request.event = proxy_event
        return proxy_event

    def _unknown_route(self, _: Exception) -> Response[str]:
        method, path = self.current_event.http_method, self.current_event.path
        methods = methods_at(path)
        if not methods:
            return problems.problem(HTTPStatus.NOT_FOUND, f"there is no such path; {OPENAPI_PATH} lists them")
        allowed = ", ".join(methods)
        if method == "OPTIONS":
            return Response(int(HTTPStatus.NO_CONTENT), content_type=None, headers={"Allow": allowed}, body="")
        if method not in methods:
            return problems.problem(
                HTTPStatus.METHOD_NOT_ALLOWED, f"this path takes {allowed}", headers={"Allow": allowed}
            )
        # Powertools finds no route for an id with a character that it does not expect in a path.
        try:
            for name, text in parameters_at(path).items():
                identifier(name, text)
        except problems.InvalidParameter as error:
            return problems.of_exception(error, "")
        raise AssertionError(f"{method} {path} has no route")


def _without_body(response: dict[str, Any]) -> dict[str, Any]:
    """As RFC 9110 has it for HEAD: the headers of the response to GET, with the length of its body."""
    body = response["body"] or ""
    length = len(base64.b64decode(body) if response["isBase64Encoded"] else body.encode())
    headers = response["headers"] | ({"Content-Length": str(length)} if body else {})
    return {**response, "headers": headers, "body": "", "isBase64Encoded": False}
