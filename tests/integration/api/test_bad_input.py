"""What cannot be used is refused with the way out, and nothing is written."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.api.client import Client, assert_problem
from tests.integration.api.conftest import Ended
from tests.integration.conftest import JUDGE, MODELS, Service, cases


@pytest.fixture
def _nothing_is_written(service: Service) -> Iterator[None]:
    before = rows(service)
    yield
    assert rows(service) == before


def rows(service: Service) -> tuple[int, ...]:
    tables = ("skills", "skill_versions", "skill_feedback", "benchmark_runs")
    with service.database() as cursor:
        return tuple(cursor.execute(f"SELECT count(*) AS n FROM {table}").fetchone()["n"] for table in tables)


def a_start(**changes: Any) -> dict[str, Any]:
    return {"skill_content": "Repeat.", "test_cases": cases(1), "models": MODELS, "judges": [JUDGE], **changes}


ODD_CURSORS = [
    "[" * 1_400,
    "[" * 700 + "]" * 700,
    '{"a":' * 200 + "1" + "}" * 200,
    '["results run_1", ["m", 0, 1e999]]',
    '["results run_1", ["m", 99999999999999999999, 0]]',
    "\ud800",
    "null",
]


def encoded(content: str) -> str:
    """As a cursor is, whatever it holds."""
    return base64.urlsafe_b64encode(content.encode(errors="surrogatepass")).decode().rstrip("=")


def checked(check: dict[str, Any]) -> dict[str, Any]:
    return {"test_cases": [{"input": "x", "checks": [check]}]}


@pytest.mark.usefixtures("_nothing_is_written")
@pytest.mark.parametrize(
    ("changes", "pointer", "says"),
    [
        ({"test_cases": [{"input": "x"}] * 100_000}, "/test_cases", "5000"),
        ({"test_cases": [{"input": "x" * 2_000_000}]}, "/test_cases/0", "1048576"),
        ({"test_cases": []}, "/test_cases", "1 or more"),
        ({"test_cases": [{"input": "\0 "}]}, "/test_cases/0/input", "blank"),
        ({"test_cases": [{"input": 1}]}, "/test_cases/0/input", "string"),
        ({"test_cases": [{"input": "x", "expected": "y"}]}, "/test_cases/0/expected", "expected_output"),
        ({"models": "claude-sonnet-5-5"}, "/models", "list"),
        ({"models": []}, "/models", "1 or more"),
        ({"models": ["a", "a"]}, "/models", "twice"),
        ({"models": ["a\0"]}, "/models/0", "U+0000"),
        ({"models": ["\u200b"]}, "/models/0", "blank"),
        ({"judges": [" "]}, "/judges/0", "blank"),
        ({"judges": ["a\u202eb"]}, "/judges/0", "U+202E"),
        ({"repeats": "2"}, "/repeats", "whole number"),
        ({"repeats": True}, "/repeats", "whole number"),
        ({"repeats": 0}, "/repeats", "1 or more"),
        ({"max_concurrency": 1_001}, "/max_concurrency", "1000"),
        ({"triggered_by": "a\nb"}, "/triggered_by", "U+000A"),
        ({"triggered_by": "\u2066 "}, "/triggered_by", "U+2066"),
        ({"triggered_by": " "}, "/triggered_by", "blank"),
        ({"skill_content": " "}, "/skill_content", "blank"),
        ({"skill_content": "x" * 2_000_000}, "/skill_content", "1048576"),
        ({"skil_content": "x"}, "/skil_content", "did you mean `skill_content`"),
        ({"repeats": 10_000}, "/repeats", "100"),
        ({"verdicts_per_judge": 11}, "/verdicts_per_judge", "10"),
        ({"exclude_same_family": "no"}, "/exclude_same_family", "true or false"),
        ({"rubric": " \n"}, "/rubric", "blank"),
        ({"rubric": "x" * 20_001}, "/rubric", "20000 bytes"),
        ({"rubric": "a\0b"}, "/rubric", "U+0000"),
        (checked({"type": "regex", "pattern": r"(a+)+\1"}), "/test_cases/0/checks/0/pattern", "backreference"),
        (checked({"type": "regex", "pattern": "("}), "/test_cases/0/checks/0/pattern", "pattern"),
        (checked({"type": "json_schema", "schema": {"type": 12}}), "/test_cases/0/checks/0/schema", "schema"),
        (
            checked({"type": "json_schema", "schema": {"$ref": "https://example.com/s.json"}}),
            "/test_cases/0/checks/0/schema",
            "ref",
        ),
        (checked({"type": "numeric", "value": "7"}), "/test_cases/0/checks/0/value", "number"),
        (checked({"type": "sounds_right"}), "/test_cases/0/checks/0", "type"),
        ({"test_cases": [{"input": "x", "checks": []}]}, "/test_cases/0/checks", "1 or more"),
    ],
)
def test_a_start_that_cannot_be_run_is_refused(
    api: Client, skill_id: str, changes: dict[str, Any], pointer: str, says: str
) -> None:
    response = api.send("POST", f"/v1/skills/{skill_id}/runs", a_start(**changes))
    assert_problem(response, 422, pointer=pointer, says=says)
    assert len(response.body) < 2_000


@pytest.mark.usefixtures("_nothing_is_written")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"name": ', "line 1"),
        ('{"name": NaN}', "not JSON"),
        ('{"name": ' + "9" * 5_000 + "}", "too many digits"),
        ("", "empty"),
    ],
)
def test_a_body_that_is_not_json_is_a_bad_request(api: Client, skill_id: str, text: str, says: str) -> None:
    assert_problem(api.send("PUT", f"/v1/skills/{skill_id}", text=text), 400, says=says)


@pytest.mark.usefixtures("_nothing_is_written")
@pytest.mark.parametrize(
    ("text", "pointer", "says"),
    [
        ("[" * 600 + "]" * 600, "/0", "deeper than 64 levels"),
        ("[" * 100_000, "", "deeper than 64 levels"),
        ('{"name": "a", "content":' + '{"a":' * 600 + "1" + "}" * 601, "/content", "deeper than 64 levels"),
        (
            '{"checks": [{"type": "json_schema", "schema": ' + '{"not":' * 600 + "{}" + "}" * 600 + "}]}",
            "/checks",
            "deeper than 64 levels",
        ),
        ('{"name": "a", "content": "b", "name": "c"}', "/name", "given twice"),
    ],
)
def test_a_body_that_is_nested_too_deep_or_says_two_things_is_refused(
    api: Client, skill_id: str, text: str, pointer: str, says: str
) -> None:
    response = api.send("PUT", f"/v1/skills/{skill_id}", text=text)
    assert_problem(response, 422, pointer=pointer, says=says)
    assert len(response.body) < 1_000


@pytest.mark.usefixtures("_nothing_is_written")
@pytest.mark.parametrize("name", ["", " ", "\u200b", "a\x1bb", "a\u202eb", "\u2028"])
def test_a_skill_has_a_name_that_can_be_seen(api: Client, skill_id: str, name: str) -> None:
    response = api.send("PUT", f"/v1/skills/{skill_id}", {"name": name, "content": "b"})
    assert_problem(response, 422, pointer="/name")


@pytest.mark.usefixtures("_nothing_is_written")
@pytest.mark.parametrize("text", ["[]", '"name"', "null", "1"])
def test_a_body_that_is_no_object_is_refused(api: Client, skill_id: str, text: str) -> None:
    assert_problem(api.send("PUT", f"/v1/skills/{skill_id}", text=text), 422, pointer="", says="object")


@pytest.mark.usefixtures("_nothing_is_written")
@pytest.mark.parametrize("skill", ["-", "a%20b", "%00", "x" * 201])
def test_an_id_that_no_skill_can_have_is_refused_wherever_it_is_sent(api: Client, skill: str) -> None:
    body = {"name": "a", "content": "b"}
    assert_problem(api.send("PUT", f"/v1/skills/{skill}", body), 422, pointer="/skill_id")
    assert_problem(api.send("POST", f"/v1/skills/{skill}/runs", a_start()), 422, pointer="/skill_id")
    assert_problem(api.get(f"/v1/skills/{skill}/runs"), 422, pointer="/skill_id")


@pytest.mark.usefixtures("_nothing_is_written")
@pytest.mark.parametrize("key", ["", "x" * 256, "a\u00e9"])
def test_an_idempotency_key_that_cannot_be_kept_is_refused(api: Client, skill_id: str, key: str) -> None:
    response = api.send("POST", f"/v1/skills/{skill_id}/runs", a_start(), headers={"idempotency-key": key})
    assert_problem(response, 422, pointer="/Idempotency-Key", says="255")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=501", "/limit"),
        ("limit=1_0", "/limit"),
        ("limit=", "/limit"),
        ("outcome=good", "/outcome"),
        ("model=", "/model"),
        ("model=a%00b", "/model"),
        ("cursor=nonsense", "/cursor"),
        ("cursor=%00", "/cursor"),
        ("cursor=W10", "/cursor"),
        *((f"cursor={encoded(content)}", "/cursor") for content in ODD_CURSORS),
        ("page=2", "/page"),
    ],
)
def test_a_query_that_means_nothing_is_refused(api: Client, ended: Ended, query: str, pointer: str) -> None:
    assert_problem(api.get(f"/v1/runs/{ended.run_id}/results", query), 422, pointer=pointer)


def test_a_cursor_of_another_list_is_refused(api: Client, ended: Ended, skill_id: str) -> None:
    api.put_skill(skill_id)
    examples = f"/v1/skills/{ended.skill_id}/training-examples"
    for text in ("a", "b"):
        api.add_example(ended.skill_id, text)
    of_examples = api.get(examples, "limit=1").json()["next_cursor"]
    of_results = api.get(f"/v1/runs/{ended.run_id}/results", "limit=1").json()["next_cursor"]
    for path, cursor in (
        (f"/v1/skills/{skill_id}/training-examples", of_examples),
        (f"/v1/skills/{ended.skill_id}/runs", of_examples),
        (f"/v1/runs/{ended.run_id}/results", of_examples),
        (examples, of_results),
    ):
        assert_problem(api.get(path, f"cursor={cursor}"), 422, pointer="/cursor", says="leave it out")


@pytest.mark.usefixtures("_nothing_is_written")
@pytest.mark.parametrize("content", ["Repeat\0 it.", "Repeat\udfff it."])
def test_a_skill_that_could_not_be_kept_to_the_last_character_is_refused(
    api: Client, skill_id: str, content: str
) -> None:
    started = api.send("POST", f"/v1/skills/{skill_id}/runs", a_start(skill_content=content))
    assert_problem(started, 422, pointer="/skill_content", says="character 7 is U+0000")
    registered = api.send("PUT", f"/v1/skills/{skill_id}", {"name": "a", "content": content})
    assert_problem(registered, 422, pointer="/content", says="remove it")


@pytest.mark.usefixtures("_nothing_is_written")
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"rubric": ""}, "/rubric"),
        ({"judges": []}, "/judges"),
        ({"verdicts_per_judge": 0}, "/verdicts_per_judge"),
        ({"models": MODELS}, "/models"),
        ({"exclude_same_family": True}, "/exclude_same_family"),
    ],
)
def test_a_run_cannot_be_rejudged_by_what_is_no_panel(
    api: Client, ended: Ended, body: dict[str, Any], pointer: str
) -> None:
    assert_problem(api.send("POST", f"/v1/runs/{ended.run_id}/rejudge", body), 422, pointer=pointer)
