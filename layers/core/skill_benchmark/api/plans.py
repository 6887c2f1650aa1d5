"""`/v1/skills/{skill_id}/plan`: how large a run has to be for what it is to find."""

from dataclasses import asdict

from aws_lambda_powertools.event_handler import Response

from skill_benchmark.adapters import postgres_noise
from skill_benchmark.api import operations
from skill_benchmark.api.calls import Call, new_router, reply, serve
from skill_benchmark.api.shapes.plans import SizePlan
from skill_benchmark.api.shapes.requests import NoBody, PlanQuery
from skill_benchmark.domain.sample_size import DEFAULT_MODELS, DEFAULT_VERDICTS, Wanted, planned
from skill_benchmark.warm_database import database

router = new_router()


@serve(router, operations.PLAN)
def plan(call: Call[NoBody, PlanQuery], skill_id: str) -> Response[str]:
    with database().transaction(call.tenant_id) as cursor:
        history, latest = postgres_noise.history_of(cursor, skill_id)
    models, verdicts = DEFAULT_MODELS, DEFAULT_VERDICTS
    if latest:
        models = max(len(latest["models"]), DEFAULT_MODELS)
        verdicts = len(latest["judges"]) * latest["verdicts_per_judge"]
    wanted = Wanted(call.query.difference, call.query.models or models, call.query.verdicts or verdicts)
    return reply(SizePlan.model_validate({"skill_id": skill_id, **asdict(planned(wanted, history))}))
