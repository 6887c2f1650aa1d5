from tests.integration.api.client import Client, assert_problem
from tests.integration.conftest import Service

CLEANED = "Repeat\0 the\ud800 input."


def test_a_new_skill_is_created_and_the_same_text_is_no_new_version(api: Client, skill_id: str) -> None:
    body = {"name": "One", "content": "Repeat the input."}
    first = api.send("PUT", f"/v1/skills/{skill_id}", body)
    again = api.send("PUT", f"/v1/skills/{skill_id}", body | {"name": "Two"})
    other = api.send("PUT", f"/v1/skills/{skill_id}", body | {"content": "Say nothing."})
    assert [first.status, again.status, other.status] == [201, 200, 200]
    assert [found.json()["version_number"] for found in (first, again, other)] == [1, 1, 2]
    assert again.json()["name"] == "Two"


def test_what_cannot_be_stored_is_removed_from_a_skill_and_flagged(
    api: Client, skill_id: str, service: Service
) -> None:
    stored = api.put_skill(skill_id, CLEANED)
    assert stored["text_sanitized"] is True
    with service.database() as cursor:
        row = cursor.execute(
            "SELECT content, text_sanitized FROM skill_versions WHERE skill_id = %s", [skill_id]
        ).fetchone()
    assert row == {"content": "Repeat the input.", "text_sanitized": True}


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
