"""Start Run: takes a request over HTTP or the event of a schedule, freezes the plan, and starts the execution."""

import hashlib
import re
from http import HTTPStatus
from typing import Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.api import operations
from skill_benchmark.api.calls import Call, reply, serve
from skill_benchmark.api.problems import InvalidParameter
from skill_benchmark.api.resolver import ApiResolver
from skill_benchmark.api.shapes.names import IDEMPOTENCY_KEY, WORDS
from skill_benchmark.api.shapes.requests import NoBody, NoQuery, RejudgeBody, StartRunBody
from skill_benchmark.api.shapes.runs import StartedRun
from skill_benchmark.composition import object_store
from skill_benchmark.observability import observed
from skill_benchmark.settings import StartRunSettings, settings
from skill_benchmark.use_cases.rejudge import RejudgeRequest, rejudge
from skill_benchmark.use_cases.resume_run import RunResumer
from skill_benchmark.use_cases.scheduled_runs import ScheduledRuns, start_scheduled
from skill_benchmark.use_cases.start_run import NOT_IDEMPOTENT, Idempotency, RunStarter, StartRequest
from skill_benchmark.warm import kept_warm
from skill_benchmark.warm_database import database, workflow_engine

app = ApiResolver()


@serve(app, operations.START_RUN)
def start_run(call: Call[StartRunBody, NoQuery], skill_id: str) -> Response[str]:
    asked = {name: getattr(call.body, name) for name in StartRunBody.model_fields}
    request = StartRequest(
        tenant_id=call.tenant_id, skill_id=skill_id, idempotency=_idempotency(call, "start", skill_id), **asked
    )
    return _started(starter().start(request))


@serve(app, operations.REJUDGE_RUN)
def rejudge_run(call: Call[RejudgeBody, NoQuery], run_id: str) -> Response[str]:
    asked = {name: getattr(call.body, name) for name in RejudgeBody.model_fields}
    request = RejudgeRequest(
        tenant_id=call.tenant_id, run_id=run_id, idempotency=_idempotency(call, "rejudge", run_id), **asked
    )
    return _started(rejudge(starter(), request))


@serve(app, operations.RESUME_RUN)
def resume_run(call: Call[NoBody, NoQuery], run_id: str) -> Response[str]:
    provider = settings(StartRunSettings).model_provider
    RunResumer(database(), object_store(), workflow_engine(), provider).resume(call.tenant_id, run_id)
    return _started(run_id)


def _idempotency(call: Call[Any, NoQuery], operation: Literal["start", "rejudge"], of: str) -> Idempotency:
    """The caller's key, and the hash of what it stands for."""
    key = call.headers.get("idempotency-key")
    if key is None:
        return NOT_IDEMPOTENT
    if not re.fullmatch(IDEMPOTENCY_KEY, key):
        raise InvalidParameter("header", "Idempotency-Key", WORDS[IDEMPOTENCY_KEY])
    # Without defaults, so that a release that adds a field to the body leaves the keys of earlier requests valid.
    request = f"{operation}\n{of}\n{call.body.model_dump_json(exclude_defaults=True)}".encode()
    return Idempotency(key, hashlib.sha256(request).hexdigest())


def _started(run_id: str) -> Response[str]:
    return reply(StartedRun(run_id=run_id), HTTPStatus.ACCEPTED, Location=f"/v1/runs/{run_id}")


@kept_warm
def starter() -> RunStarter:
    defaults = settings(StartRunSettings)
    return RunStarter(
        database=database(),
        store=object_store(),
        engine=workflow_engine(),
        model_provider=defaults.model_provider,
        default_models=defaults.default_models.split(","),
        default_judges=defaults.default_judges.split(","),
        capacity=defaults.model_call_concurrency,
        daily_calls=defaults.daily_calls_per_tenant,
    )


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "requestContext" not in event:
        return start_scheduled(ScheduledRuns.model_validate(event), database(), starter()).model_dump()
    return app.resolve(event, context)
