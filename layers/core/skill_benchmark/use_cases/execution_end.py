"""How the execution of a run ended that did not get to the end of its plan."""

from typing import Literal

from pydantic import BaseModel, Field

from skill_benchmark.domain.records import Failure
from skill_benchmark.domain.run_status import Attempt

_REASONS = {"ABORTED": "the execution was stopped", "TIMED_OUT": "the execution ran out of time"}


class ExecutionEnd(BaseModel):
    """In Step Functions' own words."""

    execution_arn: str | None = Field(default=None, alias="executionArn")
    status: str
    error: str | None = None
    cause: str | None = None
    redrives: int | None = Field(default=None, alias="redriveCount")

    @property
    def run_status(self) -> Literal["failed", "cancelled"]:
        return "cancelled" if self.status == "ABORTED" else "failed"

    @property
    def reason(self) -> Failure:
        return Failure.of(self.error or self.status, self.cause or _REASONS.get(self.status, ""))


class RunTask(BaseModel):
    """A task about a run, of the execution that runs it or of one that writes the end of another."""

    run_id: str
    tenant_id: str
    execution_arn: str
    redrive_count: int | None
    """None where an engine knows no redrive."""
    ended: ExecutionEnd | None
    """None: the run got to the end of its plan. It has to be said either way."""

    @property
    def attempt(self) -> Attempt:
        """Whose work is written."""
        if self.ended is not None:
            return Attempt(self.ended.execution_arn, self.ended.redrives or 0)
        return Attempt(self.execution_arn, self.redrive_count or 0)
