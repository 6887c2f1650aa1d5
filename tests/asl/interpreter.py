"""A second interpreter of the state machine, for what the embedded one lacks: redriving, and counting.

Written from AWS's documentation of the states language and of redriving. A redriven execution keeps the results of the
states that succeeded and continues with the one that did not, with the same input; of a Map, the iterations or children
that failed, each from its own failed state. A Fail state is entered again, and fails again. Retries start from zero.

Runs one iteration after the other, and waits for nothing: a wait is a number of seconds in `waited`.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.asl.paths import fill, is_present, read, write

Scope = tuple[str | int, ...]
Invoke = Callable[[str, dict[str, Any]], Any]
"""Called with a task's resource and its parameters. Raises TaskFailed, or Aborted."""

_OF_TASKS = {"States.TaskFailed", "States.Timeout"}


class TaskFailed(Exception):
    """A task came to nothing: the error's name and its cause, as a Catch sees them."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.cause = cause


class Aborted(Exception):
    """Somebody stopped the execution."""


@dataclass
class Counts:
    """What Step Functions bills and limits."""

    transitions: int = 1
    """Each state that is entered, each retry, and the start of each execution, as AWS's price list counts."""
    parent_events: int = 2
    child_events: list[int] = field(default_factory=list)
    waited: float = 0


@dataclass
class _Journal:
    """How far the states of one scope are: what succeeded, with its output and the state after it."""

    done: list[tuple[str, Any, str | None]] = field(default_factory=list)
    output: Any = None
    ended: bool = False


