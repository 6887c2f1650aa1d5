"""Check Models: a retired model or a bad key ends the run here, before anything is bought."""

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from skill_benchmark.composition import models
from skill_benchmark.domain.errors import AccessDenied, CallFailed, SpendLimitReached, UnknownModel
from skill_benchmark.measured_models import Models
from skill_benchmark.observability import logger, observed

SECONDS_A_CALL = 20


class CheckModelsTask(BaseModel):
    run_id: str
    models: list[str]
    judges: list[str]


@observed
def lambda_handler(event: dict[str, object], context: LambdaContext) -> dict[str, int]:
    task = CheckModelsTask.model_validate(event)
    api = models()
    names = list(dict.fromkeys([*task.models, *task.judges]))
    # The catalogue is free to ask, but not every server that speaks the Messages API has one. A model that it does
    # not list is asked first: if it is really unknown, the refusal costs nothing, and no other model was called yet.
    listed = {name: _is_listed(api, name) for name in names}
    for name in sorted(names, key=listed.__getitem__):
        _check(api, name, "models" if name in task.models else "judges")
    return {"checked": len(names)}


def _is_listed(api: Models, name: str) -> bool:
    try:
        return api.is_listed(name, timeout=SECONDS_A_CALL)
    except CallFailed:
        return False


def _check(api: Models, name: str, field: str) -> None:
    """Fail for what every call of the run would fail for; a model with a bad day is left to the run's own retries."""
    try:
        api.ping(name, timeout=SECONDS_A_CALL)
    except UnknownModel as error:
        raise UnknownModel(f"{field}: the provider has no model {name!r}, or has retired it ({error})") from error
    except AccessDenied as error:
        raise AccessDenied(f"{field}: the API key was refused for model {name!r} ({error})") from error
    except SpendLimitReached:
        raise
    except CallFailed as error:
        logger.warning("model check inconclusive", model=name, error_type=type(error).__name__, reason=str(error))
