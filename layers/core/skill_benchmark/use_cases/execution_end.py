"""How the execution of a run ended that did not get to the end of its plan."""

from pydantic import BaseModel, Field

from skill_benchmark.domain.records import Failure
from skill_benchmark.domain.summaries import EarlyEnd

_REASONS = {"ABORTED": "the execution was stopped", "TIMED_OUT": "the execution ran out of time"}


class ExecutionEnd(BaseModel):
    """In Step Functions' own words."""

    execution_arn: str | None = Field(default=None, alias="executionArn")
    status: str
    error: str | None = None
    cause: str | None = None

    @property
    def of_run(self) -> EarlyEnd:
        """The same in the words of a run."""
        reason = Failure.of(self.error or self.status, self.cause or _REASONS.get(self.status, ""))
        return EarlyEnd("cancelled" if self.status == "ABORTED" else "failed", reason.error_type, reason.message)
