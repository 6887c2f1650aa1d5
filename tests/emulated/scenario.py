"""The steps in the order in which they are played."""

from collections.abc import Callable

from tests.emulated import calling, operating
from tests.emulated.stack import Stack

Step = Callable[[Stack], None]

STEPS: list[Step] = [
    operating.migrate,
    calling.reach,
    calling.whole_run,
    calling.reports,
    calling.rejudge,
    calling.rejudge_expired,
    calling.throttled,
    calling.recorded_failures,
    calling.refused_key,
    calling.cancel_and_resume,
    calling.share,
    operating.nightly,
    operating.reconcile,
    operating.expire,
    operating.erase,
    operating.lost_events,
]


def play(stack: Stack, steps: list[Step], say: Callable[[str], None]) -> None:
    """Play steps; raises AssertionError at the first expectation that does not hold, and Denied."""
    for step in steps:
        stack.forgive()
        try:
            step(stack)
            stack.check_denials()
        finally:
            stack.model_api.set_faults()
        say(f"proved: {step.__doc__}")
