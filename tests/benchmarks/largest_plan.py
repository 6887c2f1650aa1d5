"""How long the start of the largest plan takes, and its preparation, by their functions, with their memory.

API Gateway gives a request 30 seconds, of which `start_run` needs the time below; Prepare Run has 15 minutes.

    python -m tests.benchmarks.largest_plan
"""

import json
import tempfile
import time
from pathlib import Path

import psutil

from local.http.gateway import request
from local.model_api import Fault, Latency, ModelApiProcess
from local.stack import EmbeddedStack, ModelApi
from skill_benchmark.domain.limits import MAX_CASES, MAX_PLAN_TEXT_BYTES

_BATCH = 500


def main() -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        ModelApiProcess(latency=Latency(median=0)) as model_api,
        EmbeddedStack(Path(folder), ModelApi("simulated", model_api.base_url, simulated=True)) as stack,
    ):
        # Nothing is to be bought: only the start is measured.
        model_api.set_faults(Fault(what="unauthorized", kinds=["check"]))
        size = MAX_PLAN_TEXT_BYTES // MAX_CASES
        request(stack, "PUT", "/v1/skills/large", body=json.dumps({"name": "Large", "content": "Repeat the input."}))
        text = '"é\n' * (size // 3)
        with stack.database.transaction("local") as cursor:
            for first in range(0, MAX_CASES, _BATCH):
                rows = [
                    ("large", f"{number} {text}"[: size * 3 // 4 - 40], "x" * 10)
                    for number in range(first, first + _BATCH)
                ]
                cursor.executemany(
                    "INSERT INTO skill_feedback (skill_id, feedback_type, status, example_input, expected_output) "
                    "VALUES (%s, 'training_example', 'accepted', %s, %s)",
                    rows,
                )
        begun = time.perf_counter()
        started = request(stack, "POST", "/v1/skills/large/runs", body="{}")
        seconds = time.perf_counter() - begun
        assert started.status == 202, started.body
        memory = stack.functions._sandboxes[stack.function_name("start_run")].process.pid
        peak = psutil.Process(memory).memory_info().rss / 1e6
        size_of_all = f"{MAX_CASES:,} test cases with {MAX_PLAN_TEXT_BYTES / 2**20:.0f} MiB of text"
        print(f"start of {size_of_all}: {seconds:.1f} s of 30 s")
        print(f"memory of start_run afterwards: {peak:.0f} MB of 1,024 MB")
        run_id = started.json()["run_id"]
        begun = time.perf_counter()
        while stack.is_unfinished(run_id):
            time.sleep(0.1)
        print(f"prepared, refused by the model API and ended: {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
