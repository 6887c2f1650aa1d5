"""The arithmetic of a run, held against the state machine that it is about and against AWS's limits, at the edge."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from skill_benchmark.adapters.workflow_engine import ExecutionInput
from skill_benchmark.domain import limits
from skill_benchmark.domain.limits import HISTORY_EVENTS, PAYLOAD_BYTES
from skill_benchmark.domain.plan import PlannedCase
from tests.unit.domain.examples import a_plan

ROOT = Path(__file__).parents[3]
DEFINITION: dict[str, Any] = yaml.safe_load((ROOT / "workflow/benchmark_run.asl.yaml").read_text(encoding="utf-8"))


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


STATES = dict(states(DEFINITION))


def retries(name: str) -> int:
    return sum(rule["MaxAttempts"] for rule in STATES[name]["Retry"])


def test_the_retries_are_those_of_the_state_machine() -> None:
    assert retries("Call Model") == retries("Judge Answer") == limits.CALL_RETRIES
    assert retries("Record Model Failure") == retries("Record Judge Failure") == limits.RECORD_RETRIES
    assert retries("Prepare Run") == retries("Admit Run") == limits.STEP_RETRIES
    assert retries("Check Models") <= limits.STEP_RETRIES
    assert retries("Write Results") == limits.SHARD_RETRIES
    assert retries("Complete Run") == limits.COMPLETE_RETRIES
    assert retries("Announce Completion") == limits.ANNOUNCE_RETRIES
    assert DEFINITION["TimeoutSeconds"] == limits.RUN_SECONDS


def worst_case(machine: dict[str, Any], iterations: dict[str, int]) -> int:
    """Most events of one pass through a machine, from its own states: the longest path, every retry used up."""

    def events(state: dict[str, Any], name: str) -> int:
        match state["Type"]:
            case "Task":
                attempts: int = 1 + sum(rule["MaxAttempts"] for rule in state.get("Retry", []))
                return 2 + 3 * attempts
            case "Map":
                each = 2 + worst_case(state["ItemProcessor"], iterations)
                return 4 + iterations[name] * each
        return 2

    def longest(name: str) -> int:
        state = machine["States"][name]
        following = [rule["Next"] for rule in [state, *state.get("Catch", [])] if "Next" in rule]
        return events(state, name) + max(map(longest, following), default=0)

    return longest(machine["StartAt"])


@pytest.mark.parametrize("seats", [1, 2, 5, 34, 50])
@pytest.mark.parametrize("branches", [1, 7, 100])
def test_the_history_of_a_child_is_what_its_states_come_to(branches: int, seats: int) -> None:
    child = STATES["Run Test Cases"]["ItemProcessor"]
    counted = 2 + worst_case(child, {"Run Models": branches, "Ask Judges": seats})
    assert limits.child_events(branches, seats) == counted


@pytest.mark.parametrize("seats", range(1, 51))
def test_a_child_takes_as_many_branches_as_its_history_holds_and_no_more(seats: int) -> None:
    most = limits.branches_per_child(seats)
    assert most >= 1
    assert limits.child_events(most, seats) <= HISTORY_EVENTS < limits.child_events(most + 1, seats)


def test_the_history_of_a_run_holds_fourteen_days_of_waiting_and_the_largest_completion() -> None:
    assert limits.parent_events(limits.polls(limits.RUN_SECONDS), limits.most_shards()) <= HISTORY_EVENTS


def test_a_run_that_waits_asks_soon_at_first_and_seldom_later() -> None:
    assert limits.wait_seconds(0) == 15
    assert limits.wait_seconds(600) == 60
    assert limits.wait_seconds(86_400) == 900
    # Added up here, without the module: a tenth of what was waited, at most a quarter of an hour.
    waited, asked = 0.0, 1
    while waited < 3_600:
        waited += min(max(round(waited / 10), 15), 900)
        asked += 1
    assert limits.polls(3_600) == asked


@pytest.mark.parametrize(("cases", "branches", "seats"), [(1, 1, 1), (5_000, 20, 1), (1_000, 100, 50), (7, 3, 2)])
def test_shards_are_all_cases_once_and_none_is_too_large(cases: int, branches: int, seats: int) -> None:
    shards = list(limits.shards(cases, branches, seats))
    covered = [case for shard in shards for case in range(shard.first_case, shard.end_case)]
    assert covered == list(range(cases))
    for shard in shards:
        assert (shard.end_case - shard.first_case) * branches * (1 + seats) <= limits.MAX_RECORDS_PER_SHARD


def test_the_most_shards_are_those_of_the_largest_run() -> None:
    assert limits.most_shards() >= math.ceil(100_000 * 51 / limits.MAX_RECORDS_PER_SHARD)


def largest_plan() -> Any:
    return a_plan(
        run_id=f"run_{'f' * 76}",
        cases=[PlannedCase(input="€" * 200)] * 1_000,
        models=[f"{n:03}" + "€" * 197 for n in range(100)],
        judges=[f"{n}" + "€" * 199 for n in range(5)],
        verdicts_per_judge=10,
        rejudged={"run_id": f"run_{'e' * 76}", "answer_key": "k"},
    )


def test_the_largest_input_of_an_execution_fits_twice_into_a_payload() -> None:
    """Twice, because the event of its end holds it as a string, beside which it is read."""
    given = ExecutionInput.of(largest_plan()).model_copy(update={"models": largest_plan().models})
    assert 2 * len(given.model_dump_json().encode()) < PAYLOAD_BYTES


def test_the_largest_item_of_the_map_fits_into_a_payload_with_the_panel() -> None:
    plan = largest_plan()
    item = max(len(item.model_dump_json().encode()) for item in plan.map_items())
    panel = sum(len(seat.model_dump_json().encode()) for seat in plan.panel)
    assert item + panel < PAYLOAD_BYTES


def test_the_widest_item_of_the_map_fits_into_a_payload() -> None:
    plan = largest_plan().model_copy(update={"judges": ["j"], "verdicts_per_judge": 1})
    assert max(len(item.model_dump_json().encode()) for item in plan.map_items()) < PAYLOAD_BYTES


def test_the_time_of_a_run_follows_from_its_calls_its_places_and_the_seconds_of_a_call() -> None:
    calls = limits.calls(100_000, seats=1)
    assert calls == 200_000
    needed = limits.places_needed(calls)
    assert 200_000 / needed * 20 <= 12 * 24 * 3_600 < 200_000 / (needed - 1) * 20
