"""The statuses of a run, and who may change them."""

from dataclasses import dataclass

UNFINISHED = frozenset({"queued", "running"})
COMPLETED = frozenset({"completed", "completed_with_failures"})
"""Never changed again."""
RESUMABLE = frozenset({"failed", "cancelled"})
"""Ended before the plan did; what is missing can still be bought."""


@dataclass(frozen=True)
class Attempt:
    """An execution of a run from its start, or from a redrive, to its end."""

    execution_arn: str | None
    """None where it is not known."""
    redrives: int
    """How often the execution had been redriven by then."""
