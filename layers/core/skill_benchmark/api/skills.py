"""`/v1/skills/{skill_id}`: registering skills."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from skill_benchmark.adapters import postgres_skills
from skill_benchmark.adapters.postgres_skills import Registration
from skill_benchmark.api import operations
from skill_benchmark.api.calls import Call, new_router, reply, serve
from skill_benchmark.api.shapes.requests import NoQuery, SkillBody
from skill_benchmark.api.shapes.skills import Skill
from skill_benchmark.domain.plan import checked_rubric, checked_skill
from skill_benchmark.warm_database import database

router = new_router()


@serve(router, operations.PUT_SKILL)
def put_skill(call: Call[SkillBody, NoQuery], skill_id: str) -> Response[str]:
    content = checked_skill(call.body.content, "content")
    rubric = None if call.body.rubric is None else checked_rubric(call.body.rubric)
    registration = Registration(call.body.name, rubric, call.body.checks)
    with database().transaction(call.tenant_id) as cursor:
        skill = postgres_skills.put_skill(cursor, skill_id, content, registration)
    assert skill.version_number is not None
    stored = Skill(
        id=skill.skill_id,
        name=skill.name,
        version_number=skill.version_number,
        content_sha256=skill.content_sha256,
        rubric=skill.rubric,
        checks=skill.checks,
        created_at=skill.created_at,
        updated_at=skill.updated_at,
    )
    return reply(stored, HTTPStatus.CREATED if skill.is_new else HTTPStatus.OK)
