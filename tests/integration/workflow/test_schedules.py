"""The schedule of the template, fired on this machine."""

from uuid import uuid4

from skill_benchmark.use_cases.scheduled_runs import ScheduledRuns
from tests.integration.api.client import Client
from tests.integration.conftest import JUDGE, MODELS, Service


def a_skill(client: Client, *, examples: int = 1) -> str:
    skill_id = f"skill-{uuid4().hex[:8]}"
    client.put_skill(skill_id)
    for index in range(examples):
        client.add_example(skill_id, f"example {index} of {skill_id}")
    return skill_id


def fire(service: Service, schedule: ScheduledRuns) -> dict[str, dict[str, str]]:
    """What came of it, by skill."""
    came = service.stack.invoke("start_run", schedule.model_dump())
    return {
        "started": {run["skill_id"]: run["run_id"] for run in came["started"]},
        "not_started": {run["skill_id"]: run["reason"] for run in came["not_started"]},
    }


def a_schedule(tenant: str, skills: list[str], at: str = "2026-11-23T02:00:00Z") -> ScheduledRuns:
    return ScheduledRuns(tenant_id=tenant, skills=skills, scheduled_at=at, models=MODELS, judges=[JUDGE])


def test_each_skill_is_a_run_of_its_own_and_a_bad_one_stops_no_other(service: Service) -> None:
    service.model_api.set_faults()
    api = Client(service.stack, "local")
    first, without_examples, last = a_skill(api), a_skill(api, examples=0), a_skill(api)
    came = fire(service, a_schedule("local", [first, without_examples, "no-such-skill", last]))
    assert set(came["started"]) == {first, last}
    assert "test_cases" in came["not_started"][without_examples]
    assert "does not exist" in came["not_started"]["no-such-skill"]
    for run_id in came["started"].values():
        ended = service.wait(run_id)
        assert (ended.run["status"], ended.run["triggered_by"]) == ("completed", "schedule")


def test_a_firing_that_is_delivered_twice_starts_nothing_twice(service: Service) -> None:
    service.model_api.set_faults()
    api = Client(service.stack, "local")
    skill_id = a_skill(api)
    first = fire(service, a_schedule("local", [skill_id]))
    service.wait(first["started"][skill_id])
    api.add_example(skill_id, "added between the two deliveries")
    before = service.number_of_runs()
    assert fire(service, a_schedule("local", [skill_id])) == first
    assert service.number_of_runs() == before
    next_night = fire(service, a_schedule("local", [skill_id], at="2026-11-24T02:00:00Z"))
    assert next_night["started"][skill_id] != first["started"][skill_id]
    service.wait(next_night["started"][skill_id])


def test_all_stale_means_skills_without_a_completed_run_of_late(service: Service) -> None:
    service.model_api.set_faults()
    tenant = f"tenant-{uuid4().hex[:8]}"
    api = Client(service.stack, tenant)
    fresh, stale = a_skill(api), a_skill(api)
    service.wait_for_end(fire(service, a_schedule(tenant, [fresh]))["started"][fresh], tenant)
    came = fire(service, ScheduledRuns(tenant_id=tenant, skills="all stale", scheduled_at="2026-11-23T02:00:00Z"))
    assert set(came["started"]) == {stale}
    assert came["not_started"] == {}
    service.wait_for_end(came["started"][stale], tenant)


def test_the_schedule_of_the_template_can_be_fired_here(service: Service) -> None:
    service.model_api.set_faults()
    skill_id = a_skill(Client(service.stack, "local"))
    [schedule] = [found for found in service.stack.schedules if found.folder == "start_run"]
    first = service.stack.fire(schedule, "2026-11-25T02:00:00Z")
    started = {run["skill_id"]: run["run_id"] for run in first["started"]}
    assert skill_id in started
    for run_id in started.values():
        service.wait(run_id)
