"""`skill-benchmark serve`: the API over real HTTP, and runs that survive the death of the server."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from local.model_api import Latency, ModelApiProcess
from tests.e2e.conftest import Command, interrupt

CASES = [{"input": f"case {index}", "expected_output": "x"} for index in range(20)]


@contextmanager
def serving(command: Command) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A server on a free port; gives its URL."""
    with command.begin("serve", "--port", "0") as process:
        try:
            assert process.stderr is not None
            line = ""
            while "listening on" not in line:
                line = process.stderr.readline()
                assert line, "the server ended"
            yield line.split("listening on ")[1].split(";")[0].split(" ")[0], process
        finally:
            if process.poll() is None:
                interrupt(process)
                process.communicate(timeout=60)


def call(url: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    request = Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json", **(headers or {})},
    )
    try:
        with urlopen(request, timeout=60) as response:
            return response.status, json.loads(response.read() or b"null")
    except HTTPError as error:
        return error.code, json.loads(error.read())


def wait_for_end(url: str, run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while True:
        status, run = call(f"{url}/v1/runs/{run_id}")
        assert status == 200, run
        if run["status"] not in {"queued", "running"}:
            return dict(run)
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_run_over_http(command: Command) -> None:
    with ModelApiProcess() as api, serving(command.with_model_api(api.base_url)) as (url, process):
        body = {"skill_content": "Repeat.", "test_cases": CASES[:2]}
        status, started = call(f"{url}/v1/skills/echo/runs", "POST", body)
        assert status == 202
        run = wait_for_end(url, started["run_id"])
        assert (run["status"], run["scored_results"]) == ("completed", 4)
        status, page = call(f"{url}/v1/runs/{run['id']}/results?limit=3")
        assert (status, len(page["items"])) == (200, 3)
        interrupt(process)
        process.communicate(timeout=60)
        assert process.returncode == 0


def test_a_run_in_flight_when_the_server_was_killed_goes_on_and_buys_nothing_twice(command: Command) -> None:
    with ModelApiProcess(latency=Latency(median=0.4)) as api:
        served = command.with_model_api(api.base_url)
        with serving(served) as (url, process):
            body = {"skill_content": "Repeat.", "test_cases": CASES, "max_concurrency": 4}
            _, started = call(f"{url}/v1/skills/echo/runs", "POST", body)
            answers = command.folder / ".skill-benchmark" / "objects" / "runs" / started["run_id"] / "answers"
            while len(list(answers.glob("*.json"))) < 10:
                time.sleep(0.05)
            os.kill(process.pid, signal.SIGKILL)
            process.communicate(timeout=60)
        with serving(served) as (url, _):
            run = wait_for_end(url, started["run_id"])
            assert (run["status"], run["scored_results"]) == ("completed", 40)
            assert run["execution_arn"].endswith(f"{started['run_id']}-2")
        calls = api.calls()
    assert sum(count for name, count in calls.items() if name.startswith("answer")) == 40
    assert sum(count for name, count in calls.items() if name.startswith("verdict")) == 40


def test_a_body_of_ten_megabytes_is_too_large_and_writes_nothing(command: Command) -> None:
    with serving(command) as (url, _):
        for megabytes in (7, 11):
            body = {"name": "long", "content": "x" * megabytes * 1_000_000}
            status, problem = call(f"{url}/v1/skills/long", "PUT", body)
            assert (status, problem["status"]) == (413, 413)
        status, problem = call(f"{url}/v1/skills/long/runs")
        assert status == 404, problem


def test_a_port_in_use_is_one_line(command: Command) -> None:
    with serving(command) as (url, _):
        port = url.rpartition(":")[2]
        ended = command("serve", "--port", port, "--data-dir", "another")
    assert ended.code == 2
    assert ended.err.splitlines()[-1].startswith(f"skill-benchmark: --host 127.0.0.1 --port {port}: ")
