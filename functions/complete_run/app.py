"""Complete Run and Fail Run: what the run found goes to PostgreSQL.

Three callers: the state machine at its end, the state machine when it failed, and the EventBridge rule for executions
that somebody aborted, that timed out or that failed without reaching their end.
"""

from typing import Any, Literal

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field

from skill_benchmark.composition import object_store
from skill_benchmark.domain.records import Failure
from skill_benchmark.observability import logger
from skill_benchmark.use_cases.complete_run import RunCompleter
from skill_benchmark.warm import kept_warm
from skill_benchmark.warm_database import database

_REASONS = {"ABORTED": "the execution was stopped", "TIMED_OUT": "the execution ran out of time"}


class CaughtError(BaseModel):
    error: str = Field(alias="Error")
    cause: str = Field(alias="Cause", default="")


class CompleteRunTask(BaseModel):
    run_id: str
    tenant_id: str
    status: Literal["failed", "cancelled"] | None = None
    error: CaughtError | None = None


class ExecutionEnd(BaseModel):
    """The detail of a "Step Functions Execution Status Change"."""

    status: Literal["FAILED", "TIMED_OUT", "ABORTED"]
    input: str
    error: str | None = None
    cause: str | None = None

    def task(self) -> CompleteRunTask:
        run = CompleteRunTask.model_validate_json(self.input)
        reason = CaughtError(Error=self.error or self.status, Cause=self.cause or _REASONS.get(self.status, ""))
        return run.model_copy(update={"status": "cancelled" if self.status == "ABORTED" else "failed", "error": reason})


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    ended = ExecutionEnd.model_validate(event["detail"]) if "detail" in event else None
    task = ended.task() if ended else CompleteRunTask.model_validate(event)
    reason = Failure.of(task.error.error, task.error.cause) if task.error else None
    end = completer().complete(task.tenant_id, task.run_id, task.status, reason)
    logger.info("run ended", run_id=end.run_id, status=end.status, scored=end.scored_results)
    return end.model_dump()


@kept_warm
def completer() -> RunCompleter:
    return RunCompleter(database(), object_store())
