"""Ctrl-C as something to ask for between two steps.

As an exception it comes between any two instructions, also inside an import or a lock that other threads then wait for
for ever.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Whether Ctrl-C was pressed, or the process was told to end."""

    def __init__(self) -> None:
        self.came = False

    def check(self) -> None:
        """Raise KeyboardInterrupt, here and not elsewhere, when it came."""
        if self.came:
            raise KeyboardInterrupt

    def note(self, *_: object) -> None:
        self.came = True


@contextmanager
def interrupts_noted() -> Iterator[Interruption]:
    """Only note signals meanwhile. What fails after one, fails by it: the terminal sends it to other processes too."""
    interruption = Interruption()
    before = {number: signal.signal(number, interruption.note) for number in _NUMBERS}
    try:
        yield interruption
    except Exception:
        interruption.check()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
