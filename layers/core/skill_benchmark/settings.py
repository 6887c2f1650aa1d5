"""A small typed model of the environment for each function; read on first use, loud when something is missing."""

import os
from typing import Annotated, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from skill_benchmark.domain.errors import MissingSetting
from skill_benchmark.domain.plan import ModelProvider

Required = Annotated[str, Field(min_length=1)]


class Settings(BaseModel):
    """Fields are environment variables in lower case. An environment of a warm function does not change."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def read(cls) -> Self:
        """Raises MissingSetting with the names of the variables that are absent or malformed."""
        environment = {name: os.environ[name.upper()] for name in cls.model_fields if name.upper() in os.environ}
        try:
            return cls.model_validate(environment)
        except ValidationError as error:
            names = ", ".join(sorted({str(part["loc"][0]).upper() for part in error.errors()}))
            raise MissingSetting(f"{cls.__name__}: set {names} in the environment of the function") from error


class RecordsSettings(Settings):
    records_bucket: Required


class DatabaseSettings(Settings):
    database_secret_arn: Required


class ModelApiSettings(Settings):
    model_api_key_secret_arn: Required
    model_api_base_url: str = ""


class WorkflowSettings(Settings):
    state_machine_arn: Required


class AdmissionSettings(Settings):
    model_provider: ModelProvider = "anthropic"
    model_call_concurrency: PositiveInt
    """Calls in flight that the provider's limit allows to all runs together."""


class StartRunSettings(AdmissionSettings):
    default_models: Required
    """Comma separated model ids."""
    default_judges: Required


class MigrateSettings(Settings):
    database_owner_secret_arn: Required
    database_secret_arn: Required


S = TypeVar("S", bound=Settings)
_read: dict[type[Settings], Settings] = {}


def settings(kind: type[S]) -> S:
    """The settings of one kind, read once a process."""
    if kind not in _read:
        _read[kind] = kind.read()
    found = _read[kind]
    assert isinstance(found, kind)
    return found


def forget_settings() -> None:
    """For a test that changes the environment."""
    _read.clear()
