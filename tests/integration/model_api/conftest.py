"""For tests of handlers against a real server: a bucket in memory, and a plan in it."""

import pytest

from tests.unit.functions.conftest import _settings_of_this_test, plan, store

__all__ = ["_settings_of_this_test", "plan", "store"]


@pytest.fixture(autouse=True)
def _no_directory_of_another_stack(without_buckets: None) -> None:
    """The bucket in memory is the one that is asked."""
