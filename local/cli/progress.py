"""Follows a run on screen, from the Map Run's own counts."""

import time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local.cli.interrupts import Interruption
from local.cli.terminal import Terminal
from local.stack import EmbeddedStack

_SECONDS_A_LOOK = 0.2


def follow(stack: EmbeddedStack, run_id: str, test_cases: int, console: Terminal, interruption: Interruption) -> bool:
    """Show a live bar until the run has ended. On Ctrl-C cancels the run, keeps what is done, returns False."""
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
        while stack.is_unfinished(run_id):
            if interruption.came:
                bar.update(task, description="cancelling")
                stack.cancel(run_id)
                return False
            if progress := stack.workflow.progress(stack.execution_of(run_id)):
                description = "writing to PostgreSQL" if progress.done == test_cases else "running"
                bar.update(task, description=description, completed=progress.done)
            time.sleep(_SECONDS_A_LOOK)
    return True
