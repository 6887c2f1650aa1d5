"""`/v1/judges`: whether a judge can be believed. Its model id may have a slash, so it is no part of the path."""

from dataclasses import asdict

from aws_lambda_powertools.event_handler import Response

from skill_benchmark.adapters import postgres_judges
from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.adapters.postgres_skills import require_skill
from skill_benchmark.api import operations
from skill_benchmark.api.calls import Call, new_router, reply, serve
from skill_benchmark.api.shapes.labels import JudgeValidation
from skill_benchmark.api.shapes.requests import NoBody, ValidationQuery
from skill_benchmark.domain.errors import NotFound
from skill_benchmark.warm_database import database

router = new_router()


@serve(router, operations.JUDGE_VALIDATION)
def judge_validation(call: Call[NoBody, ValidationQuery]) -> Response[str]:
    # scipy takes a second to import, and nothing else of the API needs it.
    from skill_benchmark.domain.judge_validation import validate  # noqa: PLC0415

    judge, skill_id = call.query.judge, call.query.skill_id
    with database().transaction(call.tenant_id) as cursor:
        if skill_id is not None:
            require_skill(cursor, skill_id)
        simulated = _only_simulated(cursor, judge)
        scores = postgres_judges.judged_scores(cursor, judge, simulated=simulated, skill_id=skill_id)
    dimensions = [{"dimension": dimension, **asdict(validate(found))} for dimension, found in scores.items()]
    found = {"judge": judge, "skill_id": skill_id, "simulated": simulated, "dimensions": dimensions}
    return reply(JudgeValidation.model_validate(found))


def _only_simulated(cursor: Cursor, judge: str) -> bool:
    """Simulated verdicts say nothing of a real judge; they are looked at only where there are no others."""
    for simulated in (False, True):
        if postgres_judges.has_judged(cursor, judge, simulated=simulated):
            return simulated
    raise NotFound(f"no run was judged by {judge!r}")
