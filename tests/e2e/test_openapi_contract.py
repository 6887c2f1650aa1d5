"""The OpenAPI document is enough: to attack the API with what it allows and forbids, and to write a client from."""

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.e2e.conftest import Command
from tests.e2e.test_serve import serving

EXAMPLES = 20


def test_nothing_that_is_sent_makes_the_api_break_its_own_document(command: Command) -> None:
    with serving(command) as (url, _):
        attacked = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/v1/openapi.json"),
                *("--header", "x-tenant-id: attacked", "--max-examples", str(EXAMPLES), "--seed", "1", "--no-color"),
                # The document cannot say that a cursor is of this very list, or that models times repeats has a limit.
                *("--exclude-checks", "positive_data_acceptance"),
            ],
            cwd=command.folder,
            env=command.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert attacked.returncode == 0, attacked.stdout[-6_000:] + attacked.stderr[-2_000:]
    assert re.search(r"\b([1-9]\d+) generated, \1 passed", attacked.stdout), attacked.stdout[-6_000:]


@dataclass(frozen=True)
class DocumentedClient:
    """Knows a URL and an OpenAPI document, and nothing else of the service."""

    url: str
    document: dict[str, Any]

    def call(self, operation_id: str, body: object = None, query: str = "", **path_parameters: str) -> Any:
        [(path, method)] = [
            (path, method)
            for path, operations in self.document["paths"].items()
            for method, operation in operations.items()
            if operation["operationId"] == operation_id
        ]
        request = Request(
            self.url + path.format(**path_parameters) + query,
            method=method.upper(),
            data=None if body is None else json.dumps(body).encode(),
            headers={"x-tenant-id": "a-client", "content-type": "application/json"},
        )
        try:
            with urlopen(request, timeout=60) as response:
                return json.loads(response.read())
        except HTTPError as error:
            raise AssertionError(f"{operation_id}: {error.code} {error.read().decode()}") from error

    def example(self, operation_id: str) -> Any:
        """The body that the document shows for an operation."""
        [operation] = [
            operation
            for operations in self.document["paths"].values()
            for operation in operations.values()
            if operation["operationId"] == operation_id
        ]
        reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        return self.document["components"]["schemas"][reference.rpartition("/")[2]]["examples"][0]


def test_a_client_written_from_the_document_alone_can_do_everything(command: Command) -> None:
    with serving(command) as (url, _):
        with urlopen(f"{url}/v1/openapi.json", timeout=60) as response:
            client = DocumentedClient(url, json.loads(response.read()))
        client.call("put_skill", client.example("put_skill"), skill_id="capitals")
        client.call("add_training_example", client.example("add_training_example"), skill_id="capitals")
        examples = client.call("list_training_examples", skill_id="capitals")["items"]
        assert [example["expected_output"] for example in examples] == ["Paris"]

        from_examples = client.call("start_run", {}, skill_id="capitals")["run_id"]
        as_documented = client.call("start_run", client.example("start_run"), skill_id="capitals")["run_id"]
        for run_id, answers in ((from_examples, 2), (as_documented, 12)):
            run = ended(client, run_id)
            assert (run["status"], run["planned_results"], run["scored_results"]) == ("completed", answers, answers)
            assert len(client.call("list_results", run_id=run_id)["items"]) == answers
            comparison = client.call("comparison", run_id=run_id)
            assert {model["model_name"] for model in comparison["models"]} == set(run["models"])

        history = client.call("list_runs", skill_id="capitals", query="?limit=1")
        assert [run["id"] for run in history["items"]] == [as_documented]
        latest = client.call("latest_run", skill_id="capitals")
        assert latest["run"]["id"] in {from_examples, as_documented}
        [today] = client.call("cost_trend", skill_id="capitals", query="?days=30")["items"]
        assert today["simulated"] is True
        assert today["cost_counted"] + today["cost_uncounted"] == today["measurements"] > 0
        [averages] = client.call("dimensions", skill_id="capitals")["overall"]
        assert (averages["runs"], averages["scored_results"]) == (2, 14)


def ended(client: DocumentedClient, run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while True:
        run: dict[str, Any] = client.call("get_run", run_id=run_id)
        if run["status"] not in {"queued", "running"}:
            return run
        assert run["progress"]["done"] <= run["progress"]["planned"]
        assert time.monotonic() < deadline
        time.sleep(0.2)
