"""The embedded stack, started once: real PostgreSQL, the real state machine, real HTTP to the stand-in."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import handlers

from local.bucket import BucketDirectory
from local.cli.run import all_results
from local.http.gateway import request
from local.http.response import Response
from local.model_api import Fault, Latency, ModelApiProcess
from local.stack import EmbeddedStack, ModelApi
from tests.recorded_calls import describe_stack, recording

MODELS = ["claude-sonnet-5-5", "claude-haiku-5-5"]
JUDGE = "claude-opus-5-5"
SECONDS_A_RUN = 240


@dataclass(frozen=True)
class FinishedRun:
    """A run that has ended, as the API gives it."""

    run: dict[str, Any]
    comparison: dict[str, Any]
    results: list[dict[str, Any]]

    def outcomes(self, model: str) -> list[str]:
        return [result["outcome"] for result in self.results if result["model_name"] == model]

    def summary(self, model: str) -> dict[str, Any]:
        [found] = [summary for summary in self.comparison["models"] if summary["model_name"] == model]
        return dict(found)


@dataclass(frozen=True)
class Service:
    """The stack and its model API, as a test uses them."""

    stack: EmbeddedStack
    model_api: ModelApiProcess

    def start(self, cases: list[dict[str, Any]], headers: dict[str, str] | None = None, **body: Any) -> Response:
        whole = {"skill_content": "Repeat the input.", "test_cases": cases, "models": MODELS, "judges": [JUDGE], **body}
        return request(self.stack, "POST", "/v1/skills/echo/runs", headers=headers, body=json.dumps(whole))

    def get(self, path: str) -> Any:
        path, _, query = path.partition("?")
        response = request(self.stack, "GET", path, query=query)
        assert response.status == 200, response.body
        return response.json()

    def wait(self, run_id: str) -> FinishedRun:
        self.wait_for_end(run_id)
        return self.finished(run_id)

    def wait_for_end(self, run_id: str, tenant: str = "local") -> None:
        deadline = time.monotonic() + SECONDS_A_RUN
        while self.stack.is_unfinished(run_id, tenant):
            assert time.monotonic() < deadline, "the run does not end"
            time.sleep(0.05)

    def finished(self, run_id: str) -> FinishedRun:
        run = self.get(f"/v1/runs/{run_id}")
        return FinishedRun(run, self.get(f"/v1/runs/{run_id}/comparison"), all_results(self.stack, run_id))

    def run(self, cases: list[dict[str, Any]], *faults: Fault, **body: Any) -> FinishedRun:
        """Start a run in which the faults happen, and wait for its end."""
        self.model_api.set_faults(*faults)
        started = self.start(cases, **body)
        assert started.status == 202, started.body
        return self.wait(started.json()["run_id"])

    def number_of_runs(self) -> int:
        """How many runs there are."""
        with self.database() as cursor:
            counted: int = cursor.execute("SELECT count(*) AS n FROM benchmark_runs").fetchone()["n"]
        return counted

    @contextmanager
    def database(self) -> Iterator[Any]:
        """A cursor that sees the rows of the local tenant, past the API."""
        with self.stack.database.transaction("local") as cursor:
            yield cursor


@pytest.fixture
def without_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test with objects of its own: clients that are made in it find no directory of another stack."""
    others = [
        found
        for found in handlers.BUILTIN_HANDLERS
        if not isinstance(getattr(found[1], "__self__", found[1]), BucketDirectory)
    ]
    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", others)
    # A session has the handlers that there were when it was made.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture(scope="session")
def service(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    option = pytestconfig.getoption("--record-calls")
    record_to = Path(option).resolve() if option else None
    with (
        recording(record_to) if record_to else nullcontext(),
        ModelApiProcess(latency=Latency(median=0), keep_requests=True) as model_api,
        EmbeddedStack(
            tmp_path_factory.mktemp("data"),
            ModelApi("simulated", model_api.base_url, simulated=True),
            pace=0.01,
        ) as stack,
    ):
        yield Service(stack, model_api)
        if record_to:
            describe_stack(record_to)


def cases(number: int) -> list[dict[str, Any]]:
    return [
        {"input": f"Please repeat the words of case {index}.", "expected_output": f"case {index}"}
        for index in range(number)
    ]
