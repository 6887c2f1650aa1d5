"""Two tenants, who use the same ids for different things."""

from dataclasses import dataclass
from uuid import uuid4

import pytest

from tests.integration.api.client import Client
from tests.integration.conftest import JUDGE, MODELS, Service, cases


@pytest.fixture
def api(service: Service) -> Client:
    return Client(service.stack, "local")


@pytest.fixture
def other(service: Service) -> Client:
    return Client(service.stack, f"tenant-{uuid4().hex[:8]}")


@pytest.fixture
def skill_id() -> str:
    return f"skill-{uuid4().hex[:8]}"


@dataclass(frozen=True)
class Ended:
    skill_id: str
    run_id: str
    result_id: str


@pytest.fixture(scope="module")
def ended(service: Service) -> Ended:
    """A run of two models over three cases that has ended."""
    service.model_api.set_faults()
    client = Client(service.stack, "local")
    skill = f"skill-{uuid4().hex[:8]}"
    body = {"skill_content": "Repeat the input.", "test_cases": cases(3), "models": MODELS, "judges": [JUDGE]}
    started = client.send("POST", f"/v1/skills/{skill}/runs", body)
    assert started.status == 202, started.body
    run_id = started.json()["run_id"]
    results = service.wait(run_id).results
    return Ended(skill, run_id, results[0]["id"])
