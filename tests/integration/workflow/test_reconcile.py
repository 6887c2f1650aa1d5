"""No run stays unfinished: what events did not tell, the reconciler finds."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from skill_benchmark.adapters import postgres_runs
from skill_benchmark.adapters.workflow_engine import Execution as Described
from skill_benchmark.adapters.workflow_engine import MapRun
from skill_benchmark.domain import record_keys
from tests.integration.conftest import Service
from tests.integration.workflow.rehearsal import Rehearsal

pytestmark = pytest.mark.usefixtures("no_run_left")


def grow_old(service: Service, run_id: str, minutes: int = 60) -> None:
    """The run was queued so long ago; past the functions, which may not change it."""
    with service.stack.postgres.as_superuser() as connection:
        connection.execute(
            "UPDATE run_admissions SET queued_at = now() - %s WHERE benchmark_run_id = %s",
            [timedelta(minutes=minutes), run_id],
        )


def reconcile(service: Service) -> dict[str, int]:
    actions: dict[str, int] = service.stack.invoke("reconcile", {})["actions"]
    return actions


@pytest.fixture
def never_begun(service: Service) -> Rehearsal:
    """A run with its plan, whose execution was never started."""
    rehearsal = Rehearsal.of(service, cases=1)
    with service.database() as cursor:
        cursor.execute("UPDATE benchmark_runs SET execution_arn = NULL WHERE id = %s", [rehearsal.plan.run_id])
    return rehearsal


def test_a_young_run_is_left_alone(service: Service, never_begun: Rehearsal) -> None:
    assert reconcile(service).keys().isdisjoint({"started", "failed", "ended"})
    assert never_begun.run()["status"] == "queued"


def test_a_run_whose_execution_was_never_started_is_started(service: Service, never_begun: Rehearsal) -> None:
    grow_old(service, never_begun.plan.run_id)
    assert reconcile(service)["started"] == 1
    service.wait_for_end(never_begun.plan.run_id)
    assert never_begun.run()["status"] == "completed"


def test_the_schedule_of_the_template_can_be_fired_here(service: Service, never_begun: Rehearsal) -> None:
    """As `serve` does every few minutes."""
    grow_old(service, never_begun.plan.run_id)
    [schedule] = [found for found in service.stack.schedules if found.folder == "reconcile"]
    assert service.stack.fire(schedule, "2026-11-25T02:00:00Z")["actions"]["started"] == 1
    service.wait_for_end(never_begun.plan.run_id)


def test_a_run_without_a_plan_can_never_begin_and_is_failed(service: Service, never_begun: Rehearsal) -> None:
    path = service.stack._data_dir.folder("objects") / record_keys.plan(never_begun.plan.run_id)
    path.unlink()
    grow_old(service, never_begun.plan.run_id)
    assert reconcile(service)["failed"] == 1
    assert (never_begun.run()["status"], never_begun.run()["error_type"]) == ("failed", "NeverStarted")


def test_a_run_whose_execution_has_vanished_is_ended_and_keeps_what_it_finished(service: Service) -> None:
    rehearsal = Rehearsal.of(service, cases=2)
    rehearsal.down = {"write_results", "complete_run"}
    rehearsal.execution().run()
    # Step Functions of this stack knows no execution of this run.
    grow_old(service, rehearsal.plan.run_id)
    assert reconcile(service)["ended"] == 1
    service.wait_for_end(rehearsal.plan.run_id)
    run = rehearsal.run()
    assert (run["status"], run["error_type"], run["scored_results"]) == ("failed", "ExecutionVanished", 4)


def test_a_run_whose_execution_ended_without_an_event_is_ended(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal = Rehearsal.of(service, cases=2)
    rehearsal.aborts_after = 1
    stopped = rehearsal.execution().run()
    assert stopped.status == "ABORTED"
    reconciler = _reconciler(service)
    grow_old(service, rehearsal.plan.run_id)

    def stopped_at(when: datetime) -> None:
        told = Described(stopped.arn, "ABORTED", json.dumps(stopped.input), when, 0, None, None)
        monkeypatch.setattr(type(reconciler.engine), "describe", lambda *_: told)

    stopped_at(datetime.now(UTC))
    assert "ended" not in reconciler.reconcile().actions, "it ended just now: the event may still come"
    stopped_at(datetime.now(UTC) - timedelta(hours=1))
    assert reconciler.reconcile().actions["ended"] >= 1
    service.wait_for_end(rehearsal.plan.run_id)
    assert service.get(f"/v1/runs/{rehearsal.plan.run_id}")["status"] == "cancelled"


def test_a_redriven_run_is_counted_with_what_its_map_uses_and_is_told_its_share(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal = Rehearsal.of(service, cases=1)
    arn = service.stack.workflow.execution_arn(rehearsal.plan.run_id)
    with service.database() as cursor:
        postgres_runs.fail_run(cursor, rehearsal.plan.run_id, "Broken", "it broke")
    reconciler = _reconciler(service)
    told: dict[str, int] = {}
    map_run = MapRun("map-run", active=True, running=3, max_concurrency=400)
    given = json.dumps({"run_id": rehearsal.plan.run_id, "tenant_id": "local"})
    monkeypatch.setattr(type(reconciler.engine), "running", lambda _: iter([arn]))
    monkeypatch.setattr(
        type(reconciler.engine), "describe", lambda _, arn: Described(arn, "RUNNING", given, None, 1, None, None)
    )
    monkeypatch.setattr(type(reconciler.engine), "map_run", lambda _, found: map_run if found == arn else None)
    monkeypatch.setattr(type(reconciler.engine), "limit_map_run", lambda _, name, limit: told.update({name: limit}))
    reconciler.reconcile()
    assert (rehearsal.run()["status"], rehearsal.run()["completed_at"]) == ("running", None)
    with service.database() as cursor:
        row = cursor.execute(
            "SELECT granted, held, branches_in_flight AS branches, execution_arn FROM run_admissions "
            "WHERE benchmark_run_id = %s",
            [rehearsal.plan.run_id],
        ).fetchone()
    assert row == {"granted": 2, "held": 800, "branches": 2, "execution_arn": arn}, "it wants two, and may use 800 yet"
    assert told == {"map-run": 1}


def test_one_run_that_cannot_be_read_stops_no_other(service: Service) -> None:
    unreadable, without_plan = Rehearsal.of(service, cases=1), Rehearsal.of(service, cases=1)
    objects = service.stack._data_dir.folder("objects")
    (objects / record_keys.plan(unreadable.plan.run_id)).write_text("{")
    (objects / record_keys.plan(without_plan.plan.run_id)).unlink()
    for rehearsal, age in ((unreadable, 120), (without_plan, 60)):
        grow_old(service, rehearsal.plan.run_id, age)
    done = service.stack.invoke("reconcile", {})
    assert (done["actions"]["failed"], done["actions"]["error"]) == (1, 1)
    assert [error["run_id"] for error in done["errors"]] == [unreadable.plan.run_id]


def test_a_run_of_the_provider_that_was_asked_before_is_ended_too(service: Service) -> None:
    rehearsal = Rehearsal.of(service, cases=1)
    path = service.stack._data_dir.folder("objects") / record_keys.plan(rehearsal.plan.run_id)
    path.unlink()
    with service.stack.postgres.as_superuser() as connection:
        connection.execute(
            "UPDATE run_admissions SET model_provider = 'anthropic' WHERE benchmark_run_id = %s",
            [rehearsal.plan.run_id],
        )
    grow_old(service, rehearsal.plan.run_id)
    assert reconcile(service)["failed"] == 1


def _reconciler(service: Service) -> Any:
    import boto3

    from skill_benchmark.adapters.workflow_engine import WorkflowEngine
    from skill_benchmark.use_cases.reconcile import Reconciler
    from skill_benchmark.use_cases.share_places import PlaceSharer

    stack = service.stack
    engine = WorkflowEngine(stack.workflow._state_machine_arn, boto3.client("stepfunctions"))
    return Reconciler(stack.database, stack.store, engine, PlaceSharer(stack.database, engine, "simulated", 1_000))
