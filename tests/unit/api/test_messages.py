"""What a request that is refused is told, word for word: each names the place, what is wrong there and the way out."""

import json
from typing import Any

import pytest

from tests.unit.api.asking import ask

pytestmark = pytest.mark.usefixtures("_deployed")

SKILL = "/v1/skills/capitals"
RUNS = f"{SKILL}/runs"
EXAMPLES = f"{SKILL}/training-examples"
RESULTS = "/v1/runs/run_1/results"
LABELS = "/v1/results/run_1.0/labels"
LABEL = {"rater": "ada", "dimension": "quality_score", "value": 80, "blinded": True}
START = (
    "skill_content, test_cases, models, judges, verdicts_per_judge, exclude_same_family, rubric, repeats, "
    "max_concurrency, triggered_by"
)
TYPES = "exact, contains, regex, json_schema, numeric"
IDS = "should be 1 to 200 of A-Z a-z 0-9 _ . : - and begin with a letter or a digit"


def checked(check: object) -> dict[str, Any]:
    return {"test_cases": [{"input": "x", "checks": [check]}]}


def deep(levels: int) -> Any:
    return json.loads('{"not":' * levels + "{}" + "}" * levels)


BODIES: list[tuple[str, object, str]] = [
    (SKILL, {"name": "a\ud800", "content": "x"}, "/name: holds U+0000 or half of a surrogate pair; remove it"),
    (RUNS, {"model": ["a"]}, "/model: is not known; did you mean `models`?"),
    (RUNS, {"prompt": 1}, f"/prompt: is not known; use one of: {START}"),
    (
        RUNS,
        {"test_case": [], "judge": ["a"], "repeat": 2, "rubrics": "b"},
        (
            "/test_case: is not known; did you mean `test_cases`?; /judge: is not known; did you mean `judges`?; "
            "/repeat: is not known; did you mean `repeats`? (and 1 more)"
        ),
    ),
    (
        RUNS,
        {"test_cases": [{"input": "x", "expected": "y"}]},
        "/test_cases/0/expected: is not known; did you mean `expected_output`?",
    ),
    (
        RUNS,
        {"test_cases": [{"text": "x"}]},
        "/test_cases/0/text: is not known; use one of: input, expected_output, checks; /test_cases/0/input: is missing",
    ),
    (RUNS, {"test_cases": [{}]}, "/test_cases/0/input: is missing"),
    (RUNS, {"test_cases": []}, "/test_cases: should have 1 or more items"),
    (RUNS, {"test_cases": [{"input": "x"}] * 5_001}, "/test_cases: should have 5000 or fewer items"),
    (RUNS, {"test_cases": {}}, "/test_cases: should be a list"),
    (RUNS, {"test_cases": ["x"]}, "/test_cases/0: should be an object"),
    (RUNS, {"test_cases": [{"input": 1}]}, "/test_cases/0/input: should be a string"),
    (RUNS, {"models": "a"}, "/models: should be a list"),
    (RUNS, {"models": [" "]}, "/models/0: is blank; it should have a character that can be seen"),
    (RUNS, {"models": ["x" * 201]}, "/models/0: should have 200 or fewer characters"),
    (
        RUNS,
        {"judges": ["a\u202eb"]},
        "/judges/0: holds U+202E, a control character or one that changes the direction of text; remove it",
    ),
    (RUNS, {"repeats": "2"}, "/repeats: should be a whole number"),
    (RUNS, {"repeats": 1.5}, "/repeats: should be a whole number"),
    (RUNS, {"repeats": 0}, "/repeats: should be 1 or more"),
    (RUNS, {"max_concurrency": 1_001}, "/max_concurrency: should be 1000 or less"),
    (RUNS, {"exclude_same_family": "no"}, "/exclude_same_family: should be true or false"),
    (RUNS, {"skill_content": " "}, "/skill_content: is blank; it should have text"),
    (RUNS, '{"repeats": 1, "repeats": 2}', "/repeats: is given twice in one object; send it once"),
    (RUNS, "[" * 600 + "]" * 600, "/0: is nested deeper than 64 levels; send a flatter document"),
    (RUNS, '{"a":' * 600 + "1" + "}" * 600, "/a: is nested deeper than 64 levels; send a flatter document"),
    (RUNS, "[" * 99_999 + "]" * 99_999, "the body: is nested deeper than 64 levels; send a flatter document"),
    (RUNS, "[]", "the body: should be an object"),
    (RUNS, "null", "the body: should be an object"),
    (RUNS, checked({"type": "sounds_right"}), f"/test_cases/0/checks/0: has a `type` that is not one of: {TYPES}"),
    (RUNS, checked({}), f"/test_cases/0/checks/0: needs a `type`, one of: {TYPES}"),
    (RUNS, checked({"type": "exact", "valu": "a"}), "/test_cases/0/checks/0/valu: is not known; did you mean `value`?"),
    (
        RUNS,
        checked({"type": "contains", "values": ["a"], "mode": "some"}),
        "/test_cases/0/checks/0/mode: should be one of: all, any",
    ),
    (
        RUNS,
        checked({"type": "numeric", "absolute_tolerance": -1}),
        "/test_cases/0/checks/0/absolute_tolerance: should be 0 or more",
    ),
    (
        RUNS,
        checked({"type": "json_schema", "schema": deep(50)}),
        "/test_cases/0/checks/0/schema: is nested deeper than 48 levels; move parts to `$defs`",
    ),
    ("/v1/runs/run_1/rejudge", {"judge": ["a"]}, "/judge: is not known; did you mean `judges`?"),
    (SKILL, {"name": "", "content": "x"}, "/name: is blank; it should have a character that can be seen"),
    (
        SKILL,
        {"model": "x"},
        "/model: is not known; use one of: name, content, rubric, checks; /name: is missing; /content: is missing",
    ),
    (
        EXAMPLES,
        {"input": "a", "output": "b"},
        (
            "/input: is not known; did you mean `example_input`?; "
            "/output: is not known; did you mean `expected_output`?; /example_input: is missing (and 1 more)"
        ),
    ),
    (
        LABELS,
        LABEL | {"dimension": "style"},
        (
            "/dimension: should be one of: quality_score, faithfulness_score, relevancy_score, precision_score, "
            "recall_score"
        ),
    ),
    (LABELS, LABEL | {"value": 101}, "/value: should be 100 or less"),
    (LABELS, LABEL | {"value": "80"}, "/value: should be a number"),
    (LABELS, json.dumps(LABEL).replace("80", "1e999"), "/value: should be a finite number"),
    (LABELS, LABEL | {"rater": "\u200b"}, "/rater: is blank; it should have a character that can be seen"),
]


