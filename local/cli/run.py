"""One benchmark from the request to the table: what `skill-benchmark run` does."""

import json
from typing import Any

from local.cli import json_file, report
from local.cli.exit_codes import FAILED, exit_code_of
from local.cli.inputs import RunArguments, read_inputs
from local.cli.progress import follow
from local.cli.session import session
from local.cli.terminal import Terminal
from local.errors import LocalError
from local.http.gateway import request
from local.http.response import Response
from local.stack import EmbeddedStack


def run(arguments: RunArguments) -> int:
    """Returns the exit code. Raises LocalError or InvalidInput for what can be told before anything is bought."""
    inputs = read_inputs(arguments)
    console = Terminal(stderr=True)
    with session(arguments.data_dir, console) as current:
        stack = current.stack
        started = body_of(request(stack, "POST", f"/v1/skills/{inputs.skill_id}/runs", body=json.dumps(inputs.body)))
        run_id = started["run_id"]
        cancelled = not follow(stack, run_id, len(inputs.body["test_cases"]), console, current.interruption)
        document = {
            "run": _get(stack, f"/v1/runs/{run_id}"),
            "comparison": _get(stack, f"/v1/runs/{run_id}/comparison"),
            "results": all_results(stack, run_id),
        }
        if arguments.json_file:
            json_file.write(arguments.json_file, document)
        report.show(Terminal(), document, saved_in=arguments.data_dir, json_file=arguments.json_file)
    if cancelled:
        status = document["run"]["status"]
        console.print(f"skill-benchmark: interrupted; run {run_id} is {status}, what was done is kept", soft_wrap=True)
        return FAILED
    code, reason = exit_code_of(document["run"], arguments.min_scored)
    if reason:
        console.print(f"skill-benchmark: {reason}", soft_wrap=True, highlight=False, markup=False)
    return code


def all_results(stack: EmbeddedStack, run_id: str) -> list[dict[str, Any]]:
    """Every page of the run's results."""
    results: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = _get(stack, f"/v1/runs/{run_id}/results", query="limit=500" + (f"&cursor={cursor}" if cursor else ""))
        results += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return results


def _get(stack: EmbeddedStack, path: str, query: str = "") -> Any:
    return body_of(request(stack, "GET", path, query=query))


def body_of(response: Response) -> Any:
    """Raises LocalError with the words of a problem."""
    body = response.json()
    if response.status >= 400:
        raise LocalError("; ".join(error["detail"] for error in body.get("errors", [])) or body["detail"])
    return body
