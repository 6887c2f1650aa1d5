"""Write Results: what the branches of some test cases recorded goes to PostgreSQL."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.composition import object_store
from skill_benchmark.observability import logger, observed, record_results
from skill_benchmark.use_cases.execution_end import RunTask
from skill_benchmark.use_cases.write_results import ResultWriter, Shard
from skill_benchmark.warm import kept_warm
from skill_benchmark.warm_database import database


class WriteResultsTask(RunTask):
    first_case: int
    end_case: int

    @property
    def shard(self) -> Shard:
        return Shard.model_validate(self.model_dump(include=set(Shard.model_fields)))


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = WriteResultsTask.model_validate(event)
    done = writer().write(task.shard, task.attempt, ended_early=task.ended is not None)
    record_results(done.outcomes)
    logger.info("results written", run_id=task.run_id, first_case=task.first_case, **done.model_dump())
    return done.model_dump()


@kept_warm
def writer() -> ResultWriter:
    return ResultWriter(database(), object_store())
