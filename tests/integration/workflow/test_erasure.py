"""Erasure through its function: the run is gone from the API, the database and the bucket."""

import json
import time
from uuid import uuid4

import pytest

from local.errors import InvocationFailed
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.run_status import UNFINISHED
from tests.integration.api.client import Client, assert_problem
from tests.integration.conftest import JUDGE, MODELS, SECONDS_A_RUN, Service, cases


def wait_for_end(api: Client, run_id: str) -> None:
    deadline = time.monotonic() + SECONDS_A_RUN
    while api.get(f"/v1/runs/{run_id}").json()["status"] in UNFINISHED:
        assert time.monotonic() < deadline, "the run does not end"
        time.sleep(0.1)


def test_a_skill_with_its_runs_is_erased_by_its_function(service: Service) -> None:
    service.model_api.set_faults()
    tenant = f"tenant-{uuid4().hex[:8]}"
    api = Client(service.stack, tenant)
    body = {"skill_content": "Repeat the input.", "test_cases": cases(2), "models": MODELS, "judges": [JUDGE]}
    runs = {}
    for skill in ("erased", "kept"):
        started = api.send("POST", f"/v1/skills/{skill}/runs", body)
        assert started.status == 202, started.body
        runs[skill] = started.json()["run_id"]
        wait_for_end(api, runs[skill])
    store = service.stack.store
    records = list(store.keys(record_keys.of_run(runs["erased"])))
    others = list(store.keys(record_keys.of_run(runs["kept"])))
    assert records
    task = {"tenant_id": tenant, "skill_id": "erased", "confirm": "erased"}
    with pytest.raises(InvocationFailed, match="confirm: should repeat"):
        service.stack.invoke("erase_data", task | {"confirm": tenant})
    assert api.get(f"/v1/runs/{runs['erased']}").status == 200

    came = service.stack.invoke("erase_data", task)
    assert came == {"finished": True, "objects": len(records), "results": 4, "runs": 1, "skills": 1}
    assert_problem(api.get(f"/v1/runs/{runs['erased']}"), 404)
    assert list(store.keys(record_keys.of_run(runs["erased"]))) == []
    assert api.get(f"/v1/runs/{runs['kept']}").status == 200
    assert list(store.keys(record_keys.of_run(runs["kept"]))) == others
    assert service.stack.invoke("erase_data", task) == dict.fromkeys(came, 0) | {"finished": True}

    rest = service.stack.invoke("erase_data", {"tenant_id": tenant, "confirm": tenant})
    assert (rest["finished"], rest["skills"]) == (True, 1)
    assert json.loads(api.get("/v1/skills/kept/runs").body)["status"] == 404


def test_results_are_kept_where_the_deployment_sets_no_time(service: Service) -> None:
    before = service.number_of_runs()
    assert service.stack.invoke("expire_results", {}) == {"finished": True, "results": 0, "runs": 0}
    assert service.number_of_runs() == before
