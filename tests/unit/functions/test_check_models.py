"""Check Models refuses what every call of the run would fail for, before anything is bought."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.check_models import app
from skill_benchmark.domain.errors import (
    AccessDenied,
    ModelThrottled,
    ModelUnavailable,
    SpendLimitReached,
    UnknownModel,
)
from tests.unit.functions.conftest import Context, FakeModels

TASK: dict[str, object] = {"run_id": "run_1", "models": ["model-a", "model-b"], "judges": ["judge", "model-a"]}


@pytest.fixture(autouse=True)
def _wired(wire: Callable[[Any], None], models: FakeModels) -> None:
    wire(app)
    models.listed = {"model-a", "model-b", "judge"}


def pinged(models: FakeModels) -> list[str]:
    return [call["model"] for kind, call in models.calls if kind == "ping"]


def test_every_model_and_judge_is_called_once(models: FakeModels) -> None:
    assert app.lambda_handler(TASK, Context()) == {"checked": 3}
    assert sorted(pinged(models)) == ["judge", "model-a", "model-b"]


def test_a_model_that_the_catalogue_lacks_is_asked_before_any_other_is_paid(models: FakeModels) -> None:
    models.listed = {"model-a", "judge"}
    models.replies = [UnknownModel("HTTP 404")]
    with pytest.raises(UnknownModel, match=r"^models: the provider has no model 'model-b'"):
        app.lambda_handler(TASK, Context())
    assert pinged(models) == ["model-b"]


def test_a_server_without_a_catalogue_is_asked_directly(models: FakeModels) -> None:
    models.listed = set()
    assert app.lambda_handler(TASK, Context()) == {"checked": 3}


def test_a_judge_is_named_as_such(models: FakeModels) -> None:
    models.listed = {"model-a", "model-b"}
    models.replies = [UnknownModel("HTTP 404")]
    with pytest.raises(UnknownModel, match=r"^judges: "):
        app.lambda_handler(TASK, Context())


@pytest.mark.parametrize("error", [AccessDenied("HTTP 401"), SpendLimitReached("HTTP 429")])
def test_what_no_retry_can_mend_ends_the_run(models: FakeModels, error: Exception) -> None:
    models.replies = [error]
    with pytest.raises(type(error)):
        app.lambda_handler(TASK, Context())


@pytest.mark.parametrize("error", [ModelThrottled("HTTP 429"), ModelUnavailable("HTTP 529")])
def test_a_model_with_a_bad_day_is_left_to_the_runs_own_retries(models: FakeModels, error: Exception) -> None:
    models.replies = [error]
    assert app.lambda_handler(TASK, Context()) == {"checked": 3}
