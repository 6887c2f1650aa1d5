"""Complete Run: the run's summaries and its end, once Write Results has written its results."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from skill_benchmark.domain.unfinished import Unfinished
from skill_benchmark.observability import logger, observed, record_run_end
from skill_benchmark.use_cases.complete_run import RunCompleter
from skill_benchmark.use_cases.execution_end import RunTask
from skill_benchmark.warm import kept_warm
from skill_benchmark.warm_database import database


class _Shard(BaseModel):
    unfinished: Unfinished


class CompleteRunTask(RunTask):
    written: list[_Shard]
    """What Write Results says of each shard."""


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = CompleteRunTask.model_validate(event)
    unfinished = [shard.unfinished for shard in task.written]
    end = completer().complete(task.tenant_id, task.run_id, task.attempt, task.ended, unfinished)
    if end.by_this:
        record_run_end(end.status, planned=end.planned_results, scored=end.scored_results)
    logger.info("run ended", run_id=end.run_id, status=end.status, scored=end.scored_results)
    return end.model_dump()


@kept_warm
def completer() -> RunCompleter:
    return RunCompleter(database())
