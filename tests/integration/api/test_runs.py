import time
from concurrent.futures import ThreadPoolExecutor

from tests.integration.api.client import Client, assert_problem
from tests.integration.api.conftest import Ended
from tests.integration.conftest import JUDGE, MODELS, Service, cases


def a_body(number_of_cases: int = 1) -> dict[str, object]:
    return {
        "skill_content": "Repeat the input.",
        "test_cases": cases(number_of_cases),
        "models": MODELS,
        "judges": [JUDGE],
    }


def test_a_run_can_be_started_from_what_is_stored(api: Client, skill_id: str, service: Service) -> None:
    service.model_api.set_faults()
    api.put_skill(skill_id)
    api.add_example(skill_id, "an example")
    started = api.send("POST", f"/v1/skills/{skill_id}/runs", {"models": MODELS, "judges": [JUDGE]})
    assert started.status == 202
    assert started.headers["location"] == f"/v1/runs/{started.json()['run_id']}"
    ended = service.wait(started.json()["run_id"])
    assert ended.run["status"] == "completed"
    assert [result["input_used"] for result in ended.results] == ["an example"] * 2


def test_an_ended_run_has_an_etag_and_is_not_sent_twice(api: Client, ended: Ended) -> None:
    for path in (
        f"/v1/runs/{ended.run_id}",
        f"/v1/runs/{ended.run_id}/results",
        f"/v1/runs/{ended.run_id}/comparison",
        f"/v1/skills/{ended.skill_id}/runs/latest",
    ):
        first = api.get(path)
        again = api.get(path, **{"if-none-match": f'"other", {first.headers["etag"]}'})
        changed = api.get(path, **{"if-none-match": '"other"'})
        assert (again.status, again.body) == (304, ""), path
        assert again.headers["etag"] == first.headers["etag"]
        assert (changed.status, changed.body) == (200, first.body)


def test_results_come_in_pages_by_model_then_case(api: Client, ended: Ended) -> None:
    path = f"/v1/runs/{ended.run_id}/results"
    whole = api.get(path).json()["items"]
    paged = []
    query = "limit=4"
    while True:
        page = api.get(path, query).json()
        paged += page["items"]
        if page["next_cursor"] is None:
            break
        query = f"limit=4&cursor={page['next_cursor']}"
    keys = [(item["model_name"], item["test_case_index"], item["repeat_index"]) for item in whole]
    assert paged == whole
    assert keys == sorted(keys)
    assert len(keys) == 6
    of_one = api.get(path, f"model={MODELS[0]}&outcome=scored").json()["items"]
    assert [item["model_name"] for item in of_one] == [MODELS[0]] * 3
    assert api.get(path, "outcome=refused").json() == {"items": [], "next_cursor": None}


def test_the_latest_run_is_the_completed_one_with_its_results(api: Client, ended: Ended) -> None:
    latest = api.get(f"/v1/skills/{ended.skill_id}/runs/latest").json()
    assert latest["run"]["id"] == ended.run_id
    assert latest["results"] == api.get(f"/v1/runs/{ended.run_id}/results").json()


def test_history_is_paged_from_the_newest_and_a_new_run_moves_no_page(
    api: Client, skill_id: str, service: Service
) -> None:
    service.model_api.set_faults()
    path = f"/v1/skills/{skill_id}/runs"
    first, second, third = (api.send("POST", path, a_body()).json()["run_id"] for _ in range(3))
    newest = api.get(path, "limit=2").json()
    fourth = api.send("POST", path, a_body()).json()["run_id"]
    older = api.get(path, f"limit=2&cursor={newest['next_cursor']}").json()
    assert [run["id"] for run in newest["items"] + older["items"]] == [third, second, first]
    assert older["next_cursor"] is None
    for run_id in (first, second, third, fourth):
        service.wait(run_id)


def test_a_running_run_counts_its_test_cases_and_can_be_cancelled_once(
    api: Client, skill_id: str, service: Service
) -> None:
    service.model_api.set_faults()
    run_id = api.send("POST", f"/v1/skills/{skill_id}/runs", a_body(200) | {"max_concurrency": 2}).json()["run_id"]
    started = api.get(f"/v1/runs/{run_id}").json()
    assert (started["status"], started["progress"]["done"]) in {("queued", 0), ("running", 0)}
    deadline = time.monotonic() + 30
    while (running := api.get(f"/v1/runs/{run_id}")).json()["status"] == "queued":
        assert time.monotonic() < deadline, "the run is not admitted"
    assert running.json()["status"] == "running"
    assert running.json()["progress"]["planned"] == 200
    assert running.json()["queue_position"] is None
    assert "etag" not in running.headers
    stopped = api.send("POST", f"/v1/runs/{run_id}/cancel")
    assert (stopped.status, stopped.headers["location"]) == (202, f"/v1/runs/{run_id}")
    ended = service.wait(run_id)
    assert ended.run["status"] == "cancelled"
    assert ended.run["progress"] is None
    assert_problem(api.send("POST", f"/v1/runs/{run_id}/cancel"), 409, says="cancelled")


def test_a_run_is_what_its_row_says_and_its_execution_stands_beside_it(
    api: Client, ended: Ended, service: Service
) -> None:
    """As after an execution has ended, before the rule has ended its row: every answer says the same."""
    with service.database() as cursor:
        before = cursor.execute("SELECT status, completed_at FROM benchmark_runs WHERE id = %s", [ended.run_id])
        row = before.fetchone()
        cursor.execute(
            "UPDATE benchmark_runs SET status = 'running', completed_at = NULL WHERE id = %s", [ended.run_id]
        )
    try:
        found = api.get(f"/v1/runs/{ended.run_id}")
        [listed] = api.get(f"/v1/skills/{ended.skill_id}/runs").json()["items"]
        comparison = api.get(f"/v1/runs/{ended.run_id}/comparison").json()
        cancelled = api.send("POST", f"/v1/runs/{ended.run_id}/cancel")
    finally:
        with service.database() as cursor:
            cursor.execute(
                "UPDATE benchmark_runs SET status = %s, completed_at = %s WHERE id = %s",
                [row["status"], row["completed_at"], ended.run_id],
            )
    assert found.json()["status"] == listed["status"] == comparison["status"] == "running"
    assert found.json()["execution_status"] == "SUCCEEDED"
    assert "etag" not in found.headers
    assert api.get(f"/v1/runs/{ended.run_id}").json()["execution_status"] is None
    assert_problem(cancelled, 409, says="SUCCEEDED")


def test_ten_identical_starts_at_once_make_one_run(api: Client, skill_id: str, service: Service) -> None:
    service.model_api.set_faults()
    before = service.number_of_runs()
    headers = {"idempotency-key": f"key of {skill_id}"}
    with ThreadPoolExecutor(10) as clients:
        started = list(
            clients.map(lambda _: api.send("POST", f"/v1/skills/{skill_id}/runs", a_body(), headers=headers), range(10))
        )
    assert {response.status for response in started} == {202}
    [run_id] = {response.json()["run_id"] for response in started}
    assert service.number_of_runs() == before + 1
    other = api.send("POST", f"/v1/skills/{skill_id}/runs", a_body() | {"repeats": 2}, headers=headers)
    assert_problem(other, 409, says="Idempotency-Key")
    service.wait(run_id)