@dataclass
class Execution:
    """One execution, from its start over its redrives to its end."""

    definition: dict[str, Any]
    input: dict[str, Any]
    invoke: Invoke
    arn: str = "arn:aws:states:eu-central-1:123456789012:execution:machine:run_1"
    items: Callable[[dict[str, Any]], list[Any]] = lambda _: []
    status: str = "RUNNING"
    error: str | None = None
    cause: str | None = None
    output: Any = None
    redrives: int = 0
    counts: Counts = field(default_factory=Counts)
    visited: list[str] = field(default_factory=list)
    """Names of the states that were entered, the outer ones only, in order."""
    _journals: dict[Scope, _Journal] = field(default_factory=dict)
    _events: list[int] = field(default_factory=lambda: [0])

    def run(self) -> "Execution":
        self.status, self.error, self.cause = "RUNNING", None, None
        try:
            self.output = self._machine(self.definition, self.input, ())
            self.status = "SUCCEEDED"
        except TaskFailed as failed:
            self.status, self.error, self.cause = "FAILED", failed.error, failed.cause
        except Aborted:
            self.status = "ABORTED"
        self.counts.parent_events = 2 + self._events[0]
        return self

    def redrive(self) -> "Execution":
        """Continue where it failed or was stopped. Raises ValueError for one that succeeded."""
        if self.status == "SUCCEEDED":
            raise ValueError("ExecutionNotRedrivable")
        self.redrives += 1
        return self.run()

    def end_event(self) -> dict[str, Any]:
        """What EventBridge sends when it ends."""
        import json

        detail: dict[str, Any] = {"executionArn": self.arn, "status": self.status, "name": self.arn.rpartition(":")[2]}
        detail |= {"input": json.dumps(self.input), "error": self.error, "cause": self.cause}
        return {"detail": {**detail, "redriveCount": self.redrives}}

    def _machine(self, machine: dict[str, Any], given: Any, scope: Scope, item: Any = None) -> Any:
        journal = self._journals.setdefault(scope, _Journal())
        if journal.ended:
            return journal.output
        name: str | None = machine["StartAt"]
        value = given
        for done, output, following in journal.done:
            assert done == name, "a redriven execution takes the same way"
            name, value = following, output
        while name is not None:
            state = machine["States"][name]
            if not scope:
                self.visited.append(name)
            self.counts.transitions += 1
            visit = sum(done == name for done, _, _ in journal.done)
            value, following = self._state(name, state, value, (*scope, name, visit), item)
            journal.done.append((name, value, following))
            name = following
        journal.output, journal.ended = value, True
        return value

    def _state(self, name: str, state: dict[str, Any], given: Any, scope: Scope, item: Any) -> tuple[Any, str | None]:
        context = self._context(name, item)
        value = read(state["InputPath"], given, context) if state.get("InputPath") else given
        following = state.get("Next")
        match state["Type"]:
            case "Task":
                return self._task(state, given, value, context)
            case "Map":
                return self._after(state, given, self._map(state, value, scope, context), context), following
            case "Choice":
                self._count(2)
                return given, self._choice(state, value, context)
            case "Pass":
                self._count(2)
                result = (
                    fill(state["Parameters"], value, context) if "Parameters" in state else state.get("Result", value)
                )
                return self._after(state, given, result, context), following
            case "Wait":
                self._count(2)
                self.counts.waited += read(state["SecondsPath"], value, context)
                return given, following
            case "Succeed":
                self._count(2)
                return given, None
            case "Fail":
                self._count(1)
                raise TaskFailed(state.get("Error", "Failed"), state.get("Cause", ""))
        raise NotImplementedError(state["Type"])

    def _after(self, state: dict[str, Any], given: Any, result: Any, context: Any) -> Any:
        if "ResultSelector" in state:
            result = fill(state["ResultSelector"], result, context)
        path = state.get("ResultPath", "$")
        whole = given if path is None else write(path, given, result)
        return read(state["OutputPath"], whole, context) if state.get("OutputPath") else whole

    def _task(self, state: dict[str, Any], given: Any, value: Any, context: Any) -> tuple[Any, str | None]:
        attempts = [0] * len(state.get("Retry", []))
        self._count(1)
        while True:
            self._count(3)
            context["State"]["RetryCount"] = sum(attempts)
            try:
                result = self.invoke(state["Resource"], fill(state["Parameters"], value, context))
            except TaskFailed as failed:
                if self._retries(state, failed, attempts):
                    self.counts.transitions += 1
                    continue
                for rule in state.get("Catch", []):
                    if _matches(rule, failed.error):
                        self._count(1)
                        caught = {"Error": failed.error, "Cause": failed.cause}
                        path = rule.get("ResultPath", "$")
                        return (given if path is None else write(path, given, caught)), rule["Next"]
                raise
            self._count(1)
            return self._after(state, given, result, context), state.get("Next")

    def _retries(self, state: dict[str, Any], failed: TaskFailed, attempts: list[int]) -> bool:
        for number, rule in enumerate(state.get("Retry", [])):
            if _matches(rule, failed.error):
                attempts[number] += 1
                return attempts[number] <= int(rule["MaxAttempts"])
        return False

    def _map(self, state: dict[str, Any], value: Any, scope: Scope, context: Any) -> Any:
        distributed = state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
        items = self.items(value) if distributed else read(state["ItemsPath"], value, context)
        self._count(4)
        outputs, failure = [], None
        for index, item in enumerate(items):
            of_item = {"Index": index, "Value": item}
            selected = fill(state["ItemSelector"], value, {**context, "Map": {"Item": of_item}})
            of_child = (*scope, index)
            if distributed:
                self._events.append(2)
                self.counts.transitions += of_child not in self._journals
            else:
                self._count(2)
            try:
                outputs.append(self._machine(state["ItemProcessor"], copy.deepcopy(selected), of_child, of_item))
            except TaskFailed as failed:
                failure = failure or failed
            finally:
                if distributed:
                    self.counts.child_events.append(self._events.pop())
        if failure and not (distributed and state.get("ToleratedFailurePercentage") == 100):
            raise failure
        return outputs

    def _choice(self, state: dict[str, Any], value: Any, context: Any) -> str:
        for rule in state["Choices"]:
            if _holds(rule, value, context):
                return str(rule["Next"])
        if "Default" not in state:
            raise TaskFailed("States.NoChoiceMatched")
        return str(state["Default"])

    def _context(self, name: str, item: Any) -> dict[str, Any]:
        execution = {"Id": self.arn, "Input": self.input, "RedriveCount": self.redrives}
        return {"Execution": execution, "State": {"Name": name}, "Map": {"Item": item}}

    def _count(self, events: int) -> None:
        self._events[-1] += events


def _holds(rule: dict[str, Any], value: Any, context: Any) -> bool:
    if "Or" in rule:
        return any(_holds(part, value, context) for part in rule["Or"])
    present = is_present(rule["Variable"], value, context)
    if "IsPresent" in rule:
        return bool(present == rule["IsPresent"])
    [expected] = [rule[name] for name in ("StringEquals", "BooleanEquals") if name in rule]
    return present and read(rule["Variable"], value, context) == expected


def _matches(rule: dict[str, Any], error: str) -> bool:
    """By exact name. `States.TaskFailed` is any error of a task but a timeout; `States.ALL` leaves one out."""
    names = set(rule["ErrorEquals"])
    if error in names:
        return True
    if "States.ALL" in names and error != "States.DataLimitExceeded":
        return True
    return "States.TaskFailed" in names and error not in _OF_TASKS
