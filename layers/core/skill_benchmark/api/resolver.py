"""The resolver of both functions of the API."""

from http import HTTPStatus
from threading import local
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from skill_benchmark.api import problems
from skill_benchmark.api.operations import OPENAPI_PATH, methods_at


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
        if methods := methods_at(self.current_event.path):
            allowed = ", ".join(methods)
            return problems.problem(
                HTTPStatus.METHOD_NOT_ALLOWED, f"this path takes {allowed}", headers={"Allow": allowed}
            )
        return problems.problem(HTTPStatus.NOT_FOUND, f"there is no such path; {OPENAPI_PATH} lists them")
