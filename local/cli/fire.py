"""`skill-benchmark fire`: what EventBridge does at night, now and on this machine."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.cli.exit_codes import FAILED, exit_code_of
from local.cli.progress import follow
from local.cli.session import Session, session
from local.cli.terminal import Terminal
from local.errors import LocalError
from local.http.gateway import request


def fire(event_file: Path | None, data_dir: Path, min_scored: float) -> int:
    """Fire the template's schedules of runs, or send `start_run` an event of a schedule, and wait for the runs.

    Returns 1 when a skill could not be run, or a run failed or scored less than the share `min_scored` of its planned
    results. Raises LocalError for an event that is not JSON.
    """
    event = None if event_file is None else _read(event_file)
    console = Terminal(stderr=True)
    with session(data_dir, console) as current:
        stack = current.stack
        now = datetime.now(UTC).isoformat(timespec="seconds")
        if event is None:
            came = [stack.fire(schedule, now) for schedule in stack.schedules if schedule.folder == "start_run"]
        else:
            came = [stack.invoke("start_run", event)]
        for refused in (refused for firing in came for refused in firing["not_started"]):
            console.print(f"{refused['skill_id']}: not started: {refused['reason']}", highlight=False, soft_wrap=True)
        started = [run for firing in came for run in firing["started"]]
        console.print(f"{len(started)} runs started", highlight=False)
        reasons = [_followed(current, run, console, min_scored) for run in started]
    everything_ran = all(not firing["not_started"] for firing in came)
    return 0 if everything_ran and not any(reasons) else FAILED


def _read(path: Path) -> dict[str, Any]:
    try:
        event = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LocalError(f"--event {path}: {error}") from error
    if not isinstance(event, dict) or "requestContext" in event:
        raise LocalError(f"--event {path}: should be what a schedule sends, as events/nightly_schedule.json is")
    return event


def _followed(current: Session, started: dict[str, str], console: Terminal, min_scored: float) -> str | None:
    """Follow a run to its end and print that. Returns why it did not end well, or None."""
    stack = current.stack
    run = request(stack, "GET", f"/v1/runs/{started['run_id']}").json()
    follow(stack, run["id"], run["planned_cases"], console, current.interruption)
    current.interruption.check()
    run = request(stack, "GET", f"/v1/runs/{run['id']}").json()
    _, reason = exit_code_of(run, min_scored)
    for line in outcome_lines(started["skill_id"], run, reason):
        Terminal().print(line, highlight=False, soft_wrap=True, markup=False)
    return reason


def outcome_lines(skill_id: str, run: dict[str, Any], reason: str | None) -> list[str]:
    """How a run ended, and under it what its best model must not be taken for."""
    lines = [f"{skill_id}  {run['id']}  {run['status']}  best: {run['best_model'] or '-'}"]
    if reason:
        lines[0] += f"  {reason}"
    if run["best_model_tied_with"]:
        lines.append(f"  not shown to be better than {', '.join(run['best_model_tied_with'])}")
    if run["ranking_basis"] not in {None, "means"}:
        lines.append(f"  ranked by {run['ranking_basis']}")
    lines += [f"  warning: {warning}" for warning in run["warnings"]]
    return lines
