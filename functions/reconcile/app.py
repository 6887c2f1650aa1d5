"""Reconcile: on a schedule, ends, starts, fails or reopens the runs whose rows and executions disagree."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.composition import object_store
from skill_benchmark.observability import logger
from skill_benchmark.settings import WorkflowSettings, settings
from skill_benchmark.use_cases.reconcile import Reconciler
from skill_benchmark.warm import kept_warm
from skill_benchmark.warm_database import database, place_sharer


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    done = reconciler().reconcile()
    logger.info("reconciled", actions=done)
    return {str(action): count for action, count in done.items()}


@kept_warm
def reconciler() -> Reconciler:
    engine = WorkflowEngine(settings(WorkflowSettings).state_machine_arn)
    return Reconciler(database(), object_store(), engine, place_sharer())
