"""A whole local run against the stand-in at 200 ms a call: two models, one judge, at most 50 calls in flight."""

import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from local.model_api import Latency, ModelApiProcess

ROOT = Path(__file__).parents[2]
SECONDS_A_CALL = 0.2
IN_FLIGHT = 50
MODELS = "claude-sonnet-5-5,claude-haiku-5-5"


@dataclass
class Usage:
    """CPU seconds and memory of a process and all that it started, sampled."""

    root: psutil.Process
    cpu: dict[int, float] = field(default_factory=dict)
    peak_bytes: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.done.wait(0.2):
            resident = 0
            for process in self._family():
                try:
                    times = process.cpu_times()
                    self.cpu[process.pid] = times.user + times.system
                    # Unique memory: what forked processes share is counted once, with the process that has it.
                    resident += process.memory_full_info().uss
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
            self.peak_bytes = max(self.peak_bytes, resident)

    def _family(self) -> list[psutil.Process]:
        try:
            return [self.root, *self.root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def report(sizes: Sequence[int]) -> None:
    print(f"\na whole local run, {SECONDS_A_CALL * 1000:.0f} ms a call, 2 models, 1 judge, {IN_FLIGHT} calls in flight")
    print("  cases   ideal   the run   × ideal   command   × ideal   CPU a call   peak memory")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), size)


def _measure(folder: Path, size: int) -> None:
    ideal = 2 * math.ceil(2 * size / IN_FLIGHT) * SECONDS_A_CALL
    (folder / "skill.md").write_text("Repeat the input.\n", encoding="utf-8")
    lines = (
        json.dumps({"input": f"Please repeat the words of case {i}.", "expected_output": f"{i}"}) for i in range(size)
    )
    (folder / "cases.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with ModelApiProcess(latency=Latency(median=SECONDS_A_CALL)) as api:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "local.cli.main", "run", "--skill", "skill.md", "--cases", "cases.jsonl",
             "--models", MODELS, "--max-concurrency", str(IN_FLIGHT), "--json", "out.json"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | {
                "ANTHROPIC_API_KEY": "benchmark", "ANTHROPIC_BASE_URL": api.base_url,
                "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'core'}",
            },
        )  # fmt: skip
        usage = Usage(psutil.Process(process.pid))
        watching = threading.Thread(target=usage.watch)
        watching.start()
        code = process.wait()
        wall = time.perf_counter() - started
        usage.done.set()
        watching.join()
    document: dict[str, Any] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    run = document["run"]
    if code != 0 or run["scored_results"] != 2 * size:
        raise SystemExit(f"the run of {size} cases was not complete: {run['status']}")
    seconds = (datetime.fromisoformat(run["completed_at"]) - datetime.fromisoformat(run["created_at"])).total_seconds()
    cpu = sum(usage.cpu.values()) / (4 * size) * 1000
    print(
        f"  {size:5}  {ideal:5.1f} s  {seconds:6.1f} s  {seconds / ideal:6.2f} ×  {wall:6.1f} s  {wall / ideal:6.2f} ×"
        f"  {cpu:8.1f} ms  {usage.peak_bytes / 1e6:8.0f} MB",
        flush=True,
    )
