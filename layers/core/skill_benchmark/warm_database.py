"""The database of a function and what stands on it, with their settings, made on first use and kept while warm.

Apart from `composition`, because the functions that call models are shipped without a PostgreSQL driver.
"""

from typing import Any

from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.secrets import secret_object
from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.settings import AdmissionSettings, DatabaseSettings, WorkflowSettings, settings
from skill_benchmark.use_cases.share_places import PlaceSharer
from skill_benchmark.warm import kept_warm


@kept_warm
def database() -> Database:
    return Database(_secret, fresh_secret=lambda: _secret(fresh=True))


@kept_warm
def workflow_engine() -> WorkflowEngine:
    return WorkflowEngine(settings(WorkflowSettings).state_machine_arn)


@kept_warm
def place_sharer() -> PlaceSharer:
    admission = settings(AdmissionSettings)
    return PlaceSharer(database(), workflow_engine(), admission.model_provider, admission.model_call_concurrency)


def _secret(*, fresh: bool = False) -> dict[str, Any]:
    read = settings(DatabaseSettings)
    secret = secret_object(read.database_secret_arn, fresh=fresh)
    # A proxy is made from the secret, so that the secret cannot hold the proxy's host.
    return secret | {"host": read.database_host} if read.database_host else secret
