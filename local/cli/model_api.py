"""Who answers: the real API when there is a key, the stand-in otherwise."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from local.errors import LocalError
from local.model_api import ModelApiProcess
from local.stack import ModelApi
from skill_benchmark.settings import confidential_url


@contextmanager
def chosen_model_api() -> Iterator[ModelApi]:
    """The key and URL of the environment, as the SDK reads them; a stand-in of our own for as long as it is needed.

    The key leaves the environment: no process that is started from now on inherits it.
    """
    if key := os.environ.pop("ANTHROPIC_API_KEY", ""):
        try:
            base_url = confidential_url(os.environ.get("ANTHROPIC_BASE_URL", ""))
        except ValueError as error:
            raise LocalError(f"ANTHROPIC_BASE_URL: {error}") from error
        yield ModelApi(api_key=key, base_url=base_url, simulated=False)
        return
    with ModelApiProcess() as stand_in:
        yield ModelApi(api_key="simulated", base_url=stand_in.base_url, simulated=True)
