"""All checks of one answer: no answer breaks them, and what they say can be stored."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill_benchmark.domain.checks import CheckOutcome, CheckResult, run_checks
from tests.unit.domain.checks.examples import parse_checks

YES = {"type": "contains", "values": ["yes"]}
NO = {"type": "contains", "values": ["no"]}
UNDECIDED = {"type": "json_schema", "schema": {"items": {"type": "integer"}}}
WITHOUT_VALUE = {"type": "exact"}
MANY = json.dumps([1] * 300_000) + " " * 10

ONE_OF_EACH: list[dict[str, Any]] = [
    {"type": "exact"},
    {"type": "exact", "value": "a", "ignore_case": True, "trim": False},
    {"type": "contains", "values": ["a", "ß"], "ignore_case": True},
    {"type": "regex", "pattern": r"^(?i)(a|\pL)+$"},
    {"type": "regex", "pattern": r"(\w+\s?)+", "match": "full"},
    {"type": "json_schema", "schema": {"type": "object", "additionalProperties": {"pattern": "^a"}}},
    {"type": "json_schema", "schema": {"uniqueItems": True, "multipleOf": 0.1, "items": {"enum": [1, "a"]}}},
    {"type": "numeric", "number": "last", "relative_tolerance": 0.5},
    {"type": "numeric", "number": "first", "value": 1e308, "absolute_tolerance": 1e-308},
    {"type": "numeric"},
]
CHECKS = parse_checks(ONE_OF_EACH)


def passed(checks: list[dict[str, Any]], answer: str, expected_output: str | None = None) -> bool | None:
    return run_checks(parse_checks(checks), answer, expected_output).passed


def test_all_checks_that_apply_must_pass() -> None:
    assert passed([YES, {"type": "contains", "values": ["no"]}], "yes and no") is True
    assert passed([YES, NO], "yes") is False


def test_a_check_that_does_not_apply_decides_nothing() -> None:
    assert passed([YES, WITHOUT_VALUE], "yes") is True
    assert passed([NO, WITHOUT_VALUE], "yes") is False
    assert passed([WITHOUT_VALUE], "yes") is None


def test_an_answer_has_not_passed_while_a_check_of_it_is_not_decided() -> None:
    everything = {"type": "regex", "pattern": "1"}
    assert passed([UNDECIDED], MANY) is None
    assert passed([everything, UNDECIDED], MANY) is None
    assert passed([NO, UNDECIDED], MANY) is False


def test_an_answer_that_is_too_long_is_not_decided() -> None:
    outcome = run_checks(CHECKS, "ä" * 600_000, None)
    assert outcome.passed is None
    assert all("1048576 bytes" in result.detail for result in outcome.results)


def test_results_come_in_the_order_of_the_checks() -> None:
    assert [result.type for result in run_checks(CHECKS, "a", "a").results] == [check["type"] for check in ONE_OF_EACH]


def test_an_answer_is_looked_at_as_it_is_stored() -> None:
    assert passed([{"type": "exact", "value": "ab"}], "a\x00\ud800b") is True
    assert passed([{"type": "exact"}], "ab", "a\x00b") is True


def storable_json(outcome: CheckOutcome) -> list[dict[str, Any]]:
    """As `jsonb` takes it: UTF-8, no NaN, no U+0000."""
    results = outcome.model_dump(mode="json")["results"]
    text = json.dumps(results, ensure_ascii=False, allow_nan=False)
    assert text.encode()
    read: list[dict[str, Any]] = json.loads(text)
    assert not any("\x00" in result["detail"] for result in read)
    return read


@pytest.mark.parametrize(
    "answer",
    [
        "", "\x00", "\ud800", '"\\u0000"', '{"\\u0000": "\\ud800"}', "NaN", "1e999", "-1e999999999999", "[" * 100_000,
        '{"a":' * 100_000, "9" * 100_000, "1," * 100_000, "1." * 100_000, "```json\n" * 50_000, "`" * 100_000,
        "-" * 100_000, "a" * 1_000_000, "\n" * 1_000_000, '"' + "\\" * 500_001, '"\\"' * 100_000, "٣" * 999,
        "1e" * 9_999, json.dumps({f"k{n}": n for n in range(50_000)}), json.dumps([[n] for n in range(50_000)]),
    ],
    ids=lambda answer: repr(answer[:12]),
)  # fmt: skip
def test_no_answer_is_too_strange_to_be_looked_at(answer: str) -> None:
    for expected_output in (None, answer, "1e999"):
        results = storable_json(run_checks(CHECKS, answer, expected_output))
        assert len(results) == len(CHECKS)
        assert all(len(result["detail"]) <= 300 for result in results)


ANYTHING = (
    st.text(st.characters())
    | st.text(st.sampled_from('[]{}",:\\`json\n0123456789.eE+-\u2212 aß\x00\ud800'), max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    ).map(json.dumps)
)


@settings(max_examples=200)
@given(ANYTHING, st.none() | ANYTHING)
def test_any_answer_gets_an_outcome_that_comes_back_from_json(answer: str, expected_output: str | None) -> None:
    outcome = run_checks(CHECKS, answer, expected_output)
    assert [CheckResult(**result) for result in storable_json(outcome)] == list(outcome.results)
    assert CheckOutcome.model_validate_json(outcome.model_dump_json()).passed == outcome.passed


@settings(max_examples=200)
@given(ANYTHING, st.none() | ANYTHING)
def test_the_same_answer_always_gets_the_same_outcome(answer: str, expected_output: str | None) -> None:
    assert run_checks(CHECKS, answer, expected_output) == run_checks(CHECKS, answer, expected_output)


@given(ANYTHING)
def test_an_answer_that_is_the_expected_output_is_exact(text: str) -> None:
    assert passed([{"type": "exact"}], text, text) is True
