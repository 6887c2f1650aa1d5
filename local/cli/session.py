"""The stack of one command, from its start to its end or Ctrl-C."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.cli.interrupts import Interruption, interrupts_noted
from local.cli.model_api import chosen_model_api
from local.cli.terminal import Terminal
from local.functions import stop_fork_server
from local.stack import EmbeddedStack


@dataclass(frozen=True)
class Session:
    stack: EmbeddedStack
    interruption: Interruption
    simulated: bool


@contextmanager
def session(data_dir: Path, console: Terminal) -> Iterator[Session]:
    """Start everything, saying so. Raises LocalError, and KeyboardInterrupt once all that had begun is stopped."""
    with interrupts_noted() as interruption, chosen_model_api() as model_api, ExitStack() as stopped:
        stopped.callback(stop_fork_server)
        status = console.status("starting PostgreSQL, the workflow engine and the functions …")
        with status, EmbeddedStack(data_dir, model_api) as stack:
            status.stop()
            interruption.check()
            yield Session(stack, interruption, model_api.simulated)
