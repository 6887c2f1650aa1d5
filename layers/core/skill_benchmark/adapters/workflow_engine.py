"""Runs as executions of the Step Functions state machine."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel

from skill_benchmark.adapters import aws_clients
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import ExecutionEnded
from skill_benchmark.domain.limits import Shard, shards
from skill_benchmark.domain.plan import Plan, Seat

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

_FINAL_REFUSALS = {"InvalidArn", "InvalidExecutionInput", "InvalidName", "ValidationException"}

_SECONDS_BETWEEN_ENDS = 3_600

ExecutionStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]


class ExecutionInput(BaseModel):
    """What the state machine starts with: names and numbers only, the texts stay in the object store."""

    run_id: str
    tenant_id: str
    models: list[str]
    judges: list[str]
    panel: list[Seat]
    cases_key: str
    shards: list[Shard]
    ended: None = None
    """Here an execution that writes the end of another puts what it knows of that one."""

    @classmethod
    def of(cls, plan: Plan) -> "ExecutionInput":
        return cls(
            run_id=plan.run_id,
            tenant_id=plan.tenant_id,
            # What has to be asked for an answer; a run on stored answers asks no model.
            models=[] if plan.rejudged else plan.models,
            judges=plan.judges,
            panel=plan.panel,
            cases_key=record_keys.cases(plan.run_id),
            shards=list(shards(len(plan.cases), len(plan.models) * plan.repeats, len(plan.panel))),
        )


class EndedInput(BaseModel):
    """What of its input an execution that ended still has to say: whose results are written, and in which shards."""

    run_id: str
    tenant_id: str
    shards: list[Shard]


@dataclass(frozen=True)
class Progress:
    """Test cases of a Map Run, as Step Functions counts them."""

    done: int
    failed: int
    total: int


@dataclass(frozen=True)
class Execution:
    """An execution as Step Functions describes it."""

    arn: str
    status: ExecutionStatus
    input: str
    stopped_at: datetime | None
    redrives: int
    error: str | None
    cause: str | None


@dataclass(frozen=True)
class MapRun:
    """The children of a run's execution that run at this moment, and how many may."""

    arn: str
    active: bool
    running: int
    max_concurrency: int


class WorkflowEngine:
    """Starts, follows and stops the executions of one state machine.

    The execution that starts a run has the run's id as its name, one that resumes it `{run_id}-{n}`. One that writes
    the end of a run has a name with another prefix; by that the rule on the end of executions leaves it alone.
    """

    def __init__(self, state_machine_arn: str, client: "SFNClient | None" = None) -> None:
        self._state_machine_arn = state_machine_arn
        self._client = client or aws_clients.stepfunctions()

    def execution_arn(self, name: str) -> str:
        return f"{self._state_machine_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"

    def start(self, plan: Plan, name: str | None = None) -> str:
        """Start the run's execution, or find it already started. Returns its ARN.

        Raises ExecutionEnded when it was started before and has ended: its name cannot be used again.
        """
        arn, is_new = self._start(name or plan.run_id, ExecutionInput.of(plan).model_dump_json())
        if not is_new and self.status(arn) not in {"RUNNING", "PENDING_REDRIVE"}:
            raise ExecutionEnded(f"the execution {arn} has ended")
        return arn

    def write_end(self, name: str, detail: dict[str, Any]) -> str:
        """Start an execution that ends the run of an execution, as the rule on the event bus does.

        `detail` has what the event has: `status`, `input`, `executionArn`, and `error` and `cause` or None.
        """
        return self._start(name, _EndedExecution(detail=detail).model_dump_json())[0]

    def _start(self, name: str, given: str) -> tuple[str, bool]:
        try:
            started = self._client.start_execution(stateMachineArn=self._state_machine_arn, name=name, input=given)
        except ClientError as error:
            if _code(error) == "ExecutionAlreadyExists":
                return self.execution_arn(name), False
            raise
        return started["executionArn"], True

    def status(self, execution_arn: str) -> ExecutionStatus:
        return self._client.describe_execution(executionArn=execution_arn)["status"]

    def describe(self, execution_arn: str) -> Execution | None:
        """None when there is no such execution (any more)."""
        try:
            found = self._client.describe_execution(executionArn=execution_arn)
        except ClientError as error:
            if _code(error) == "ExecutionDoesNotExist":
                return None
            raise
        return Execution(
            arn=execution_arn,
            status=found["status"],
            input=found.get("input", "{}"),
            stopped_at=found.get("stopDate"),
            redrives=found.get("redriveCount", 0),
            error=found.get("error"),
            cause=found.get("cause"),
        )

    def running(self) -> Iterator[str]:
        """ARNs of the executions that run."""
        pages = self._client.get_paginator("list_executions").paginate(
            stateMachineArn=self._state_machine_arn, statusFilter="RUNNING"
        )
        for page in pages:
            yield from (item["executionArn"] for item in page["executions"])

    def stop(self, execution_arn: str, cause: str) -> None:
        self._client.stop_execution(executionArn=execution_arn, error="RunCancelled", cause=cause)

    def progress(self, execution_arn: str) -> Progress | None:
        """How far the Map Run is; None before it began."""
        arn = self._map_run_arn(execution_arn)
        if arn is None:
            return None
        counts = self._client.describe_map_run(mapRunArn=arn)["itemCounts"]
        failed = counts["failed"] + counts["timedOut"] + counts["aborted"]
        return Progress(done=counts["succeeded"] + failed, failed=failed, total=counts["total"])

    def map_run(self, execution_arn: str) -> MapRun | None:
        """None before the Map Run began."""
        arn = self._map_run_arn(execution_arn)
        if arn is None:
            return None
        found = self._client.describe_map_run(mapRunArn=arn)
        active = found["status"] == "RUNNING"
        return MapRun(arn, active, found["itemCounts"]["running"] if active else 0, found["maxConcurrency"])

    def limit_map_run(self, map_run_arn: str, max_concurrency: int) -> None:
        """Change how many children run at once. Those that run already are left to end."""
        self._client.update_map_run(mapRunArn=map_run_arn, maxConcurrency=max_concurrency)

    def _map_run_arn(self, execution_arn: str) -> str | None:
        runs = self._client.list_map_runs(executionArn=execution_arn)["mapRuns"]
        return runs[0]["mapRunArn"] if runs else None


def end_name(run_id: str) -> str:
    """The name of an execution that writes the end of a run. One that fails is followed by another after an hour."""
    return f"end_{run_id}_{int(time.time() // _SECONDS_BETWEEN_ENDS)}"


class _EndedExecution(BaseModel):
    detail: dict[str, Any]


def is_passing(error: Exception) -> bool:
    """Whether what Step Functions refused, or did not answer, may succeed when it is asked again later."""
    if isinstance(error, ClientError):
        return _code(error) not in _FINAL_REFUSALS
    return isinstance(error, BotoCoreError)


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
