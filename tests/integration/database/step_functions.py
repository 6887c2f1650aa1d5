"""Step Functions in memory, as far as its API reference says what starting, stopping and describing do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:bench"


def refused(operation: str, code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation)  # type: ignore[typeddict-item]


@dataclass
class StepFunctions:
    """The client. `fails` are raised by the next starts, one each; `before_start` is what others do meanwhile."""

    fails: list[BaseException] = field(default_factory=list)
    answer_is_lost: Exception | None = None
    """The next start starts, and this is all that the caller sees of it."""
    before_start: Callable[[], None] = lambda: None
    executions: dict[str, dict[str, Any]] = field(default_factory=dict)
    _lock: Any = field(default_factory=Lock)

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: A002, N803
        self.before_start()
        with self._lock:
            if self.fails:
                raise self.fails.pop(0)
            arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"
            known = self.executions.get(arn)
            if known and (known["status"] != "RUNNING" or known["input"] != input):
                raise refused("StartExecution", "ExecutionAlreadyExists")
            self.executions.setdefault(arn, {"status": "RUNNING", "input": input})
            if lost := self.answer_is_lost:
                self.answer_is_lost = None
                raise lost
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        with self._lock:
            if executionArn not in self.executions:
                raise refused("DescribeExecution", "ExecutionDoesNotExist")
            return dict(self.executions[executionArn])

    def stop_execution(self, *, executionArn: str, error: str, cause: str) -> None:  # noqa: N803
        with self._lock:
            execution = self.executions[executionArn]
            if execution["status"] == "RUNNING":
                execution.update(status="ABORTED", error=error, cause=cause)

    def list_map_runs(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return {"mapRuns": []}

    def get_paginator(self, operation: str) -> "StepFunctions":
        assert operation == "list_executions"
        return self

    def paginate(self, *, stateMachineArn: str, statusFilter: str) -> list[dict[str, Any]]:  # noqa: N803
        with self._lock:
            found = [arn for arn, execution in self.executions.items() if execution["status"] == statusFilter]
        return [{"executions": [{"executionArn": arn} for arn in found]}]

    def ended(self, execution_arn: str, status: str) -> None:
        with self._lock:
            self.executions[execution_arn]["status"] = status

    def statuses(self) -> dict[str, str]:
        """By the names of the executions."""
        with self._lock:
            return {arn.rpartition(":")[2]: found["status"] for arn, found in self.executions.items()}
