"""A new release is deployed while a run is in flight."""

import signal
from collections.abc import Mapping

from local.model_api import ModelApiProcess
from tests.emulated.deploy import Sam, next_release
from tests.emulated.scenario import MODELS, Scenario


def update_in_flight(scenario: Scenario, sam: Sam, parameters: Mapping[str, str]) -> None:
    """a release that is deployed in the middle of a run is used by the next run, and by nothing of this one"""
    old = scenario.model_api
    old.set_faults()
    with ModelApiProcess() as new:
        run = scenario.start(6, models=MODELS)
        scenario.until_answered(2)
        # Nothing of the run may end before the deployment has, or the test would show nothing.
        old._process.send_signal(signal.SIGSTOP)
        try:
            sam.deploy(next_release(new.base_url), parameters)
        finally:
            old._process.send_signal(signal.SIGCONT)
        scenario.ended(run, "completed")
        assert not _bought(new), f"the run in flight called the new release: {_bought(new)}"
        assert _bought(old) == {"answer": 12, "verdict": 12}, _bought(old)
        scenario.ended(scenario.start(2), "completed")
        assert _bought(new) == {"answer": 2, "verdict": 2}, f"the next run called the old release: {_bought(new)}"


def _bought(model_api: ModelApiProcess) -> dict[str, int]:
    """Answers and verdicts that were asked for; the check of a model is neither."""
    counted: dict[str, int] = {}
    for name, times in model_api.calls().items():
        kind = name.partition(" ")[0]
        if kind != "check":
            counted[kind] = counted.get(kind, 0) + times
    return counted
