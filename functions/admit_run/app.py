"""Admit Run: gives a run places for its calls, or says how long it has to wait."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from skill_benchmark.observability import logger, observed, record_queue
from skill_benchmark.use_cases.admit_run import RunAdmitter
from skill_benchmark.warm import kept_warm
from skill_benchmark.warm_database import database, place_sharer


class AdmitRunTask(BaseModel):
    run_id: str
    tenant_id: str
    execution_arn: str


@observed
def lambda_handler(event: dict[str, object], context: LambdaContext) -> dict[str, Any]:
    task = AdmitRunTask.model_validate(event)
    answer = admitter().admit(task.tenant_id, task.run_id, task.execution_arn)
    record_queue(answer.queued_runs, answer.waited_seconds)
    logger.info("run admitted" if answer.admitted else "run waits", admission=answer.model_dump())
    return answer.model_dump()


@kept_warm
def admitter() -> RunAdmitter:
    return RunAdmitter(database(), place_sharer())
