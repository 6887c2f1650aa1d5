"""What the execution of a run says that its row does not say yet."""

from typing import Any

from botocore.exceptions import ClientError

from skill_benchmark.adapters.workflow_engine import ExecutionStatus, WorkflowEngine
from skill_benchmark.domain.summaries import RunStatus
from skill_benchmark.settings import WorkflowSettings, settings
from skill_benchmark.warm import kept_warm

Row = dict[str, Any]

UNFINISHED = frozenset({"queued", "running"})

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


def progress(run: Row) -> Row:
    """Test cases done, planned and failed of a run whose execution goes on."""
    counted = engine().progress(run["execution_arn"]) if run["execution_arn"] else None
    return {
        "done": counted.done if counted else 0,
        # Not the Map Run's total, which grows while it reads the test cases.
        "planned": run["planned_cases"],
        "failed": counted.failed if counted else 0,
    }


def as_its_execution_ended(run: Row, execution: ExecutionStatus | None) -> Row:
    """The row of a run that still says `running` although its execution has ended, with what the execution says."""
    status: RunStatus = "cancelled" if execution == "ABORTED" else "failed"
    message = (
        f"the execution ended with {execution}; what it had finished is not in the database yet"
        if execution
        else "there is no such execution any more, and what it had finished is not in the database"
    )
    return {**run, "status": status, "error_type": "ExecutionEnded", "error_message": message}
