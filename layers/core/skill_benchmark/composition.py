"""What the functions are put together from: each adapter with its settings, made on first use, kept while warm."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.adapters.anthropic_models import AnthropicModels
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.secrets import secret_text
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import TestCase
from skill_benchmark.domain.records import Brief
from skill_benchmark.domain.text import preview
from skill_benchmark.measured_models import MeasuredModels
from skill_benchmark.settings import ModelApiSettings, PreviewSettings, RecordsSettings, settings
from skill_benchmark.warm import kept_warm

_SECONDS_TO_RECORD = 5


@kept_warm
def brief_of(run_id: str) -> Brief:
    """Written once before the run begins, so that a warm function need not read it again."""
    return object_store().require(record_keys.brief(run_id), Brief)


@kept_warm
def case_of(run_id: str, case_index: int) -> TestCase:
    """As the brief; the branches of a case follow one another closely."""
    return object_store().require(record_keys.case(run_id, case_index), TestCase)


@kept_warm
def object_store() -> ObjectStore:
    return ObjectStore(settings(RecordsSettings).records_bucket)


def preview_of(text: str) -> str:
    """The first words of a text for the console; empty unless the deployment asks for them."""
    return preview(text) if settings(PreviewSettings).case_previews else ""


def seconds_for_a_call(context: LambdaContext) -> float:
    """What is left of the invocation, less the time that writing the record may take."""
    return context.get_remaining_time_in_millis() / 1000 - _SECONDS_TO_RECORD


def models() -> MeasuredModels:
    """Not kept: the secret is asked for its value each time, so that a rotated key is taken up."""
    api = settings(ModelApiSettings)
    return MeasuredModels(AnthropicModels(secret_text(api.model_api_key_secret_arn), api.model_api_base_url))
