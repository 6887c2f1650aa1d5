"""What the execution of a run says that its row does not say yet."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from skill_benchmark.adapters.workflow_engine import ExecutionStatus, WorkflowEngine
from skill_benchmark.domain.summaries import RunStatus
from skill_benchmark.observability import logger
from skill_benchmark.settings import WorkflowSettings, settings
from skill_benchmark.warm import kept_warm

Row = dict[str, Any]

_NO_EXECUTION = "ExecutionDoesNotExist"


@kept_warm
def engine() -> WorkflowEngine:
    return WorkflowEngine(settings(WorkflowSettings).state_machine_arn)


def execution_status(execution_arn: str) -> ExecutionStatus | None:
    """None when there is no such execution."""
    try:
        return engine().status(execution_arn)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == _NO_EXECUTION:
            return None
        raise


def known_execution_status(execution_arn: str) -> ExecutionStatus | None:
    """As `execution_status`; RUNNING, which is what its row says, when Step Functions does not tell."""
    try:
        return execution_status(execution_arn)
    except (ClientError, BotoCoreError) as error:
        _degraded(execution_arn, error)
        return "RUNNING"


def progress(run: Row) -> Row | None:
    """Test cases done, planned and failed while the execution runs; None when Step Functions does not tell."""
    try:
        counted = engine().progress(run["execution_arn"]) if run["execution_arn"] else None
    except (ClientError, BotoCoreError) as error:
        _degraded(run["execution_arn"], error)
        return None
    return {
        "done": counted.done if counted else 0,
        # Not the Map Run's total, which grows while it reads the test cases.
        "planned": run["planned_cases"],
        "failed": counted.failed if counted else 0,
    }


def _degraded(execution_arn: str, error: Exception) -> None:
    logger.warning("progress is not known", execution_arn=execution_arn, error_type=type(error).__name__)


def as_its_execution_ended(run: Row, execution: ExecutionStatus | None) -> Row:
    """The row of a run that still says `running` although its execution has ended, with what the execution says."""
    status: RunStatus = "cancelled" if execution == "ABORTED" else "failed"
    message = (
        f"the execution ended with {execution}; what it had finished is not in the database yet"
        if execution
        else "there is no such execution any more, and what it had finished is not in the database"
    )
    return {**run, "status": status, "error_type": "ExecutionEnded", "error_message": message}
