"""Prepare Run: writes what the Map, the models and the judges of a run read."""

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from skill_benchmark.composition import object_store
from skill_benchmark.observability import observed
from skill_benchmark.settings import PreviewSettings, settings
from skill_benchmark.use_cases.prepare_run import prepare_run


class PrepareRunTask(BaseModel):
    run_id: str
    tenant_id: str


@observed
def lambda_handler(event: dict[str, object], context: LambdaContext) -> dict[str, int]:
    task = PrepareRunTask.model_validate(event)
    return {"cases": prepare_run(object_store(), task.run_id, previews=settings(PreviewSettings).case_previews)}
