"""What the functions are put together from: each adapter with its settings, made on first use, kept while warm."""

from functools import lru_cache

from skill_benchmark.adapters.anthropic_models import AnthropicModels
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.secrets import secret_text
from skill_benchmark.settings import ModelApiSettings, RecordsSettings, settings


@lru_cache
def object_store() -> ObjectStore:
    return ObjectStore(settings(RecordsSettings).records_bucket)


def models() -> AnthropicModels:
    """Not kept: the secret is asked for its value each time, so that a rotated key is taken up."""
    api = settings(ModelApiSettings)
    return AnthropicModels(secret_text(api.model_api_key_secret_arn), api.model_api_base_url)
