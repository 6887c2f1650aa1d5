import pytest
from psycopg import sql
from psycopg.types.json import Json

from tests.integration.api.client import Client, assert_problem
from tests.integration.conftest import JUDGE, MODELS, Service, cases

CHECK = {"type": "regex", "pattern": ".", "match": "search"}


def test_a_new_skill_is_created_and_the_same_text_is_no_new_version(api: Client, skill_id: str) -> None:
    body = {"name": "One", "content": "Repeat the input."}
    first = api.send("PUT", f"/v1/skills/{skill_id}", body)
    again = api.send("PUT", f"/v1/skills/{skill_id}", body | {"name": "Two"})
    other = api.send("PUT", f"/v1/skills/{skill_id}", body | {"content": "Say nothing."})
    assert [first.status, again.status, other.status] == [201, 200, 200]
    assert [found.json()["version_number"] for found in (first, again, other)] == [1, 1, 2]
    assert again.json()["name"] == "Two"


def test_a_skill_brings_its_own_rubric_and_checks_to_its_runs(api: Client, skill_id: str, service: Service) -> None:
    service.model_api.set_faults()
    body = {"name": "One", "content": "Repeat the input.", "rubric": "Score brevity.", "checks": [CHECK]}
    assert api.send("PUT", f"/v1/skills/{skill_id}", body).json()["checks"] == [CHECK]
    example = {"example_input": "a", "expected_output": "b", "checks": [CHECK | {"pattern": "never said"}]}
    assert api.send("POST", f"/v1/skills/{skill_id}/training-examples", example).status == 201
    started = api.send("POST", f"/v1/skills/{skill_id}/runs", {"models": MODELS, "judges": [JUDGE]})
    ended = service.wait(started.json()["run_id"])
    assert ended.run["rubric"] == "Score brevity."
    for result in ended.results:
        assert [found["passed"] for found in result["check_results"]] == [True, False]
        assert result["check_passed"] is False


def test_stored_checks_are_what_was_sent_however_large_their_numbers(
    api: Client, skill_id: str, service: Service
) -> None:
    service.model_api.set_faults()
    checks = [
        {"type": "json_schema", "schema": {"maximum": 1e300}},
        {"type": "numeric", "value": 1e129, "absolute_tolerance": 0.0, "relative_tolerance": 0.1, "number": "whole"},
    ]
    body = {"name": "One", "content": "Repeat the input.", "checks": checks}
    assert api.send("PUT", f"/v1/skills/{skill_id}", body).json()["checks"] == checks
    example = {"example_input": "a", "expected_output": "b", "checks": checks}
    assert api.send("POST", f"/v1/skills/{skill_id}/training-examples", example).json()["checks"] == checks
    started = api.send("POST", f"/v1/skills/{skill_id}/runs", {"models": MODELS, "judges": [JUDGE]})
    assert started.status == 202, started.body
    assert service.wait(started.json()["run_id"]).run["status"] == "completed"


@pytest.mark.parametrize(
    ("stored", "says"), [([{"type": "regex", "pattern": "("}], "/checks: 0.pattern of {}"), ([], "/checks: {}")]
)
@pytest.mark.parametrize("table", ["skills", "skill_feedback"])
def test_checks_that_another_writer_stored_and_nobody_can_carry_out_are_named(
    api: Client, skill_id: str, service: Service, table: str, stored: list[dict[str, str]], says: str
) -> None:
    api.put_skill(skill_id)
    api.add_example(skill_id, "a")
    of_skill = sql.Identifier("id" if table == "skills" else "skill_id")
    with service.stack.postgres.as_superuser() as connection:
        connection.execute(
            sql.SQL("UPDATE {} SET checks = %s WHERE {} = %s").format(sql.Identifier(table), of_skill),
            [Json(stored), skill_id],
        )
    refused = api.send("POST", f"/v1/skills/{skill_id}/runs", {"models": MODELS, "judges": [JUDGE]})
    whose = "skill " if table == "skills" else "training example "
    assert_problem(refused, 422, pointer="/checks", says=says.format(whose))


def test_registering_again_without_a_rubric_takes_it_away_and_a_run_on_another_text_does_not(
    api: Client, skill_id: str, service: Service
) -> None:
    service.model_api.set_faults()
    api.send("PUT", f"/v1/skills/{skill_id}", {"name": "One", "content": "Repeat.", "rubric": "Score brevity."})
    body = {"skill_content": "Repeat the input.", "test_cases": cases(1), "models": MODELS, "judges": [JUDGE]}
    run_id = api.send("POST", f"/v1/skills/{skill_id}/runs", body).json()["run_id"]
    assert service.wait(run_id).run["rubric"] == "Score brevity."
    again = api.send("PUT", f"/v1/skills/{skill_id}", {"name": "One", "content": "Repeat."})
    assert again.json()["rubric"] is None


def test_training_examples_come_in_pages_that_an_insert_does_not_move(api: Client, skill_id: str) -> None:
    api.put_skill(skill_id)
    path = f"/v1/skills/{skill_id}/training-examples"
    added = [api.add_example(skill_id, f"example {index}")["id"] for index in range(3)]
    first = api.get(path, "limit=2").json()
    added.append(api.add_example(skill_id, "example 3")["id"])
    second = api.get(path, f"limit=2&cursor={first['next_cursor']}").json()
    assert [item["id"] for item in first["items"] + second["items"]] == added
    assert second["next_cursor"] is None


def test_an_example_without_input_or_output_or_acceptance_is_none(api: Client, skill_id: str, service: Service) -> None:
    api.put_skill(skill_id)
    with service.database() as cursor:
        for kind, status, given, expected in (
            ("training_example", "accepted", None, "b"),
            ("training_example", "accepted", "a", None),
            ("training_example", "pending", "a", "b"),
            ("comment", "accepted", "a", "b"),
        ):
            cursor.execute(
                "INSERT INTO skill_feedback (skill_id, feedback_type, status, example_input, expected_output) "
                "VALUES (%s, %s, %s, %s, %s)",
                [skill_id, kind, status, given, expected],
            )
    assert api.get(f"/v1/skills/{skill_id}/training-examples").json() == {"items": [], "next_cursor": None}


def test_a_page_of_long_texts_ends_before_it_is_too_long_to_be_returned(api: Client, skill_id: str) -> None:
    api.put_skill(skill_id)
    texts = [str(index) * 1_000_000 for index in range(5)]
    for text in texts:
        api.send("POST", f"/v1/skills/{skill_id}/training-examples", {"example_input": text, "expected_output": "x"})
    found: list[str] = []
    cursor = ""
    pages = 0
    while True:
        page = api.get(f"/v1/skills/{skill_id}/training-examples", cursor)
        assert len(page.body) < 6_000_000
        found += [item["example_input"] for item in page.json()["items"]]
        pages += 1
        if page.json()["next_cursor"] is None:
            break
        cursor = f"cursor={page.json()['next_cursor']}"
    assert found == texts
    assert pages == 2


def test_an_example_that_could_not_be_run_is_refused(api: Client, skill_id: str) -> None:
    api.put_skill(skill_id)
    path = f"/v1/skills/{skill_id}/training-examples"
    long = {"example_input": "x" * 2_000_000, "expected_output": "y"}
    assert_problem(api.send("POST", path, long), 422, pointer="/example_input", says="1048576")
    assert_problem(api.send("POST", path, {"example_input": "x"}), 422, pointer="/expected_output")
    blank = {"example_input": "\0", "expected_output": "y"}
    assert_problem(api.send("POST", path, blank), 422, pointer="/example_input")
    assert api.get(path).json()["items"] == []
