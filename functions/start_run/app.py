"""Start Run: takes a request over HTTP or the event of a schedule, freezes the plan, and starts the execution."""

import hashlib
import re
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.api import operations
from skill_benchmark.api.calls import Call, reply, serve
from skill_benchmark.api.problems import InvalidParameter
from skill_benchmark.api.resolver import ApiResolver
from skill_benchmark.api.shapes.requests import IDEMPOTENCY_KEY, NoQuery, StartRunBody
from skill_benchmark.api.shapes.runs import StartedRun
from skill_benchmark.composition import object_store
from skill_benchmark.observability import logger
from skill_benchmark.settings import StartRunSettings, WorkflowSettings, settings
from skill_benchmark.use_cases.scheduled_runs import ScheduledRuns, start_scheduled
from skill_benchmark.use_cases.start_run import RunStarter, StartRequest
from skill_benchmark.warm import kept_warm
from skill_benchmark.warm_database import database

app = ApiResolver()


@serve(app, operations.START_RUN)
def start_run(call: Call[StartRunBody, NoQuery], skill_id: str) -> Response[str]:
    key = call.headers.get("idempotency-key")
    if key is not None and not re.fullmatch(IDEMPOTENCY_KEY, key):
        raise InvalidParameter("header", "Idempotency-Key", "should be 1 to 255 printable ASCII characters")
    request = f"{skill_id}\n{call.body.model_dump_json()}".encode()
    run_id = starter().start(
        StartRequest(
            tenant_id=call.tenant_id,
            skill_id=skill_id,
            idempotency_key=key,
            request_sha256=hashlib.sha256(request).hexdigest() if key else None,
            **{name: getattr(call.body, name) for name in StartRunBody.model_fields},
        )
    )
    return reply(StartedRun(run_id=run_id), HTTPStatus.ACCEPTED, Location=f"/v1/runs/{run_id}")


@kept_warm
def starter() -> RunStarter:
    defaults = settings(StartRunSettings)
    return RunStarter(
        database=database(),
        store=object_store(),
        engine=WorkflowEngine(settings(WorkflowSettings).state_machine_arn),
        model_provider=defaults.model_provider,
        default_models=defaults.default_models.split(","),
        default_judges=defaults.default_judges.split(","),
    )


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "requestContext" not in event:
        return start_scheduled(ScheduledRuns.model_validate(event), database(), starter()).model_dump()
    return app.resolve(event, context)
