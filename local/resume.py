"""Runs that were in flight when this machine's stack ended: another execution resumes over the same records."""

from dataclasses import dataclass
from typing import Literal

from local.stack import EmbeddedStack
from skill_benchmark.adapters import postgres_runs
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Plan
from skill_benchmark.use_cases.begin_run import begin_run
from skill_benchmark.use_cases.resume_run import next_name


@dataclass(frozen=True)
class Resumed:
    """A run that had not ended, and what becomes of it."""

    run_id: str
    fate: Literal["resumes", "failed", "left"]
    why: str = ""


def resume_unfinished(stack: EmbeddedStack, *, simulated: bool) -> list[Resumed]:
    """Start `{run_id}-{n}` for each unfinished run. What is recorded is found and not bought again.

    A run that was begun with a key is left to a start that has one, and one of the stand-in to a start without:
    otherwise `simulated` would be wrong of a part of its answers. The local interpreter has no redrive, so that an
    execution of its own takes the place of one.
    """
    return [
        _resume(stack, run_id, tenant_id, execution_arn, simulated=simulated)
        for run_id, tenant_id, execution_arn in stack.postgres.unfinished_runs()
    ]


def _resume(
    stack: EmbeddedStack, run_id: str, tenant_id: str, execution_arn: str | None, *, simulated: bool
) -> Resumed:
    plan = stack.store.get(record_keys.plan(run_id), Plan)
    if plan is None:
        with stack.database.transaction(tenant_id) as cursor:
            postgres_runs.fail_run(cursor, run_id, "Interrupted", "the service ended before the run had begun")
        return Resumed(run_id, "failed", "it had not begun; start it again")
    if simulated != (plan.model_provider == "simulated"):
        needed = "is set, and it began without one" if plan.model_provider == "simulated" else "is needed to resume it"
        return Resumed(run_id, "left", f"an API key {needed}")
    if execution_arn is None:
        begin_run(stack.database, stack.workflow, plan)
        return Resumed(run_id, "resumes")
    arn = stack.workflow.start(plan, name=next_name(run_id, execution_arn.rpartition(":")[2]))
    with stack.database.transaction(tenant_id) as cursor:
        postgres_runs.note_execution(cursor, run_id, arn, instead_of=execution_arn)
    return Resumed(run_id, "resumes")
