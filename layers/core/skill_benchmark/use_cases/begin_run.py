"""Begin a run: start its execution, once, however often it is asked for and whatever happens in between."""

from collections.abc import Mapping
from typing import Any

from skill_benchmark.adapters import postgres_runs
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.workflow_engine import WorkflowEngine, is_passing
from skill_benchmark.domain.errors import Conflict, ExecutionEnded
from skill_benchmark.domain.plan import ModelProvider, Plan
from skill_benchmark.domain.records import Failure
from skill_benchmark.domain.run_status import RESUMABLE


def require_provider(of_run: ModelProvider, asked: ModelProvider) -> None:
    """Raises Conflict for a run that one provider's models began: those of another must not continue it."""
    if of_run != asked:
        raise Conflict(f"the run is of {of_run}, and this service asks {asked} now", kind="other-provider")


def never_began(engine: WorkflowEngine, run_id: str, row: Mapping[str, Any]) -> bool:
    """Whether the execution of a queued run may not have been started.

    A row knows the first execution of its run once that has been started, and one that resumes the run before.
    """
    return bool(row["status"] == "queued" and row["execution_arn"] != engine.execution_arn(run_id))


def begin_run(database: Database, engine: WorkflowEngine, plan: Plan) -> None:
    """Start the execution of a queued run, or find it started: the first one, or the one that its row names already.

    What Step Functions cannot do at this moment is raised and leaves the run queued: asked again, this starts it. What
    it will never do fails the run, and is raised too.
    """
    with database.transaction(plan.tenant_id) as cursor:
        row = postgres_runs.run_status(cursor, plan.run_id)
    if not never_began(engine, plan.run_id, row):
        return
    noted = row["execution_arn"]
    execution_arn = noted or engine.execution_arn(plan.run_id)
    try:
        engine.start(plan, execution_arn.rpartition(":")[2])
    except ExecutionEnded:
        # An earlier attempt started it without getting to say so. Its end is on its way, as that of every execution.
        pass
    except Exception as error:
        if not is_passing(error):
            reason = Failure.of(type(error).__name__, f"the execution could not start: {error}")
            with database.transaction(plan.tenant_id) as cursor:
                postgres_runs.end_unstarted_run(cursor, plan.run_id, noted, "failed", reason)
        raise
    with database.transaction(plan.tenant_id) as cursor:
        postgres_runs.note_execution(cursor, plan.run_id, execution_arn, instead_of=noted)
        status = postgres_runs.run_status(cursor, plan.run_id)["status"]
    if status in RESUMABLE and engine.status(execution_arn) == "RUNNING":
        engine.stop(execution_arn, "the run had been cancelled before its execution began")
