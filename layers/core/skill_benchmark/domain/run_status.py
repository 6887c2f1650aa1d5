"""The statuses of a run."""

UNFINISHED = frozenset({"queued", "running"})
COMPLETED = frozenset({"completed", "completed_with_failures"})
"""Never changed again."""
RESUMABLE = frozenset({"failed", "cancelled"})
"""Ended before the plan did; what is missing can still be bought."""
