"""What Step Functions says of a run that has not ended."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from skill_benchmark.adapters.workflow_engine import ExecutionStatus, WorkflowEngine
from skill_benchmark.observability import logger
from skill_benchmark.settings import WorkflowSettings, settings
from skill_benchmark.warm import kept_warm

Row = dict[str, Any]


@kept_warm
def engine() -> WorkflowEngine:
    return WorkflowEngine(settings(WorkflowSettings).state_machine_arn)


def known_execution_status(execution_arn: str | None) -> ExecutionStatus | None:
    """None where there is no execution, or Step Functions does not tell."""
    if execution_arn is None:
        return None
    try:
        found = engine().describe(execution_arn)
    except (ClientError, BotoCoreError) as error:
        _degraded(execution_arn, error)
        return None
    return found.status if found else None


def progress(run: Row) -> Row | None:
    """Test cases done, planned and failed so far; None when Step Functions does not tell."""
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
