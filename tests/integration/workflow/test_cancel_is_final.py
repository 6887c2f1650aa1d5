"""A cancel at any moment: from the first answer that says how the run ended, no answer says anything else."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.http.response import Response
from skill_benchmark.domain.run_status import UNFINISHED
from tests.integration.api.client import Client
from tests.integration.conftest import JUDGE, MODELS, Service, cases

RUNS = 48
AT_ONCE = 6
SECONDS = 120


def everything(api: Client, run_id: str) -> dict[str, Any]:
    """All that the API says of a run."""
    run = api.get(f"/v1/runs/{run_id}")
    listed = next(item for item in api.get("/v1/skills/echo/runs", "limit=500").json()["items"] if item["id"] == run_id)
    return {
        "run": run.json(),
        "listed": listed,
        "etag": run.headers.get("etag"),
        "comparison": api.get(f"/v1/runs/{run_id}/comparison").json(),
        "results": api.get(f"/v1/runs/{run_id}/results", "limit=500").json(),
    }


def first_end(api: Client, run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + SECONDS
    while True:
        run = api.get(f"/v1/runs/{run_id}").json()
        if run["status"] not in UNFINISHED:
            return everything(api, run_id)
        assert time.monotonic() < deadline, "the run does not end"
        time.sleep(0.005)


def started(service: Service, number: int) -> Response:
    return service.start(cases(3), models=MODELS[:1], judges=[JUDGE], max_concurrency=1 + number % 3)


@pytest.fixture
def api(service: Service) -> Client:
    service.model_api.set_faults()
    return Client(service.stack, "local")


def test_what_is_said_first_of_the_end_of_a_cancelled_run_stays(service: Service, api: Client) -> None:
    # A run takes about a second here: from before its plan is read to after its row has ended.
    draw = random.Random(9)
    waits = [draw.choice([0.0, draw.uniform(0, 0.1), draw.uniform(0, 1.5)]) for _ in range(RUNS)]

    def cancelled(number: int) -> tuple[str, int, dict[str, Any]]:
        run_id = started(service, number).json()["run_id"]
        time.sleep(waits[number])
        status = api.send("POST", f"/v1/runs/{run_id}/cancel").status
        return run_id, status, first_end(api, run_id)

    with ThreadPoolExecutor(AT_ONCE) as clients:
        ends = list(clients.map(cancelled, range(RUNS)))
    time.sleep(1)  # what is in flight yet would come now
    statuses = Counter[str]()
    for run_id, status, first in ends:
        assert status in {202, 409}
        assert everything(api, run_id) == first
        run = first["run"]
        statuses[run["status"]] += 1
        assert run["status"] in ({"cancelled", "completed"} if status == 202 else {"completed"}), run
        of_list = {name: value for name, value in run.items() if name in first["listed"]}
        assert of_list == first["listed"]
        assert first["comparison"]["status"] == run["status"]
        scored = [result for result in first["results"]["items"] if result["outcome"] == "scored"]
        assert run["scored_results"] == len(scored)
        assert run["completed_at"] is not None
        assert (run["error_type"] is None) == (run["status"] == "completed")
    assert statuses["cancelled"] >= RUNS // 2


def test_a_run_that_is_cancelled_by_many_at_once_ends_once(service: Service, api: Client) -> None:
    run_id = started(service, 0).json()["run_id"]
    with ThreadPoolExecutor(AT_ONCE) as clients:
        answers = list(clients.map(lambda _: api.send("POST", f"/v1/runs/{run_id}/cancel"), range(AT_ONCE)))
    assert {answer.status for answer in answers} <= {202, 409}
    assert 202 in {answer.status for answer in answers}
    assert first_end(api, run_id)["run"]["status"] == "cancelled"
    again = api.send("POST", f"/v1/runs/{run_id}/cancel")
    assert (again.status, again.json()["type"]) == (409, "urn:skill-benchmark:problem:run-ended")


def test_a_run_that_is_stopped_says_so_until_what_it_had_finished_is_written(service: Service, api: Client) -> None:
    run_id = service.start(cases(60), max_concurrency=2).json()["run_id"]
    while api.get(f"/v1/runs/{run_id}").json()["status"] == "queued":
        time.sleep(0.01)
    assert api.send("POST", f"/v1/runs/{run_id}/cancel").status == 202
    seen = set[tuple[str, str | None]]()
    while (run := api.get(f"/v1/runs/{run_id}").json())["status"] in UNFINISHED:
        seen.add((run["status"], run["execution_status"]))
        assert run["completed_at"] is None
    assert seen <= {("running", "RUNNING"), ("running", "ABORTED")}
    assert (run["status"], run["execution_status"]) == ("cancelled", None)
    assert run["scored_results"] is not None
