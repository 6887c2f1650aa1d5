"""What the command tells the shell; 0 is a run that ended with enough of its results scored."""

from typing import Any

FAILED = 1
BAD_INPUT = 2

DEFAULT_MIN_SCORED = 0.5

# The run never began, for a reason that the person who asked for it can remove.
_CORRECTABLE = {"UnknownModel", "AccessDenied"}


def exit_code_of(run: dict[str, Any], min_scored: float) -> tuple[int, str | None]:
    """The exit code of a run that has ended, and why it is not 0. `min_scored` is a share of the planned results."""
    if run["status"] not in {"completed", "completed_with_failures"}:
        return (BAD_INPUT if run["error_type"] in _CORRECTABLE else FAILED), run["error_message"]
    scored, planned = run["scored_results"], run["planned_results"]
    # Not by a product: 0.55 of 100 is more than 55 in floating point.
    if scored / planned < min_scored:
        return FAILED, (
            f"{scored} of {planned} planned results were scored, and --min-scored asks for a share of {min_scored:g}"
        )
    return 0, None
