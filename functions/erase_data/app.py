"""Erase Data: deletes a skill, or all of a tenant, from S3 and PostgreSQL. Only a person invokes it."""

from typing import Any, Self

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ConfigDict, Field, model_validator

from skill_benchmark.adapters.postgres import connect
from skill_benchmark.adapters.secrets import secret_object
from skill_benchmark.composition import object_store
from skill_benchmark.domain.errors import InvalidInput
from skill_benchmark.observability import logger, observed
from skill_benchmark.settings import OwnerSettings, settings
from skill_benchmark.use_cases.erase_data import Eraser


class EraseDataTask(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tenant_id: str = Field(min_length=1)
    skill_id: str | None = Field(default=None, min_length=1)
    confirm: str
    """The id of what is erased, once more: of the skill, or of the tenant where no skill is named."""

    @model_validator(mode="after")
    def _confirmed(self) -> Self:
        if self.confirm != (self.skill_id or self.tenant_id):
            raise InvalidInput("confirm", "should repeat the id of what is erased: the skill_id, or else the tenant_id")
        return self


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = EraseDataTask.model_validate(event)
    with connect(secret_object(settings(OwnerSettings).database_owner_secret_arn, fresh=True)) as connection:
        eraser = Eraser(connection, object_store(), lambda: context.get_remaining_time_in_millis() / 1000)
        erased = eraser.erase(task.tenant_id, task.skill_id).model_dump()
    logger.info("erased", tenant_id=task.tenant_id, skill_id=task.skill_id, **erased)
    return erased