@pytest.mark.parametrize(("path", "body", "detail"), BODIES)
def test_a_body_is_refused_in_these_words(path: str, body: object, detail: str) -> None:
    refused = ask("PUT" if path == SKILL else "POST", path, body=body)
    assert (refused.status, refused.problem["detail"]) == (422, detail)
    assert {error["in"] for error in refused.problem["errors"]} == {"body"}


@pytest.mark.parametrize(
    ("path", "query", "detail"),
    [
        (RESULTS, "limit=0", "/limit: should be 1 or more"),
        (RESULTS, "limit=501", "/limit: should be 500 or less"),
        (RESULTS, "limit=ten", "/limit: should be a whole number"),
        (RESULTS, "lim=1", "/lim: is not known; did you mean `limit`?"),
        (RESULTS, "page=2", "/page: is not known; use one of: cursor, limit, model, outcome"),
        ("/v1/runs/run_1", "page=2", "/page: is not known; leave it out"),
        (
            RESULTS,
            "outcome=good",
            "/outcome: should be one of: scored, refused, truncated, model_error, judge_error, missing",
        ),
        (RESULTS, "model=", "/model: is blank; it should have a character that can be seen"),
        (
            RESULTS,
            "cursor=a%20b",
            "/cursor: is no cursor; send `next_cursor` of the page before as it is, or leave it out",
        ),
        (f"{SKILL}/cost-trend", "days=366", "/days: should be 365 or less"),
        (f"{SKILL}/plan", "", "/difference: is missing"),
        (f"{SKILL}/plan", "difference=0", "/difference: should be more than 0"),
        (f"{SKILL}/plan", "difference=100.5", "/difference: should be 100 or less"),
        (f"{SKILL}/plan", "difference=five", "/difference: should be a number"),
        (f"{SKILL}/plan", "difference=nan", "/difference: should be a number"),
        (f"{SKILL}/plan", "difference=1_0", "/difference: should be a number"),
        (f"{SKILL}/plan", "difference=5&models=1", "/models: should be 2 or more"),
        (f"{SKILL}/plan", "difference=5&models=101", "/models: should be 100 or less"),
        (f"{SKILL}/plan", "difference=5&verdicts=51", "/verdicts: should be 50 or less"),
        (f"{SKILL}/plan", "difference=5&repeats=2", "/repeats: is not known; use one of: difference, models, verdicts"),
        ("/v1/judges/validation", "", "/judge: is missing"),
        ("/v1/judges/validation", "judge=a/b&skill_id=a%20b", f"/skill_id: {IDS}"),
    ],
)
def test_a_query_is_refused_in_these_words(path: str, query: str, detail: str) -> None:
    refused = ask("GET", path, query)
    assert (refused.status, refused.problem["detail"]) == (422, detail)
    assert {error["in"] for error in refused.problem["errors"]} == {"query"}


