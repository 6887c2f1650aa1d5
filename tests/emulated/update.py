"""A new release is deployed while a run is in flight."""

import signal
from collections.abc import Mapping

from local.model_api import ModelApiProcess
from tests.emulated.deploy import Sam, next_release
from tests.emulated.stack import MODELS, Stack, bought


def update_in_flight(stack: Stack, sam: Sam, parameters: Mapping[str, str]) -> None:
    """a release that is deployed in the middle of a run is used by the next run, and by nothing of this one"""
    old = stack.model_api
    old.set_faults()
    with ModelApiProcess() as new:
        run = stack.start(6, models=MODELS)
        stack.until_answered(2)
        # Nothing of the run may end before the deployment has, or this would show nothing.
        old._process.send_signal(signal.SIGSTOP)
        try:
            sam.deploy(next_release(new.base_url), parameters)
        finally:
            old._process.send_signal(signal.SIGCONT)
        stack.ended(run, "completed")
        assert bought(new) == {"answer": 0, "verdict": 0}, f"the run in flight called the new release: {bought(new)}"
        assert bought(old) == {"answer": 12, "verdict": 12}, bought(old)
        stack.ended(stack.start(2), "completed")
        assert bought(new) == {"answer": 2, "verdict": 2}, f"the next run called the old release: {bought(new)}"
