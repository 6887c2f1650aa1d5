"""`/v1/health`: whether the service can do its work."""

from http import HTTPStatus

import psycopg
from aws_lambda_powertools.event_handler import Response

from skill_benchmark.api import operations
from skill_benchmark.api.calls import Call, new_router, reply, serve
from skill_benchmark.api.shapes.requests import NoBody, NoQuery
from skill_benchmark.api.shapes.service import Health
from skill_benchmark.observability import logger
from skill_benchmark.warm_database import database

VERSION = "0.1.0"
"""The project's, because a function has no installed package to ask."""

# Row level security wants a tenant in each transaction; this one reads no row.
_NO_TENANT = "health"

router = new_router()


@serve(router, operations.HEALTH)
def health(_: Call[NoBody, NoQuery]) -> Response[str]:
    try:
        with database().transaction(_NO_TENANT, statement_timeout_seconds=2) as cursor:
            cursor.execute("SELECT 1")
    except psycopg.OperationalError:
        logger.exception("the database cannot be reached")
        return reply(Health(version=VERSION, database_reachable=False), HTTPStatus.SERVICE_UNAVAILABLE)
    return reply(Health(version=VERSION, database_reachable=True))
