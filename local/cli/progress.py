"""Follows a run on screen, from the Map Run's own counts."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local.stack import EmbeddedStack

_SECONDS_A_LOOK = 0.2


class Interrupted(Exception):
    """Ctrl-C: the run was cancelled, and what had been done is kept."""


def follow(stack: EmbeddedStack, run_id: str, test_cases: int, console: Console) -> None:
    """Show a live bar until the execution has ended. On Ctrl-C cancels the run and raises Interrupted."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("test cases"),
        TimeElapsedColumn(),
        console=console,
    )
    with bar:
        task = bar.add_task("checking models", total=test_cases)
        try:
            while stack.workflow.status(stack.workflow.execution_arn(run_id)) == "RUNNING":
                if progress := stack.workflow.progress(stack.workflow.execution_arn(run_id)):
                    description = "writing to PostgreSQL" if progress.done == test_cases else "running"
                    bar.update(task, description=description, completed=progress.done)
                time.sleep(_SECONDS_A_LOOK)
        except KeyboardInterrupt:
            bar.update(task, description="cancelling")
            stack.cancel(run_id)
            raise Interrupted from None
