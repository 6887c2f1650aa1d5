"""The pages for whoever is on call name what there is, and all of it."""

import re
from typing import Any, get_args

import yaml

from scripts.render_state_machine import DEFINITION
from skill_benchmark.use_cases.reconcile import Action
from tests.unit.template.deployed import ROOT

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def states(machine: dict[str, Any]) -> set[str]:
    found = set(machine["States"])
    for state in machine["States"].values():
        if "ItemProcessor" in state:
            found |= states(state["ItemProcessor"])
    return found


def section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_state_of_the_workflow_is_explained() -> None:
    explained = section("Reading an execution")
    names = states(yaml.safe_load(DEFINITION.read_text(encoding="utf-8")))
    assert [name for name in names if name not in explained] == []
    firsts = re.findall(r"^\| ([A-Z][^|]+?) \|", explained, re.MULTILINE)
    assert {name for cell in firsts for name in re.split(r" → |, ", cell)} <= names


def test_every_action_of_the_reconciler_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", section("The reconciler"), re.MULTILINE)) == set(get_args(Action))
