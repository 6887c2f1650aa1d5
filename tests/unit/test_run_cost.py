"""The page on cost says what the formula gives, and the formula counts what the state machine and the template have."""

from decimal import Decimal
from typing import Any

import pytest
import yaml

from local.template import packaged_template
from scripts import run_cost
from scripts.page_tables import with_tables
from scripts.render_state_machine import DEFINITION
from scripts.run_cost import Run, transitions
from skill_benchmark.domain import limits
from tests.unit.template.deployed import ROOT


def test_the_page_is_what_the_script_computes() -> None:
    text = run_cost.PAGE.read_text(encoding="utf-8")
    assert with_tables(text, run_cost.TABLES) == text


def entered(machine: dict[str, Any], items: dict[str, list[int]]) -> int:
    """States entered by a run in which nothing fails, read from the file; each child execution is started, too."""
    count, at = 0, machine["StartAt"]
    while at:
        count += 1
        state = machine["States"][at]
        if "ItemProcessor" in state:
            inside = state["ItemProcessor"]
            started = inside["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
            count += sum(
                started + entered(inside, {**items, "Run Models": [branches]} if started else items)
                for branches in (items["Run Test Cases"] if started else range(items[at][0]))
            )
        admitted = [
            choice["Next"]
            for choice in state.get("Choices", [])
            if choice.get("Variable", "").startswith("$.admission")
        ]
        at = (admitted or [state.get("Default") or state.get("Next")])[0]
    return count


@pytest.mark.parametrize(("cases", "branches", "seats"), [(1, 1, 1), (3, 2, 1), (4, 6, 3), (2, 100, 50), (2, 66, 2)])
def test_transitions_are_those_of_the_state_machine(cases: int, branches: int, seats: int) -> None:
    most = limits.branches_per_child(seats)
    children = [min(most, branches - first) for first in range(0, branches, most)] * cases
    items = {
        "Run Test Cases": children,
        "Ask Judges": [seats],
        "Write Shards": [len(list(limits.shards(cases, branches, seats)))],
    }
    machine = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    assert transitions(cases, branches, seats) == 1 + entered(machine, items)


def test_asking_for_places_again_takes_three_more() -> None:
    assert transitions(10, 2, 1, polls=4) == transitions(10, 2, 1) + 9


def test_it_is_cheaper_than_it_was() -> None:
    run = Run(cases=1_000, branches=2, seats=1)
    assert transitions(1_000, 2, 1) < 0.65 * 13_000
    assert run_cost.dollars(run) < 0.6 * 0.80


def test_the_example_by_hand() -> None:
    """1,000 cases, two models, one judge, in exact arithmetic and without the formula."""
    calls = 2_000 * (10 + 5) * Decimal("0.5") * Decimal("0.0000133334")
    steps = 8_012 * Decimal("0.000025")
    writes = (2_000 * 3 + 1_000) * Decimal("0.000005")
    reads = 2_000 * 8 * Decimal("0.0000004")
    rest = Decimal("0.02")
    by_hand = calls + steps + writes + reads
    assert by_hand < Decimal(run_cost.dollars(run_cost.EXAMPLE)) < by_hand + rest


def test_the_memory_is_that_of_the_template() -> None:
    template = packaged_template(ROOT)
    default = template["Globals"]["Function"]["MemorySize"]
    for name, gigabytes in {
        "CallModel": run_cost.CALL_GB,
        "JudgeAnswer": run_cost.CALL_GB,
        "PrepareRun": run_cost.PREPARE_GB,
        "CheckModels": run_cost.CHECK_GB,
        "AdmitRun": run_cost.ADMIT_GB,
        "CompleteRun": run_cost.COMPLETE_GB,
        "WriteResults": run_cost.WRITE_GB,
    }.items():
        properties = template["Resources"][f"{name}Function"]["Properties"]
        assert properties.get("MemorySize", default) / 1024 == gigabytes, name
