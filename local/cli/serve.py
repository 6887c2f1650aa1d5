"""`skill-benchmark serve`: the HTTP API until interrupted; runs survive a restart."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from local.cli.interrupts import Interruption, interrupts_noted
from local.cli.model_api import chosen_model_api
from local.errors import LocalError
from local.resume import resume_unfinished
from local.serve import HttpApi
from local.stack import EmbeddedStack

_SECONDS_A_LOOK = 0.2


def serve(host: str, port: int, data_dir: Path) -> int:
    """Returns 0 when interrupted. Raises LocalError when the address is not to be had."""
    console = Console(stderr=True)
    with interrupts_noted() as interruption, ExitStack() as closing:
        with console.status("starting PostgreSQL, the workflow engine and the functions …"):
            model_api = closing.enter_context(chosen_model_api())
            stack = closing.enter_context(EmbeddedStack(data_dir, model_api))
        interruption.check()
        for run in resume_unfinished(stack):
            console.print(f"run {run.run_id} {'goes on' if run.goes_on else 'had not begun: failed'}", highlight=False)
        asyncio.run(_listen(HttpApi(stack), host, port, console, interruption, simulated=model_api.simulated))
    return 0


async def _listen(
    api: HttpApi, host: str, port: int, console: Console, interruption: Interruption, *, simulated: bool
) -> None:
    try:
        async with api.listening(host, port) as url:
            answered_by = " (simulated: no API key is set)" if simulated else ""
            console.print(f"listening on {url}{answered_by}; Ctrl-C stops", highlight=False, soft_wrap=True)
            while not interruption.came:
                await asyncio.sleep(_SECONDS_A_LOOK)
    except OSError as error:
        raise LocalError(f"--host {host} --port {port}: {error.strerror or error}; choose another") from error
