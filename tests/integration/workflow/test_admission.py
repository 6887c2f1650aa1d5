"""Runs share the places of a deployment: who has none waits, and a Map is told its share while it runs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from local.model_api import Fault
from skill_benchmark.adapters import postgres_runs, postgres_skills
from skill_benchmark.domain.limits import MAX_CONCURRENCY, MAX_RUNS_AT_ONCE
from skill_benchmark.domain.plan import PlannedCase, new_run_id
from tests.integration.conftest import MODELS, Service, cases
from tests.unit.domain.examples import a_plan

FLOOR = MAX_CONCURRENCY // MAX_RUNS_AT_ONCE
WANTED = FLOOR + 50


@contextmanager
def other_runs(service: Service, number: int, *, running: bool = False) -> Iterator[None]:
    """Runs of another tenant that want every place, and never get further than their row. The block ends them."""
    tenant = f"other-{uuid4().hex[:8]}"
    plans = [
        a_plan(
            run_id=new_run_id(),
            tenant_id=tenant,
            cases=[PlannedCase(input="x")] * MAX_CONCURRENCY,
            max_concurrency=MAX_CONCURRENCY,
            models=["m"],
            model_provider="simulated",
        )
        for _ in range(number)
    ]
    for plan in plans:
        with service.stack.database.transaction(tenant) as cursor:
            skill = postgres_skills.unregistered_version(cursor, plan.skill_id, plan.skill_content)
            postgres_runs.create_run(cursor, plan.model_copy(update={"skill_version_id": skill.version_id}), None, None)
            if running:
                postgres_runs.mark_running(cursor, plan.run_id, "arn:aws:states:::execution:of-no-machine:none")
    yield
    for plan in plans:
        with service.stack.database.transaction(tenant) as cursor:
            postgres_runs.fail_run(cursor, plan.run_id, "Test", "the test is over")


def eventually(found: Callable[[], Any], wanted: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while (last := found()) != wanted:
        assert time.monotonic() < deadline, f"{last} is not {wanted}"
        time.sleep(0.05)


def start(service: Service, number_of_cases: int = 1, **body: Any) -> str:
    started = service.start(cases(number_of_cases), models=MODELS[:1], **body)
    assert started.status == 202, started.body
    run_id: str = started.json()["run_id"]
    return run_id


@pytest.fixture
def granted(service: Service) -> Callable[[str], Any]:
    def of(run_id: str) -> Any:
        with service.database() as cursor:
            row = cursor.execute("SELECT granted FROM run_admissions WHERE benchmark_run_id = %s", [run_id]).fetchone()
        return row and row["granted"]

    return of


def test_a_run_without_a_place_is_queued_with_its_position_and_is_admitted_when_there_is_one(service: Service) -> None:
    service.model_api.set_faults()
    with other_runs(service, 1, running=True):
        first, second = start(service), start(service)
        eventually(lambda: service.get(f"/v1/runs/{first}")["queue_position"], 1)
        eventually(lambda: service.get(f"/v1/runs/{second}")["queue_position"], 2)
        waiting = service.get(f"/v1/runs/{first}")
        assert (waiting["status"], waiting["started_at"]) == ("queued", None)
        assert service.model_api.calls().keys().isdisjoint({f"answer {MODELS[0]}"}), "nothing is bought meanwhile"
    for run_id in (first, second):
        ended = service.wait(run_id)
        assert (ended.run["status"], ended.run["queue_position"]) == ("completed", None)


def test_a_run_that_waits_can_be_cancelled(service: Service) -> None:
    service.model_api.set_faults()
    with other_runs(service, 1, running=True):
        run_id = start(service)
        eventually(lambda: service.get(f"/v1/runs/{run_id}")["queue_position"], 1)
        eventually(lambda: service.stack.workflow.status(service.stack.execution_of(run_id)), "RUNNING")
        service.stack.cancel(run_id)
    assert service.get(f"/v1/runs/{run_id}")["status"] == "cancelled"


def test_a_running_map_is_told_its_share_when_runs_come_and_end(
    service: Service, granted: Callable[[str], Any]
) -> None:
    service.model_api.set_faults(Fault(what="slow", seconds=60, kinds=["answer"]))

    def limit(run_id: str) -> int | None:
        map_run = service.stack.workflow.map_run(service.stack.execution_of(run_id))
        return map_run.max_concurrency if map_run and map_run.active else None

    with other_runs(service, MAX_RUNS_AT_ONCE - 1):
        run_id = start(service, WANTED, max_concurrency=WANTED)
        eventually(lambda: limit(run_id), FLOOR)
        assert granted(run_id) == FLOOR, "nine others wait for their share"
    # The next run that asks shares out what the others have left.
    other = start(service)
    eventually(lambda: limit(run_id), WANTED)
    assert granted(run_id) == WANTED
    service.stack.cancel(other)
    with other_runs(service, MAX_RUNS_AT_ONCE - 1):
        done = service.stack.invoke("reconcile", {})
        assert done["actions"]["rebalanced"] >= 1
        assert limit(run_id) == FLOOR
    service.stack.cancel(run_id)


def test_a_plan_that_asks_for_too_few_calls_at_once_is_refused_with_the_number_that_would_do(service: Service) -> None:
    models = [f"m{n}" for n in range(20)]
    response = service.start(cases(5_000), models=models, verdicts_per_judge=10, max_concurrency=1)
    assert response.status == 422
    assert response.json()["errors"][0]["pointer"] == "/max_concurrency"
    assert "is too few for 1100000 calls; ask for 22 or more" in response.json()["detail"]
