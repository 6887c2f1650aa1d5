"""Memory of one embedded stack over many small runs, one after the other: what a run leaves behind."""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from local.http.gateway import request
from local.model_api import Latency, ModelApiProcess
from local.stack import EmbeddedStack, ModelApi

CASES = 10
_WARM_UP = 25
"""Runs after which the interpreter keeps no more ended executions than it had."""


def report(runs: int) -> None:
    print(f"\n{runs} runs of {CASES} test cases in a row, after {_WARM_UP} to warm up; unique memory")
    with tempfile.TemporaryDirectory() as folder:
        measured = list(_megabytes(Path(folder), _WARM_UP + runs))[_WARM_UP - 1 :]
    for name, index in (("the stack", 0), ("its functions", 1)):
        first, last = measured[0][index], measured[-1][index]
        print(f"  {name:14} {first:6.1f} MB → {last:6.1f} MB, {(last - first) / runs:6.3f} MB a run", flush=True)


def _megabytes(folder: Path, runs: int) -> Iterator[tuple[float, float]]:
    """Of the process of the stack and of all that it has started, after each run."""
    cases = [{"input": f"Repeat case {index}.", "expected_output": f"case {index}"} for index in range(CASES)]
    body = json.dumps({"skill_content": "Repeat the input.", "test_cases": cases})
    with (
        ModelApiProcess(latency=Latency(median=0)) as api,
        EmbeddedStack(folder, ModelApi("simulated", api.base_url, simulated=True)) as stack,
    ):
        for _ in range(runs):
            started = request(stack, "POST", "/v1/skills/echo/runs", body=body).json()
            while stack.is_unfinished(started["run_id"]):
                time.sleep(0.02)
            own = psutil.Process()
            functions = [one for one in own.children(recursive=True) if "forkserver" in " ".join(one.cmdline())]
            yield _unique([own]), _unique(functions)


def _unique(processes: list[psutil.Process]) -> float:
    return float(sum(one.memory_full_info().uss for one in processes) / 1e6)
