"""`skill-benchmark fire`: what EventBridge does at night, now and on this machine."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from local.cli.exit_codes import FAILED
from local.cli.interrupts import Interruption, interrupts_noted
from local.cli.model_api import chosen_model_api
from local.cli.progress import follow
from local.errors import LocalError
from local.http_front import request
from local.stack import EmbeddedStack

_ENDED_WELL = {"completed", "completed_with_failures"}


def fire(event_file: Path | None, data_dir: Path) -> int:
    """Fire the template's schedules, or send `start_run` an event of a schedule, and wait for the runs.

    Returns 1 when a skill could not be run or a run failed. Raises LocalError for an event that is not JSON.
    """
    event = None if event_file is None else _read(event_file)
    console = Console(stderr=True)
    with interrupts_noted() as interruption, ExitStack() as closing:
        with console.status("starting PostgreSQL, the workflow engine and the functions …"):
            model_api = closing.enter_context(chosen_model_api())
            stack = closing.enter_context(EmbeddedStack(data_dir, model_api))
        interruption.check()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        if event is None:
            came = [stack.fire(schedule, now) for schedule in stack.schedules]
        else:
            came = [stack.invoke("start_run", event)]
        for refused in (refused for firing in came for refused in firing["not_started"]):
            console.print(f"{refused['skill_id']}: not started: {refused['reason']}", highlight=False, soft_wrap=True)
        started = [run for firing in came for run in firing["started"]]
        console.print(f"{len(started)} runs started", highlight=False)
        ended = [_followed(stack, run, console, interruption) for run in started]
    everything_ran = all(not firing["not_started"] for firing in came)
    return 0 if everything_ran and set(ended) <= _ENDED_WELL else FAILED


def _read(path: Path) -> dict[str, Any]:
    try:
        event = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LocalError(f"--event {path}: {error}") from error
    if not isinstance(event, dict) or "requestContext" in event:
        raise LocalError(f"--event {path}: should be what a schedule sends, as events/nightly_schedule.json is")
    return event


def _followed(stack: EmbeddedStack, started: dict[str, str], console: Console, interruption: Interruption) -> str:
    run = request(stack, "GET", f"/v1/runs/{started['run_id']}").json()
    follow(stack, run["id"], run["planned_cases"], console, interruption)
    interruption.check()
    run = request(stack, "GET", f"/v1/runs/{run['id']}").json()
    status: str = run["status"]
    Console().print(f"{started['skill_id']}  {run['id']}  {status}  best: {run['best_model'] or '-'}", highlight=False)
    return status
