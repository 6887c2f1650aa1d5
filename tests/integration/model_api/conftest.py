"""For tests of handlers against a real server: a bucket in memory, and a plan in it."""

from tests.unit.functions.conftest import _settings_of_this_test, plan, store

__all__ = ["_settings_of_this_test", "plan", "store"]
