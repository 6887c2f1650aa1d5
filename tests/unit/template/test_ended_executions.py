"""Which ends of executions start another one: the template's pattern, in the hands of moto's matcher of EventBridge."""

from typing import Any

import pytest
from moto.events.models import EventPattern

from skill_benchmark.domain.plan import new_run_id
from tests.rendered_template import SECRETS, RenderedTemplate

UUID = "0b5c1f0c-4a5b-4c5d-8e5f-0123456789ab"


@pytest.fixture(scope="module")
def template() -> RenderedTemplate:
    return RenderedTemplate(SECRETS)


@pytest.fixture(scope="module")
def pattern(template: RenderedTemplate) -> EventPattern:
    return EventPattern(None, template.of_type("AWS::Events::Rule")["EndedExecutionRule"]["EventPattern"])


@pytest.fixture(scope="module")
def machine(template: RenderedTemplate) -> str:
    return template.attribute("BenchmarkRunStateMachine", "Arn")


def event(machine: str, name: str, status: str) -> dict[str, Any]:
    """As Step Functions documents it."""
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
    return {
        "version": "0",
        "id": UUID,
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": "123456789012",
        "time": "2026-11-24T02:00:00Z",
        "region": "eu-central-1",
        "resources": [arn],
        "detail": {
            "executionArn": arn,
            "stateMachineArn": machine,
            "name": name,
            "status": status,
            "startDate": 1_795_485_600_000,
            "stopDate": 1_795_485_700_000,
            "input": "{}",
            "output": None,
        },
    }


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
@pytest.mark.parametrize("name", ["run_x", "run_x-2", new_run_id()])
def test_an_execution_of_a_run_that_did_not_end_it_starts_another(
    pattern: EventPattern, machine: str, name: str, status: str
) -> None:
    assert pattern.matches_event(event(machine, name, status))


@pytest.mark.parametrize("status", ["SUCCEEDED", "RUNNING", "PENDING_REDRIVE"])
@pytest.mark.parametrize("name", ["run_x", "run_x-2"])
def test_an_execution_that_runs_or_has_ended_its_run_starts_none(
    pattern: EventPattern, machine: str, name: str, status: str
) -> None:
    assert not pattern.matches_event(event(machine, name, status))


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
@pytest.mark.parametrize("name", [UUID, f"{UUID}_{UUID}", "end_run_x_1", "RUN_x", "a_run_x"])
def test_neither_a_child_nor_an_execution_that_writes_an_end_starts_another(
    pattern: EventPattern, machine: str, name: str, status: str
) -> None:
    """A child has a UUID for its name, and so has an execution that the rule itself has started."""
    assert not pattern.matches_event(event(machine, name, status))


def test_an_execution_of_another_state_machine_or_of_another_kind_starts_none(
    pattern: EventPattern, machine: str
) -> None:
    ended = event(machine, "run_x", "FAILED")
    assert not pattern.matches_event(event(f"{machine}-2", "run_x", "FAILED"))
    assert not pattern.matches_event({**ended, "source": "acme.states"})
    assert not pattern.matches_event({**ended, "detail-type": "Step Functions Map Run Status Change"})
