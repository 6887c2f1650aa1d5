"""A small typed model of the environment for each function; read on first use, loud when something is missing."""

import os
from typing import Annotated, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, ValidationError

from skill_benchmark.domain.errors import MissingSetting
from skill_benchmark.domain.plan import ModelProvider

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}

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
            ours = "".join(f" ({part['ctx']['error']})" for part in error.errors() if part["type"] == "value_error")
            raise MissingSetting(f"{cls.__name__}: set {names} in the environment of the function{ours}") from error


def confidential_url(url: str) -> str:
    """The URL of a model API, to which the key and all texts are sent. Raises ValueError unless nobody can listen."""
    parts = urlsplit(url)
    if url and not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        raise ValueError("the base URL of the model API must begin with https://, or be on this machine's loopback")
    return url


class RecordsSettings(Settings):
    records_bucket: Required


class DatabaseSettings(Settings):
    database_secret_arn: Required
    database_host: str = ""
    """Empty where the secret holds the host."""


class ModelApiSettings(Settings):
    model_api_key_secret_arn: Required
    model_api_base_url: Annotated[str, AfterValidator(confidential_url)] = ""


class PreviewSettings(Settings):
    case_previews: bool = False
    """Whether state shows the first words of inputs, answers and judges' notes. Who reads executions reads them."""


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
    daily_calls_per_tenant: NonNegativeInt = 0
    """Calls that the runs of a tenant may plan in a day; 0 for no limit."""


class ApiSettings(Settings):
    tenant_caller_role_arns: str = ""
    """Comma separated ARNs of the roles and users that may name a tenant; nobody may where it is empty."""

    @property
    def callers(self) -> list[str]:
        return self.tenant_caller_role_arns.split(",")


class OwnerSettings(Settings):
    database_owner_secret_arn: Required


class RetentionSettings(Settings):
    result_retention_days: NonNegativeInt = 0
    """0: results are kept."""


class MigrateSettings(OwnerSettings):
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
