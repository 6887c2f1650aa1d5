"""How long each handler takes to import in a fresh process, beside the bare `boto3` import."""

import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_RUNS = 5


def seconds_to_import(module: str) -> float:
    """Of the import alone, without the start of the interpreter; the median of several fresh processes."""
    program = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    path = f"{ROOT}:{ROOT / 'layers' / 'core'}"
    command = [sys.executable, "-c", program]
    taken = [
        float(subprocess.run(command, env={"PYTHONPATH": path}, check=True, capture_output=True).stdout)
        for _ in range(_RUNS)
    ]
    return statistics.median(taken)


def report() -> None:
    bare = seconds_to_import("boto3")
    print(f"\nimport of a handler in a fresh process (median of {_RUNS}); boto3 alone takes {bare:.2f} s")
    for app in sorted((ROOT / "functions").glob("*/app.py")):
        seconds = seconds_to_import(f"functions.{app.parent.name}.app")
        print(f"  {app.parent.name:<14} {seconds:5.2f} s  {seconds / bare:4.1f} × boto3")
    print(f"  {'(anthropic)':<14} {seconds_to_import('anthropic'):5.2f} s  on the first call of a model, not at import")
