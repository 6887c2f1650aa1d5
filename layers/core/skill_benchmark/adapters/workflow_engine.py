"""Runs as executions of the Step Functions state machine."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError
from pydantic import BaseModel

from skill_benchmark.adapters import aws_clients
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import InFlight, Plan, Seat

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

ExecutionStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]


class ExecutionInput(BaseModel):
    """What the state machine starts with: names and numbers only, the texts stay in the object store."""

    run_id: str
    tenant_id: str
    models: list[str]
    judges: list[str]
    panel: list[Seat]
    cases_key: str
    cases_in_flight: int
    branches_in_flight: int

    @classmethod
    def of(cls, plan: Plan) -> "ExecutionInput":
        in_flight = InFlight.of(plan)
        return cls(
            run_id=plan.run_id,
            tenant_id=plan.tenant_id,
            # What has to be asked for an answer; a run on stored answers asks no model.
            models=[] if plan.rejudged else plan.models,
            judges=plan.judges,
            panel=plan.panel,
            cases_key=record_keys.cases(plan.run_id),
            cases_in_flight=in_flight.cases,
            branches_in_flight=in_flight.branches,
        )


@dataclass(frozen=True)
class Progress:
    """Test cases of a Map Run, as Step Functions counts them."""

    done: int
    failed: int
    total: int


class WorkflowEngine:
    """Starts, follows and stops the executions of one state machine. The execution's name is the run's id."""

    def __init__(self, state_machine_arn: str, client: "SFNClient | None" = None) -> None:
        self._state_machine_arn = state_machine_arn
        self._client = client or aws_clients.stepfunctions()

    def execution_arn(self, name: str) -> str:
        return f"{self._state_machine_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"

    def start(self, plan: Plan, name: str | None = None) -> str:
        """Start the run's execution, or find it already started. Returns its ARN."""
        name = name or plan.run_id
        try:
            started = self._client.start_execution(
                stateMachineArn=self._state_machine_arn, name=name, input=ExecutionInput.of(plan).model_dump_json()
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ExecutionAlreadyExists":
                return self.execution_arn(name)
            raise
        return started["executionArn"]

    def status(self, execution_arn: str) -> ExecutionStatus:
        return self._client.describe_execution(executionArn=execution_arn)["status"]

    def stop(self, execution_arn: str, cause: str) -> None:
        self._client.stop_execution(executionArn=execution_arn, error="RunCancelled", cause=cause)

    def progress(self, execution_arn: str) -> Progress | None:
        """How far the Map Run is; None before it began."""
        runs = self._client.list_map_runs(executionArn=execution_arn)["mapRuns"]
        if not runs:
            return None
        counts = self._client.describe_map_run(mapRunArn=runs[0]["mapRunArn"])["itemCounts"]
        failed = counts["failed"] + counts["timedOut"] + counts["aborted"]
        return Progress(done=counts["succeeded"] + failed, failed=failed, total=counts["total"])