RUN_IDS = "/run_id: should be the id of a run, as its start gave it: run_ and letters, digits, _ or -"
RESULT_IDS = "/result_id: should be the id of a result, as a list of results gives it: the run's id, a dot and a number"


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/v1/skills/-/runs", f"/skill_id: {IDS}"),
        ('/v1/skills/a"b/runs', f"/skill_id: {IDS}"),
        ("/v1/skills/\u00e9\\/runs", f"/skill_id: {IDS}"),
        ("/v1/skills/%C3%A9/runs", f"/skill_id: {IDS}"),
        (f"/v1/skills/{'x' * 201}/runs", f"/skill_id: {IDS}"),
        ("/v1/runs/1", RUN_IDS),
        ("/v1/runs/run_1%0A", RUN_IDS),
        ("/v1/runs/run_1\n", RUN_IDS),
        ("/v1/results/4711/verdicts", RESULT_IDS),
        ("/v1/results/run_1.01/verdicts", RESULT_IDS),
        ("/v1/results/run_1.-1/labels", RESULT_IDS),
        (f"/v1/results/run_1.{'9' * 40}/labels", RESULT_IDS),
    ],
)
def test_an_id_that_cannot_be_one_is_refused_in_these_words(path: str, detail: str) -> None:
    refused = ask("GET", path)
    assert (refused.status, refused.problem["detail"]) == (422, detail)
    assert [error["in"] for error in refused.problem["errors"]] == ["path"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (None, "the body is empty; it should be a JSON object"),
        ('{"a"', "the body is not JSON: Expecting ':' delimiter at line 1, column 5"),
        ('{"a": NaN}', "the body is not JSON: NaN is no number of JSON; send null, or leave it out"),
        ("9" * 5_000, "the body is not JSON: a number has too many digits"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_in_these_words(body: object, detail: str) -> None:
    refused = ask("PUT", SKILL, body=body)
    assert (refused.status, refused.problem["detail"]) == (400, detail)


def test_an_idempotency_key_is_refused_in_these_words() -> None:
    refused = ask("POST", RUNS, body={}, headers={"idempotency-key": "x" * 256})
    assert refused.problem["detail"] == "/Idempotency-Key: should be 1 to 255 printable ASCII characters"
    assert [error["in"] for error in refused.problem["errors"]] == ["header"]


def test_no_message_shows_a_regular_expression() -> None:
    details = [ask("PUT" if path == SKILL else "POST", path, body=body).problem["detail"] for path, body, _ in BODIES]
    assert not [detail for detail in details if "^[" in detail or "pattern '" in detail]
