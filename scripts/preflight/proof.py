"""After the deployment: a benchmark of two cases through the API, and everything that it left taken away again."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from scripts.preflight.deployment import Deployment
from scripts.preflight.findings import Finding, ok, problem

TENANT = "preflight"

_CASES = [
    {"input": "The capital of Spain", "expected_output": "Madrid"},
    {"input": "The capital of Norway", "expected_output": "Oslo"},
]
_SECONDS_TO_END = 600
_UNFINISHED = {"queued", "running"}

Call = Callable[..., tuple[int, Any]]
Erase = Callable[[str], str | None]


def prove(
    api: Call, deployment: Deployment, erase: Erase, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Finding]:
    """Run it on the first of the default models and judges; `erase` deletes a skill and returns why it could not."""
    status, health = api("GET", "/v1/health")
    if status != 200 or not health["database_reachable"]:
        yield problem("API", f"GET /v1/health answered {status}: {health}")
        return
    yield ok("API", f"version {health['version']} answers and reaches its database")
    skill = f"preflight-{uuid4().hex[:12]}"
    try:
        yield from _benchmark(api, deployment, skill, sleep)
    finally:
        failure = erase(skill)
    if failure:
        yield problem("benchmark", f"the skill {skill} of the tenant {TENANT} could not be erased: {failure}")
    else:
        yield ok("benchmark", "all that this left is erased")


def _benchmark(api: Call, deployment: Deployment, skill: str, sleep: Callable[[float], None]) -> Iterator[Finding]:
    status, answer = api("PUT", f"/v1/skills/{skill}", {"name": "Preflight", "content": "Answer with one word."})
    if status not in {200, 201}:
        yield problem("benchmark", f"PUT /v1/skills/{skill} answered {status}: {answer}")
        return
    body = {
        "test_cases": _CASES,
        "models": deployment.listed("DefaultModels")[:1],
        "judges": deployment.listed("DefaultJudges")[:1],
    }
    status, answer = api("POST", f"/v1/skills/{skill}/runs", body, idempotency_key=skill)
    if status != 202:
        yield problem("benchmark", f"POST /v1/skills/{skill}/runs answered {status}: {answer}")
        return
    run = _ended(api, answer["run_id"], sleep)
    if run["status"] != "completed" or run["scored_results"] != len(_CASES):
        yield problem(
            "benchmark",
            f"the run {run['id']} is {run['status']} with {run['scored_results']} of 2 results "
            f"scored: {run.get('error_message')}; see docs/operations.md",
        )
        return
    who = "the stand-in" if run["simulated"] else f"{run['models'][0]} and {run['judges'][0]}"
    cost = (run["model_cost_microcents"] or 0) + (run["judge_cost_microcents"] or 0)
    yield ok("benchmark", f"two cases were answered and judged by {who} for ${cost / 100_000_000:.4f}")


def _ended(api: Call, run_id: str, sleep: Callable[[float], None]) -> dict[str, Any]:
    for _ in range(_SECONDS_TO_END):
        status, run = api("GET", f"/v1/runs/{run_id}")
        if status == 200 and run["status"] not in _UNFINISHED:
            break
        sleep(1)
    ended: dict[str, Any] = {"id": run_id, "status": f"answered with {status}", "scored_results": None, **run}
    return ended
