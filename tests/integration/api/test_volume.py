"""What one tenant sees says nothing of how much the others write."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.integration.api.client import Client
from tests.integration.conftest import JUDGE, MODELS, Service, cases

LABEL = {"rater": "ada", "dimension": "quality_score", "value": 50, "blinded": True}


def seen(api: Client, skill_id: str, run_id: str) -> Iterator[tuple[str, Any, dict[str, str]]]:
    """Every response to GET about a skill and its run, in pages of one item, with all cursors decoded."""
    results = api.get(f"/v1/runs/{run_id}/results").json()["items"]
    skill, run = f"/v1/skills/{skill_id}", f"/v1/runs/{run_id}"
    paths = [f"{skill}/training-examples", f"{skill}/runs", f"{run}/results"]
    paths += [f"/v1/results/{result['id']}/{kind}" for result in results for kind in ("labels", "verdicts")]
    single = [f"{skill}/runs/latest", f"{skill}/cost-trend", f"{skill}/dimensions", run, f"{run}/comparison"]
    for path, query in [*((path, "limit=1") for path in paths), *((path, "") for path in single)]:
        cursor = ""
        while True:
            response = api.get(path, query + cursor)
            assert response.status == 200, response.body
            body = response.json()
            yield path, without_cursor(body), response.headers
            if not body.get("next_cursor"):
                break
            cursor = f"&cursor={body['next_cursor']}"
    yield "plan", api.get(f"{skill}/plan", "difference=5").json(), {}
    validation = api.get("/v1/judges/validation", f"judge={JUDGE}&skill_id={skill_id}")
    yield "validation", validation.json(), {}


def without_cursor(body: dict[str, Any]) -> dict[str, Any]:
    """The cursor as what it holds."""
    cursor = body.get("next_cursor")
    if not cursor:
        return body
    return body | {"next_cursor": json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))}


def everything(api: Client, service: Service, skill_id: str) -> list[Any]:
    """Register a skill, run it on its examples, label an answer; then all that can be read of it."""
    api.put_skill(skill_id)
    for text in ("a", "b"):
        api.add_example(skill_id, text)
    started = api.send("POST", f"/v1/skills/{skill_id}/runs", {"models": MODELS[:1], "judges": [JUDGE]})
    run_id = started.json()["run_id"]
    service.wait_for_end(run_id, api.tenant)
    result = api.get(f"/v1/runs/{run_id}/results").json()["items"][0]
    assert api.send("POST", f"/v1/results/{result['id']}/labels", LABEL).status == 201
    return list(seen(api, skill_id, run_id))


def numbers_of(value: object) -> Iterator[int]:
    """All whole numbers in responses, also those within texts: in an id, a cursor, a header."""
    match value:
        case dict():
            for each in value.values():
                yield from numbers_of(each)
        case list() | tuple():
            for each in value:
                yield from numbers_of(each)
        case bool():
            pass
        case int():
            yield value
        case str():
            yield from map(int, re.findall(r"\d+", value))


def test_no_number_of_a_tenant_comes_from_a_counter_of_all_tenants(
    other: Client, skill_id: str, service: Service
) -> None:
    """The counters are moved far ahead, as a large tenant would move them: none of these numbers is seen."""
    service.model_api.set_faults()
    far = 7_000_000_000_000
    with service.stack.postgres.as_superuser() as connection:
        counters = connection.execute(
            "SELECT pg_get_serial_sequence(table_name, column_name) FROM information_schema.columns "
            "WHERE table_schema = 'public' AND is_identity = 'YES'"
        ).fetchall()
        assert len(counters) >= 5
        for (counter,) in counters:
            connection.execute("SELECT setval(%s, %s)", [counter, far])
    found = everything(other, service, skill_id)
    assert not [number for number in numbers_of(found) if far <= number < far + 1_000_000]


def test_what_a_tenant_sees_does_not_change_when_another_one_writes_a_lot(
    api: Client, other: Client, skill_id: str, service: Service
) -> None:
    service.model_api.set_faults()
    everything(other, service, skill_id)
    run_id = other.get(f"/v1/skills/{skill_id}/runs").json()["items"][0]["id"]
    before = list(seen(other, skill_id, run_id))
    theirs = f"{skill_id}-theirs"
    api.put_skill(theirs)
    for index in range(30):
        api.add_example(theirs, f"example {index}")
    body = {"test_cases": cases(30), "models": MODELS, "judges": [JUDGE]}
    service.wait(api.send("POST", f"/v1/skills/{theirs}/runs", body).json()["run_id"])
    assert list(seen(other, skill_id, run_id)) == before
