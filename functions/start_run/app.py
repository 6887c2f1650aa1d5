"""Start Run: takes a request over HTTP, freezes the plan, and starts the execution."""

import hashlib
import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.api import problems
from skill_benchmark.api.shapes import StartRunBody
from skill_benchmark.api.tenant import tenant_of
from skill_benchmark.composition import object_store
from skill_benchmark.observability import logger
from skill_benchmark.settings import StartRunSettings, WorkflowSettings, settings
from skill_benchmark.use_cases.start_run import RunStarter, StartRequest
from skill_benchmark.warm import kept_warm
from skill_benchmark.warm_database import database

app = APIGatewayHttpResolver()
problems.install(app)


@app.post("/v1/skills/<skill_id>/runs")
def start_run(skill_id: str) -> Response[str]:
    event = app.current_event
    body = StartRunBody.model_validate_json(event.decoded_body or "{}")
    key = event.headers.get("idempotency-key")
    request = f"{skill_id}\n{body.model_dump_json()}".encode()
    run_id = starter().start(
        StartRequest(
            tenant_id=tenant_of(event),
            skill_id=skill_id,
            idempotency_key=key,
            request_sha256=hashlib.sha256(request).hexdigest() if key else None,
            **{name: getattr(body, name) for name in StartRunBody.model_fields},
        )
    )
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        headers={"Location": f"/v1/runs/{run_id}"},
        body=json.dumps({"run_id": run_id}),
    )


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
    return app.resolve(event, context)
