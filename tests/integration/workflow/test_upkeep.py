"""What is invoked on a stack that has been in use: erasure and retention."""

from skill_benchmark.domain import record_keys
from tests.integration.api.client import Client
from tests.integration.conftest import MODELS, Service, cases

TENANT = "local"


def test_a_skill_that_is_erased_leaves_no_row_and_no_record(service: Service) -> None:
    service.model_api.set_faults()
    api = Client(service.stack, TENANT)
    body = {"skill_content": "Repeat the input.", "test_cases": cases(2), "models": MODELS[:1]}
    run_id = api.send("POST", "/v1/skills/unwanted/runs", body).json()["run_id"]
    service.wait_for_end(run_id)
    records = service.stack._data_dir.folder("objects") / record_keys.of_run(run_id)
    assert records.is_dir()

    task = {"tenant_id": TENANT, "skill_id": "unwanted", "confirm": "unwanted"}
    erased = service.stack.invoke("erase_data", task)
    assert (erased["finished"], erased["runs"], erased["results"]) == (True, 1, 2)
    assert not any(path.is_file() for path in records.rglob("*"))
    assert api.send("GET", f"/v1/runs/{run_id}").status == 404
    assert service.stack.invoke("erase_data", task)["runs"] == 0


def test_results_that_are_young_do_not_expire(service: Service) -> None:
    finished = service.run(cases(1))
    service.stack.invoke("expire_results", {})
    assert service.finished(finished.run["id"]).results == finished.results
