"""The saved events of the API, as API Gateway sends them, through the functions that take them."""

import json
from pathlib import Path
from typing import Any

from tests.integration.conftest import Service

EVENTS = Path(__file__).parents[3] / "events"


def answer(service: Service, function: str) -> dict[str, Any]:
    event = json.loads((EVENTS / f"{function}.json").read_text(encoding="utf-8"))
    response: dict[str, Any] = service.stack.invoke(function, event)
    return response


def test_start_run_starts_the_run_that_its_event_asks_for_once(service: Service) -> None:
    service.model_api.set_faults()
    first, again = answer(service, "start_run"), answer(service, "start_run")
    assert first["statusCode"] == 202, first["body"]
    assert again["body"] == first["body"]
    ended = service.wait(json.loads(first["body"])["run_id"])
    assert len(ended.results) == 2 * 2 * 2  # cases, the default models, repeats


def test_read_api_answers_its_event(service: Service) -> None:
    answer(service, "start_run")
    response = answer(service, "read_api")
    assert response["statusCode"] == 200, response["body"]
    assert json.loads(response["body"])["days"] == 30
