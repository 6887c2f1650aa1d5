"""Whatever the texts are, a response is one that Lambda can return, and pages together hold everything."""

import json
from typing import Any

import pytest

from local.http.gateway import http_event
from tests.integration.api.client import Client
from tests.integration.conftest import JUDGE, MODELS, Service, cases

LAMBDA_LIMIT = 6_291_556


@pytest.fixture
def long_run(api: Client, skill_id: str, service: Service) -> str:
    """A run of six results whose texts are of a control character, which takes 7 bytes in a response."""
    service.model_api.set_faults()
    body = {"skill_content": "Repeat.", "test_cases": cases(3), "models": MODELS, "judges": [JUDGE]}
    run_id: str = api.send("POST", f"/v1/skills/{skill_id}/runs", body).json()["run_id"]
    service.wait_for_end(run_id)
    with service.stack.postgres.as_superuser() as connection:
        # What is stored never changes; for this test it does.
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE benchmark_results SET input_used = repeat(chr(1), 400000), output_produced = repeat('\"', 600000) "
            "WHERE benchmark_run_id = %s",
            [run_id],
        )
        connection.execute(
            "UPDATE benchmark_results SET output_produced = repeat(chr(1), 1048576) || 'the end' "
            "WHERE benchmark_run_id = %s AND test_case_index = 1",
            [run_id],
        )
        connection.execute(
            "UPDATE benchmark_verdicts SET quality_notes = repeat(chr(1), 2000000) WHERE benchmark_run_id = %s",
            [run_id],
        )
    return run_id


def sent(service: Service, path: str, query: str = "") -> dict[str, Any]:
    """The body of a response whose whole size, as the function returns it, Lambda allows."""
    event = http_event("GET", path, query, {"x-tenant-id": "local"}, None)
    answer = service.stack.invoke("read_api", event)
    assert len(json.dumps(answer)) <= LAMBDA_LIMIT
    assert answer["statusCode"] == 200, answer["body"][:500]
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def rest_of(service: Service, path: str, cursor: str | None) -> list[dict[str, Any]]:
    items = []
    while cursor is not None:
        page = sent(service, path, f"cursor={cursor}")
        assert page["items"]
        items += page["items"]
        cursor = page["next_cursor"]
    return items


def test_results_and_the_latest_run_come_in_pages_that_fit_and_lead_to_all_results(
    api: Client, skill_id: str, service: Service, long_run: str
) -> None:
    path = f"/v1/runs/{long_run}/results"
    latest = sent(service, f"/v1/skills/{skill_id}/runs/latest")
    assert latest["run"]["id"] == long_run
    for first in (sent(service, path), latest["results"]):
        items = first["items"] + rest_of(service, path, first["next_cursor"])
        assert [item["id"] for item in items] == [f"{long_run}.{number}" for number in (3, 4, 5, 0, 1, 2)]
        for item in items:
            is_long = item["test_case_index"] == 1
            assert item["cut"] == (["output_produced"] if is_long else [])
            assert item["input_used"] == "\x01" * 400_000
            assert item["output_produced"].strip("\x01" if is_long else '"') == ""


def test_verdicts_that_are_too_long_are_cut_and_come_out(service: Service, long_run: str) -> None:
    [verdict] = sent(service, f"/v1/results/{long_run}.0/verdicts")["items"]
    assert verdict["cut"] == ["quality_notes"]


def test_examples_of_the_longest_texts_come_out_each_once(api: Client, skill_id: str, service: Service) -> None:
    api.put_skill(skill_id)
    path = f"/v1/skills/{skill_id}/training-examples"
    checks = [{"type": "exact", "value": "\\" * 50_000}]
    for index in range(3):
        text = str(index) + '"' * 1_000_000
        body = {"example_input": text, "expected_output": "\x01" * 48_000, "checks": checks}
        assert api.send("POST", path, body).status == 201
    # Escaped as a request has it, this one is too long to be sent; another writer can store it.
    with service.database() as cursor:
        cursor.execute(
            "INSERT INTO skill_feedback (skill_id, feedback_type, status, example_input, expected_output) "
            "VALUES (%s, 'training_example', 'accepted', repeat(chr(1), 1048575), 'x')",
            [skill_id],
        )
    first = sent(service, path)
    items = first["items"] + rest_of(service, path, first["next_cursor"])
    assert [item["example_input"][0] for item in items] == ["0", "1", "2", "\x01"]
    assert [item["cut"] for item in items] == [[], [], [], ["example_input"]]


def test_the_longest_example_that_can_be_sent_is_answered(api: Client, skill_id: str, service: Service) -> None:
    api.put_skill(skill_id)
    body = {"example_input": "\x7f" * 1_048_575, "expected_output": "x"}
    text = json.dumps(body).replace("\\u007f", "\x7f").encode()
    path = f"/v1/skills/{skill_id}/training-examples"
    event = http_event("POST", path, "", {"x-tenant-id": "local", "content-type": "application/json"}, text)
    answer = service.stack.invoke("read_api", event)
    assert (answer["statusCode"], json.loads(answer["body"])["cut"]) == (201, ["example_input"])
    assert len(json.dumps(answer)) <= LAMBDA_LIMIT


def test_runs_with_large_rubrics_come_in_pages_that_fit(api: Client, skill_id: str, service: Service) -> None:
    service.model_api.set_faults()
    path = f"/v1/skills/{skill_id}/runs"
    rubric = "\x01" * 19_999 + "x"
    body = {
        "skill_content": "Repeat.",
        "test_cases": cases(1),
        "models": MODELS[:1],
        "judges": [JUDGE],
        "rubric": rubric,
    }
    run_id = api.send("POST", path, body).json()["run_id"]
    service.wait_for_end(run_id)
    with service.stack.postgres.as_superuser() as connection:
        columns = [
            row[0]
            for row in connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'benchmark_runs' "
                "AND column_name NOT IN ('id', 'idempotency_key', 'idempotency_body_sha256') AND is_generated = 'NEVER'"
            ).fetchall()
        ]
        names = ", ".join(columns)
        connection.execute(
            f"INSERT INTO benchmark_runs (id, {names}) "
            f"SELECT id || '-' || copy, {names} FROM benchmark_runs, generate_series(1, 100) copy WHERE id = %s",
            [run_id],
        )
    first = sent(service, path, "limit=500")
    assert first["next_cursor"] is not None
    items = first["items"] + rest_of(service, path, first["next_cursor"])
    assert len({item["id"] for item in items}) == len(items) == 101
    assert {item["rubric"] for item in items} == {rubric}
