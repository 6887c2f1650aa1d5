"""json_schema."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import Draft202012Validator

from tests.unit.domain.checks.examples import passes, result

TICKET = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://example.org/ticket.json",
    "type": "object",
    "required": ["queue", "urgent"],
    "properties": {"queue": {"enum": ["billing", "sales"]}, "urgent": {"type": "boolean"}},
    "additionalProperties": False,
}


def schema(document: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "schema": document}


def test_an_answer_that_is_json_of_the_described_shape_passes() -> None:
    assert passes(schema(TICKET), '{"queue": "billing", "urgent": false}') is True


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ('{"queue": "billing"}', "$: 'urgent' is a required property"),
        ('{"queue": "hr", "urgent": true}', "$.queue: 'hr' is not one of the 2 values of enum"),
        ('{"queue": "sales", "urgent": 1}', "$.urgent: 1 is not of type 'boolean'"),
        ('{"queue": "sales", "urgent": true, "x": 1}', "additional property 'x'"),
        ('["billing"]', "is not of type 'object'"),
        ("billing", "is not JSON: Expecting value at line 1, column 1"),
        ('{"queue": "billing", "urgent": NaN}', "NaN is no JSON number"),
        ("", "is not JSON"),
    ],
)
def test_an_answer_of_another_shape_fails_with_the_place_and_the_rule(answer: str, says: str) -> None:
    found = result(schema(TICKET), answer)
    assert found.passed is False
    assert says in found.detail


def test_exactly_one_fenced_json_block_is_read_with_or_without_prose_around_it() -> None:
    block = '```json\n{"queue": "billing", "urgent": false}\n```'
    assert passes(schema(TICKET), block) is True
    assert passes(schema(TICKET), f"Here it is:\n\n{block}\nAnything else?") is True
    assert passes(schema(TICKET), f"```python\nprint()\n```\n  {block.replace('json', 'JSON')}") is True
    assert "2 fenced json blocks" in result(schema(TICKET), f"{block}\n{block}").detail
    assert passes(schema(TICKET), block.replace("json", "")) is False
    assert passes(schema(TICKET), block.removesuffix("```")) is False


def test_a_fence_inside_of_a_string_of_a_json_answer_is_no_block() -> None:
    assert passes(schema({"type": "string"}), json.dumps("```json\n1\n```")) is True


def test_references_within_the_schema_are_followed() -> None:
    tree = {"$defs": {"node": {"$anchor": "n", "type": "array", "items": {"$ref": "#n"}}}, "$ref": "#/$defs/node"}
    assert passes(schema(tree), "[[], [[]]]") is True
    assert passes(schema(tree), "[[], [1]]") is False


def test_a_property_may_be_called_like_a_keyword() -> None:
    document = {"properties": {"$ref": {"type": "string"}, "unevaluatedItems": {"type": "integer"}, "$id": True}}
    assert passes(schema(document), '{"$ref": "http://example.org", "unevaluatedItems": 1, "$id": 2}') is True
    assert passes(schema(document), '{"$ref": 1}') is False


def test_annotations_and_unknown_keywords_change_nothing() -> None:
    document = {"format": "email", "title": "t", "examples": [{"$ref": "nowhere"}], "x-unit": {"type": "x"}}
    assert passes(schema(document), '"no address"') is True


def test_numbers_are_numbers_whatever_their_spelling_and_booleans_are_not() -> None:
    assert passes(schema({"type": "integer"}), "1.0") is True
    assert passes(schema({"const": 1}), "1.0") is True
    assert passes(schema({"const": 1}), "true") is False
    assert passes(schema({"enum": [[0], {"a": False}]}), '{"a": 0}') is False
    assert passes(schema({"uniqueItems": True}), "[1, true, 0, false]") is True
    assert passes(schema({"uniqueItems": True}), '[{"a": 1, "b": 2}, {"b": 2, "a": 1.0}]') is False
    assert passes(schema({"multipleOf": 0.1}), "0.3") is True
    assert passes(schema({"multipleOf": 0.01}), "19.999") is False


@pytest.mark.parametrize("answer", ["1e999", "-1e999", "9" * 310, "[" * 65 + "]" * 65, "[" * 99_999, '{"a":' * 9_999])
def test_numbers_and_nesting_beyond_what_is_read_fail(answer: str) -> None:
    assert passes(schema({}), answer) is False


def test_whole_numbers_within_the_range_of_double_precision_are_exact() -> None:
    assert passes(schema({"multipleOf": 10}), "9" * 300 + "0") is True
    assert passes(schema({"multipleOf": 10}), "9" * 300 + "1") is False


def test_nesting_up_to_the_limit_is_evaluated() -> None:
    tree = {"$defs": {"node": {"type": "array", "items": {"$ref": "#/$defs/node"}}}, "$ref": "#/$defs/node"}
    assert passes(schema(tree), "[" * 64 + "]" * 64) is True


def test_the_halves_of_a_surrogate_pair_that_json_can_spell_are_looked_at_without_harm() -> None:
    found = result(schema({"pattern": "^a$"}), r'"\ud800"')
    assert found.passed is False
    assert found.detail.encode()


@pytest.mark.parametrize(
    ("document", "answer"),
    [
        pytest.param(
            {"$defs": {"n": {"properties": {"x": {"allOf": [{"$ref": "#/$defs/n"}] * 2}}}}, "$ref": "#/$defs/n"},
            '{"x":' * 60 + "1" + "}" * 60,
            id="doubles with every level of the answer",
        ),
        pytest.param({"items": {"type": "integer"}}, json.dumps([1] * 300_000), id="very many values"),
        pytest.param({"anyOf": [{"contains": {"const": n}} for n in range(99)]}, json.dumps(["a"] * 9_000), id="anyOf"),
        pytest.param(
            {"items": {"not": {"pattern": "a[ab]{900}c"}}}, json.dumps(["ab" * 9_000] * 50), id="a costly pattern"
        ),
        pytest.param(
            {"patternProperties": {f"^{n}": {"type": "string"} for n in range(1_000)}},
            json.dumps({f"x{n}": "" for n in range(20_000)}),
            id="many patterns for many names",
        ),
    ],
)
def test_what_would_take_too_long_is_not_decided(document: dict[str, Any], answer: str) -> None:
    found = result(schema(document), answer)
    assert found.passed is None
    assert found.detail.startswith("not decided")


def test_whole_numbers_whose_hashes_collide_are_told_apart_at_the_usual_cost() -> None:
    modulus = 2**61 - 1
    assert len({hash(n * modulus) for n in range(1, 9)}) == 1
    assert passes(schema({"uniqueItems": True}), json.dumps([n * modulus for n in range(1, 40_000)])) is True


def test_a_long_enumeration_does_not_count_against_the_answer() -> None:
    document = {"items": {"enum": [f"country {n}" for n in range(1_000)]}}
    assert passes(schema(document), json.dumps([f"country {n % 1_000}" for n in range(5_000)])) is True


def test_a_pattern_that_backtracks_for_ever_elsewhere_ends_here() -> None:
    text = "a" * 50_000 + "!"
    assert passes(schema({"pattern": "^(a+)+$"}), json.dumps(text)) is False
    for_names = {"propertyNames": {"pattern": "^(a+)+$"}}
    assert passes(schema(for_names), json.dumps({text: 1})) is False
    only_named_so = {"patternProperties": {"^(a+)+$": True}, "additionalProperties": False}
    assert passes(schema(only_named_so), json.dumps({text: 1})) is False


def test_a_detail_never_holds_a_long_answer() -> None:
    long = json.dumps({"text": "secret " * 10_000, "list": ["secret"] * 1_000})
    documents: list[dict[str, Any]] = [{"type": "array"}, {"not": {}}, {"maxProperties": 1}, {"anyOf": [False, False]}]
    for document in documents:
        detail = result(schema(document), long).detail
        assert "secret" not in detail
        assert len(detail) <= 300


names = st.sampled_from(["a", "b", "ab", "c1"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 1.0, 2.5]) | names,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=8,
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
PATTERNS = st.sampled_from(["^a", "b$", "[0-9]", "a|c"])


def compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(inner, min_size=1, max_size=3)
    named = st.dictionaries(names, inner, max_size=3)
    keywords = {
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
        "const": values,
        "enum": st.lists(values, min_size=1, max_size=3),
        "minimum": st.integers(-3, 3),
        "exclusiveMaximum": st.integers(-3, 3),
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "minLength": st.integers(0, 2),
        "pattern": PATTERNS,
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 3),
        "uniqueItems": st.booleans(),
        "contains": inner,
        "minContains": st.integers(0, 2),
        "maxContains": st.integers(0, 2),
        "prefixItems": several,
        "items": inner,
        "properties": named,
        "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
        "additionalProperties": inner,
        "propertyNames": inner,
        "required": st.lists(names, max_size=2, unique=True),
        "dependentRequired": st.dictionaries(names, st.lists(names, max_size=2, unique=True), max_size=2),
        "dependentSchemas": named,
        "allOf": several,
        "anyOf": several,
        "oneOf": several,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "title": names,
    }
    return st.lists(st.sampled_from(sorted(keywords)), max_size=3, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries({keyword: keywords[keyword] for keyword in chosen})
    )


SCHEMAS = compound(st.recursive(st.booleans() | compound(st.booleans()), compound, max_leaves=6))


@settings(max_examples=300)
@given(SCHEMAS, values)
def test_what_fits_a_schema_is_what_fits_it_by_the_draft(document: dict[str, Any], value: object) -> None:
    """Our keywords in place of the library's change the cost, and no verdict."""
    assert passes(schema(document), json.dumps(value)) is Draft202012Validator(document).is_valid(value)
