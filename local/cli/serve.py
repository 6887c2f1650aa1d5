"""`skill-benchmark serve`: the HTTP API until interrupted; runs survive a restart."""

import asyncio
from pathlib import Path

from local.cli.session import Session, session
from local.cli.terminal import Terminal
from local.errors import LocalError
from local.http.api import HttpApi
from local.resume import resume_unfinished
from local.sweep import swept

_SECONDS_A_LOOK = 0.2
_FATES = {"resumes": "resumes", "failed": "failed", "left": "is left unfinished"}


def serve(host: str, port: int, data_dir: Path) -> int:
    """Returns 0 when interrupted. Raises LocalError when the address is not to be had."""
    console = Terminal(stderr=True)
    with session(data_dir, console) as current:
        for run in resume_unfinished(current.stack, simulated=current.simulated):
            said = f"run {run.run_id} {_FATES[run.fate]}" + (f": {run.why}" if run.why else "")
            console.print(said, highlight=False, soft_wrap=True)
        asyncio.run(_listen(HttpApi(current.stack, host), host, port, console, current))
    return 0


async def _listen(api: HttpApi, host: str, port: int, console: Terminal, current: Session) -> None:
    try:
        async with api.listening(port) as url, swept(current.stack, console):
            answered_by = " (simulated: no API key is set)" if current.simulated else ""
            console.print(f"listening on {url}{answered_by}; Ctrl-C stops", highlight=False, soft_wrap=True)
            while not current.interruption.came:
                await asyncio.sleep(_SECONDS_A_LOOK)
    except OSError as error:
        raise LocalError(f"--host {host} --port {port}: {error.strerror or error}; choose another") from error
