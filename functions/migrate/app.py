"""Migrate: brings the database's schema up to date and the role of the functions in line with its secret.

CloudFormation calls it in each deployment, before the functions that need the schema are updated; after a rotation of
the password, people do. Called once more, it changes nothing.
"""

from typing import Any

import psycopg
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from migrations.errors import MigrationError
from migrations.runner import apply_migrations
from skill_benchmark.adapters.custom_resource import answer
from skill_benchmark.adapters.postgres import connect
from skill_benchmark.adapters.secrets import secret_object
from skill_benchmark.domain.errors import MissingSetting
from skill_benchmark.observability import logger, observed
from skill_benchmark.settings import MigrateSettings, settings

_SCHEMA = "skill-benchmark-schema"

# For a connection that is dead without a word, and for the answer.
_SECONDS_TO_END = 60


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[str]]:
    if "RequestType" not in event:
        return {"applied": migrate(context)}
    request = CloudFormationCustomResourceEvent(event)
    applied: list[str] = []
    failure = None
    # What runs have found outlives the stack.
    if request.request_type != "Delete":
        try:
            applied = migrate(context)
        except Exception as error:
            logger.exception("not migrated")
            failure = reason(error)
    answer(request, physical_id=_SCHEMA, failure=failure)
    return {"applied": applied}


def migrate(context: LambdaContext) -> list[str]:
    secrets = settings(MigrateSettings)
    runtime = secret_object(secrets.database_secret_arn, fresh=True)
    with connect(secret_object(secrets.database_owner_secret_arn, fresh=True)) as connection:
        applied = apply_migrations(
            connection,
            runtime_role=runtime["username"],
            runtime_password=runtime["password"],
            seconds=context.get_remaining_time_in_millis() / 1000 - _SECONDS_TO_END,
        )
    logger.info("migrated", applied=applied)
    return applied


def reason(error: Exception) -> str:
    """What everybody may read who sees the stack: errors whose messages hold no secret, and only the kind of others."""
    if isinstance(error, MigrationError | MissingSetting | psycopg.OperationalError):
        return str(error)
    return f"{type(error).__name__}; the log of the function says more"
