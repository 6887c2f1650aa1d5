"""`/v1/skills/{skill_id}/training-examples`: the test cases that a skill has."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from skill_benchmark.adapters import postgres_skills
from skill_benchmark.api import cursors, operations, pages
from skill_benchmark.api.calls import Call, new_router, reply, serve
from skill_benchmark.api.shapes.requests import NoBody, NoQuery, PageQuery, TrainingExampleBody
from skill_benchmark.api.shapes.skills import TrainingExample, TrainingExamplePage
from skill_benchmark.domain.errors import InvalidInput
from skill_benchmark.domain.plan import PlannedCase, TestCase, checked_cases
from skill_benchmark.warm_database import database

router = new_router()


@serve(router, operations.ADD_TRAINING_EXAMPLE)
def add_training_example(call: Call[TrainingExampleBody, NoQuery], skill_id: str) -> Response[str]:
    case = _as_test_case(call.body)
    with database().transaction(call.tenant_id) as cursor:
        row = postgres_skills.add_training_example(cursor, skill_id, case)
    return reply(pages.alone(TrainingExample.model_validate(row)), HTTPStatus.CREATED)


@serve(router, operations.LIST_TRAINING_EXAMPLES)
def list_training_examples(call: Call[NoBody, PageQuery], skill_id: str) -> Response[str]:
    after = cursors.TRAINING_EXAMPLES.read(call.query.cursor, skill_id)
    with database().transaction(call.tenant_id) as cursor:
        rows, more = postgres_skills.training_examples_page(cursor, skill_id, after=after, limit=call.query.limit)
    items, next_cursor = pages.page(
        [TrainingExample.model_validate(row) for row in rows],
        lambda last: cursors.TRAINING_EXAMPLES.at(skill_id, (last.created_at, last.id)),
        more=more,
    )
    return reply(TrainingExamplePage(items=items, next_cursor=next_cursor))


def _as_test_case(body: TrainingExampleBody) -> PlannedCase:
    """An example that could not be run later is refused now, by the rules of a run."""
    try:
        asked = TestCase(input=body.example_input, expected_output=body.expected_output, checks=body.checks)
        [case] = checked_cases([asked])
    except InvalidInput as error:
        raise InvalidInput("example_input", error.message) from error
    if not (case.expected_output or "").strip():
        raise InvalidInput("expected_output", "is blank; it should be the answer that is right for the input")
    return case
