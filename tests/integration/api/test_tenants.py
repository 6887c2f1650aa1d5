"""What belongs to another tenant does not exist: 404, whatever was asked before on the same connection."""

from uuid import uuid4

import pytest

from local.http.response import Response
from skill_benchmark.api.operations import OPERATIONS, PUT_SKILL
from tests.integration.api.client import Client, assert_problem
from tests.integration.api.conftest import Ended
from tests.integration.conftest import JUDGE, MODELS, Service, cases

OF_SOMETHING = [found for found in OPERATIONS if "{" in found.path and found is not PUT_SKILL]
BODIES = {
    "add_training_example": {"example_input": "a", "expected_output": "b"},
    "add_label": {"rater": "ada", "dimension": "quality_score", "value": 50, "blinded": True},
    "start_run": {"models": MODELS, "judges": [JUDGE], "test_cases": cases(1)},
}
QUERIES = {"plan": "difference=5"}


@pytest.fixture
def stored(ended: Ended, api: Client) -> Ended:
    """Everything that an id can name: a skill with a text, examples and runs."""
    api.add_example(ended.skill_id, "mine")
    return ended


def number_of_rows(service: Service, tenant: str) -> int:
    tables = ("skills", "skill_versions", "skill_feedback", "benchmark_runs", "benchmark_results")
    with service.stack.database.transaction(tenant) as cursor:
        counts = [cursor.execute(f"SELECT count(*) AS n FROM {table}").fetchone() for table in tables]
    return sum(count["n"] for count in counts if count)


@pytest.mark.parametrize("operation", OF_SOMETHING, ids=lambda operation: operation.operation_id)
def test_a_foreign_id_is_not_found_and_an_unknown_one_looks_the_same(
    operation: object, api: Client, other: Client, stored: Ended, service: Service
) -> None:
    assert operation in OF_SOMETHING
    found = next(one for one in OF_SOMETHING if one is operation)
    body, query = BODIES.get(found.operation_id), QUERIES.get(found.operation_id, "")
    theirs = {"skill_id": stored.skill_id, "run_id": stored.run_id, "result_id": stored.result_id}
    nothing = {
        "skill_id": f"skill-{uuid4().hex[:8]}",
        "run_id": f"run_{uuid4().hex}",
        "result_id": f"run_{uuid4().hex}.0",
    }
    foreign, unknown = found.path.format(**theirs), found.path.format(**nothing)
    mine = number_of_rows(service, api.tenant)
    for _ in range(2):
        if found.method == "GET":
            assert api.send(found.method, foreign, query=query).status == 200
        refused = other.send(found.method, foreign, body, query=query)
        assert_problem(refused, 404)
        unknown_refused = other.send(found.method, unknown, body, query=query)
        assert without_ids(unknown_refused, nothing) == without_ids(refused, theirs)
    assert number_of_rows(service, other.tenant) == 0
    assert number_of_rows(service, api.tenant) == mine


def without_ids(response: Response, ids: dict[str, str]) -> str:
    detail: str = response.json()["detail"]
    # The longest first, because the id of a result holds that of its run.
    for name, value in sorted(ids.items(), key=lambda found: -len(found[1])):
        detail = detail.replace(value, name)
    return detail


def test_the_same_skill_id_is_another_skill_for_another_tenant(api: Client, other: Client, skill_id: str) -> None:
    for client, content in ((api, "Repeat the input."), (other, "Say nothing.")):
        client.put_skill(skill_id, content)
        client.add_example(skill_id, f"of {client.tenant}")
    for client in (api, other, api, other):
        [example] = client.get(f"/v1/skills/{skill_id}/training-examples").json()["items"]
        assert example["example_input"] == f"of {client.tenant}"


def test_an_error_inside_of_a_transaction_leaves_nothing_of_its_tenant_behind(
    api: Client, other: Client, stored: Ended
) -> None:
    for _ in range(3):
        assert_problem(api.get(f"/v1/runs/run_{uuid4().hex}"), 404)
        assert_problem(other.get(f"/v1/runs/{stored.run_id}"), 404)
        assert_problem(other.get(f"/v1/skills/{stored.skill_id}/runs"), 404)
        assert api.get(f"/v1/runs/{stored.run_id}").status == 200


@pytest.mark.parametrize("tenant", ["", "two words", "x" * 101, "-", "a\u00e9"])
def test_a_missing_or_malformed_tenant_is_a_bad_request(api: Client, stored: Ended, tenant: str) -> None:
    response = api.get(f"/v1/runs/{stored.run_id}", **{"x-tenant-id": tenant})
    assert_problem(response, 400, says="x-tenant-id")
