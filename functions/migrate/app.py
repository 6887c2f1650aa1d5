"""Migrate: brings the database's schema up to date; run at every deployment, as often as one likes."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from migrations.runner import apply_migrations
from skill_benchmark.adapters.postgres import connect
from skill_benchmark.adapters.secrets import secret_object
from skill_benchmark.observability import logger, observed
from skill_benchmark.settings import MigrateSettings, settings


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[str]]:
    secrets = settings(MigrateSettings)
    runtime = secret_object(secrets.database_secret_arn)
    with connect(secret_object(secrets.database_owner_secret_arn)) as connection:
        applied = apply_migrations(connection, runtime_role=runtime["username"], runtime_password=runtime["password"])
    logger.info("migrated", applied=applied)
    return {"applied": applied}
