"""Read API: everything that the main app asks for, except the start of a run."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.api import health, judges, openapi, plans, reports, results, runs, skills, training_examples
from skill_benchmark.api.resolver import ApiResolver
from skill_benchmark.observability import observed

app = ApiResolver()
for noun in (skills, training_examples, runs, results, judges, reports, plans, health, openapi):
    app.include_router(noun.router)


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
