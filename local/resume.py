"""Runs that were in flight when this machine's stack ended: another execution resumes over the same records."""

from dataclasses import dataclass

from local.stack import EmbeddedStack
from skill_benchmark.adapters import postgres_runs
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Plan
from skill_benchmark.use_cases.resume_run import next_name


@dataclass(frozen=True)
class Resumed:
    """A run that resumes, or one that had not got far enough to."""

    run_id: str
    resumes: bool


def resume_unfinished(stack: EmbeddedStack) -> list[Resumed]:
    """Start `{run_id}-{n}` for each unfinished run. What is recorded is found and not bought again.

    The local interpreter has no redrive, so that an execution of its own takes the place of one.
    """
    resumed = []
    for run_id, tenant_id, execution_arn in stack.postgres.unfinished_runs():
        plan = stack.store.get(record_keys.plan(run_id), Plan)
        with stack.database.transaction(tenant_id) as cursor:
            if plan is None or execution_arn is None:
                reason = "the service ended before the run had begun; start it again"
                postgres_runs.fail_queued_run(cursor, run_id, "Interrupted", reason)
                resumed.append(Resumed(run_id, resumes=False))
                continue
        arn = stack.workflow.start(plan, name=next_name(run_id, execution_arn.rpartition(":")[2]))
        with stack.database.transaction(tenant_id) as cursor:
            postgres_runs.note_execution(cursor, run_id, arn, instead_of=execution_arn)
        resumed.append(Resumed(run_id, resumes=True))
    return resumed
