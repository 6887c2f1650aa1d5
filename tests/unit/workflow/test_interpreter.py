"""The interpreter of the tests does what AWS says of redriving, on machines small enough to see it."""

from typing import Any

from tests.asl.interpreter import Execution, TaskFailed


def machine(*states: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"StartAt": states[0][0], "States": dict(states)}


def task(name: str, **rest: Any) -> tuple[str, dict[str, Any]]:
    end = {} if "Next" in rest else {"End": True}
    return name, {"Type": "Task", "Resource": name, "Parameters": {}, "ResultPath": None, **end, **rest}


class Tasks:
    """Tasks that fail so many times, and note each call."""

    def __init__(self, **failures: int) -> None:
        self.failures = failures
        self.called: list[str] = []

    def __call__(self, resource: str, _: dict[str, Any]) -> dict[str, Any]:
        self.called.append(resource)
        if self.failures.get(resource, 0):
            self.failures[resource] -= 1
            raise TaskFailed("Broken", f"{resource} broke")
        return {}


def test_a_redrive_continues_with_the_state_that_failed() -> None:
    tasks = Tasks(second=1)
    execution = Execution(machine(task("first", Next="second"), task("second", Next="third"), task("third")), {}, tasks)
    assert (execution.run().status, execution.error) == ("FAILED", "Broken")
    assert execution.redrive().status == "SUCCEEDED"
    assert tasks.called == ["first", "second", "second", "third"]


def test_a_caught_failure_that_ends_in_a_fail_state_fails_again_when_redriven() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "failed"}]
    tasks = Tasks(only=1)
    execution = Execution(machine(task("only", Catch=catch), ("failed", {"Type": "Fail"})), {}, tasks)
    assert execution.run().status == "FAILED"
    assert execution.redrive().status == "FAILED", "nothing is broken any more, and it fails all the same"
    assert tasks.called == ["only"]


def test_of_a_map_only_what_failed_is_redriven() -> None:
    tasks = Tasks(b=2)

    def by_item(_: str, given: dict[str, Any]) -> dict[str, Any]:
        return tasks(given["item"], given)

    inner = {"ProcessorConfig": {"Mode": "INLINE"}, **machine(task("each", Parameters={"item.$": "$.item"}))}
    selector = {"item.$": "$$.Map.Item.Value"}
    state = {"Type": "Map", "ItemsPath": "$.items", "ItemSelector": selector, "ItemProcessor": inner, "End": True}
    execution = Execution(machine(("all", state)), {"items": ["a", "b", "c"]}, by_item)
    assert execution.run().status == "FAILED"
    assert execution.redrive().status == "FAILED"
    assert execution.redrive().status == "SUCCEEDED"
    assert tasks.called == ["a", "b", "c", "b", "b"]


def test_retries_are_counted_by_rule_and_begin_again_with_a_redrive() -> None:
    retry = [{"ErrorEquals": ["Broken"], "MaxAttempts": 2}]
    tasks = Tasks(only=4)
    execution = Execution(machine(task("only", Retry=retry)), {}, tasks)
    assert execution.run().status == "FAILED"
    assert len(tasks.called) == 3
    assert execution.redrive().status == "SUCCEEDED"
    assert len(tasks.called) == 5
