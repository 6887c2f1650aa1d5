"""Reconcile: on a schedule, ends, starts, fails or reopens the runs whose rows and executions disagree."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.composition import object_store
from skill_benchmark.observability import logger, observed, record_oldest_run, record_reconciler_action
from skill_benchmark.use_cases.reconcile import Reconciler
from skill_benchmark.warm import kept_warm
from skill_benchmark.warm_database import database, place_sharer, workflow_engine


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    done = reconciler().reconcile()
    record_oldest_run(done.oldest_seconds)
    for action, count in done.actions.items():
        record_reconciler_action(action, count)
    for error in done.errors:
        logger.error("a run could not be reconciled", **error.model_dump())
    logger.info("reconciled", reconciled=done.model_dump())
    return done.model_dump()


@kept_warm
def reconciler() -> Reconciler:
    return Reconciler(database(), object_store(), workflow_engine(), place_sharer())
