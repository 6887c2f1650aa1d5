"""Expire Results: on a schedule, deletes the results of runs that ended long ago; their runs and summaries stay."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.adapters.postgres import connect
from skill_benchmark.adapters.secrets import secret_object
from skill_benchmark.observability import logger, observed
from skill_benchmark.settings import OwnerSettings, RetentionSettings, settings
from skill_benchmark.use_cases.expire_results import Retention


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    days = settings(RetentionSettings).result_retention_days
    with connect(secret_object(settings(OwnerSettings).database_owner_secret_arn, fresh=True)) as connection:
        retention = Retention(connection, days, lambda: context.get_remaining_time_in_millis() / 1000)
        expired = retention.expire().model_dump()
    logger.info("results expired", **expired)
    return expired
