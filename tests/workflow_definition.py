"""The state machine's definition as data: its states, and each call that they make, whatever they are named."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

ROOT = Path(__file__).parents[1]
DEFINITION_FILE = ROOT / "workflow" / "benchmark_run.asl.yaml"

Json = Mapping[str, Any]

_RESOURCE = re.compile(r"arn:[^:]+:states:::(?P<sdk>aws-sdk:)?(?P<service>[\w-]+):(?P<action>\w+)(?:\.\w+)?")


@dataclass(frozen=True)
class Call:
    """What a state asks of a service: a task, or the reader or writer of a Distributed Map."""

    state: str
    by: Literal["Task", "ItemReader", "ResultWriter"]
    aws_sdk: bool
    """Whether it is one of the API's own operations, or an integration that Step Functions adapted."""
    service: str
    action: str
    parameters: Json


def load() -> Any:
    """The definition as PyYAML reads it, aliases resolved."""
    return yaml.safe_load(DEFINITION_FILE.read_text(encoding="utf-8"))


def machines(machine: Json) -> Iterator[Json]:
    """The machine and those inside of its Map and Parallel states."""
    yield machine
    for state in machine["States"].values():
        inner = [state[key] for key in ("ItemProcessor", "Iterator") if key in state]
        for nested in [*inner, *state.get("Branches", [])]:
            yield from machines(nested)


def states(machine: Json) -> Iterator[tuple[str, Json]]:
    for each in machines(machine):
        yield from each["States"].items()


def calls(machine: Json) -> Iterator[Call]:
    """Every call of the machine. Raises ValueError for a resource of a form that this does not know."""
    for name, state in states(machine):
        if state["Type"] == "Task":
            yield _call(name, "Task", state)
        if "ItemReader" in state:
            yield _call(name, "ItemReader", state["ItemReader"])
        if "ResultWriter" in state:
            yield _call(name, "ResultWriter", state["ResultWriter"])


def _call(state: str, by: Literal["Task", "ItemReader", "ResultWriter"], spec: Json) -> Call:
    matched = _RESOURCE.fullmatch(spec["Resource"])
    if not matched:
        raise ValueError(f"{state}: {spec['Resource']} is no integration that is known here")
    return Call(state, by, bool(matched["sdk"]), matched["service"], matched["action"], spec.get("Parameters", {}))
