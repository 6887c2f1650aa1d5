"""Start Run is put together from its environment."""

import pytest

from functions.start_run import app
from skill_benchmark.adapters.object_store import ObjectStore


@pytest.mark.parametrize(("given", "taken"), [({}, 0), ({"DAILY_CALLS_PER_TENANT": "5000"}, 5_000)])
def test_the_limit_of_a_day_is_the_deployments(
    monkeypatch: pytest.MonkeyPatch, store: ObjectStore, given: dict[str, str], taken: int
) -> None:
    environment = {
        "MODEL_PROVIDER": "simulated",
        "MODEL_CALL_CONCURRENCY": "50",
        "DEFAULT_MODELS": "model",
        "DEFAULT_JUDGES": "judge",
        "STATE_MACHINE_ARN": "arn:aws:states:eu-central-1:123456789012:stateMachine:bench",
        "DATABASE_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:database",
        "AWS_DEFAULT_REGION": "eu-central-1",
        **given,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(app, "object_store", lambda: store)
    assert app.starter.__wrapped__().daily_calls == taken  # type: ignore[attr-defined]  # past what is kept warm
