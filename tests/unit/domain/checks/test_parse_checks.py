"""A check that cannot be carried out is refused before anything is bought, with the field and the way out."""

from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from skill_benchmark.domain.checks import Checks, JsonSchemaCheck
from skill_benchmark.domain.mistakes import Mistake, mistakes
from tests.unit.domain.checks.examples import parse_checks

ALL_TYPES: list[dict[str, Any]] = [
    {"type": "exact", "value": "yes", "ignore_case": True, "trim": False},
    {"type": "contains", "values": ["a", "b"], "ignore_case": True, "mode": "any"},
    {"type": "regex", "pattern": r"^\d+$", "match": "full"},
    {"type": "json_schema", "schema": {"type": "object", "properties": {"$ref": {"const": 1.5}}}},
    {"type": "numeric", "value": 12, "absolute_tolerance": 0.5, "relative_tolerance": 0.01, "number": "last"},
]


class Case(BaseModel):
    checks: Checks


def refused(raw: object) -> Mistake:
    with pytest.raises(ValidationError) as caught:
        parse_checks(raw)
    return mistakes(caught.value)[0]


def field(mistake: Mistake) -> str:
    return "checks" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in mistake.path)


def test_checks_come_back_from_json_as_they_went_in() -> None:
    case = Case(checks=parse_checks(ALL_TYPES))
    assert case.model_dump(mode="json") == {"checks": ALL_TYPES}
    assert Case.model_validate_json(case.model_dump_json()) == case
    assert Case.model_validate(case.model_dump()) == case


def test_a_value_left_out_comes_back_from_json_as_left_out() -> None:
    case = Case(checks=parse_checks([{"type": "exact"}, {"type": "numeric"}]))
    assert Case.model_validate_json(case.model_dump_json()) == case


def test_the_published_schema_names_the_fields_as_callers_write_them() -> None:
    definitions = TypeAdapter[Any](Checks).json_schema()["$defs"]
    assert "schema" in definitions["JsonSchemaCheck"]["properties"]
    assert definitions["NumericCheck"]["properties"]["value"]["anyOf"] == [{"type": "number"}, {"type": "null"}]


def test_a_check_cannot_be_changed_once_parsed() -> None:
    (check,) = parse_checks([{"type": "exact", "value": "a"}])
    with pytest.raises(ValidationError, match="frozen"):
        setattr(check, "type", "exact")  # noqa: B010 - the type checker would refuse the assignment


@pytest.mark.parametrize(
    ("raw", "place", "says"),
    [
        ({}, "checks", "list"),
        ([], "checks", "1 or more items"),
        ([{"type": "exact"}] * 11, "checks", "10 or fewer items"),
        ([5], "checks[0]", "should be an object"),
        ([{}], "checks[0]", "exact, contains, regex, json_schema, numeric"),
        ([{"type": "rouge"}], "checks[0]", "exact, contains, regex, json_schema, numeric"),
        ([{"type": "exact"}, {"type": "exact", "valu": "a"}], "checks[1].valu", "did you mean `value`"),
        ([{"type": "json_schema", "document": {}}], "checks[0].document", "use one of: type, schema"),
        ([{"type": "json_schema", "schema": {}, "x": 1}], "checks[0].x", "type, schema"),
        ([{"type": "exact", "value": 1}], "checks[0].value", "string"),
        ([{"type": "exact", "value": "a\x00"}], "checks[0].value", "U+0000"),
        ([{"type": "exact", "value": "x" * 50_001}], "checks[0].value", "50000"),
        ([{"type": "exact", "trim": "yes"}], "checks[0].trim", "true or false"),
        ([{"type": "contains"}], "checks[0].values", "is missing"),
        ([{"type": "contains", "values": []}], "checks[0].values", "1 or more items"),
        ([{"type": "contains", "values": ["a"] * 21}], "checks[0].values", "20 or fewer items"),
        ([{"type": "contains", "values": ["a", ""]}], "checks[0].values[1]", "1 or more characters"),
        ([{"type": "contains", "values": ["a"], "mode": "some"}], "checks[0].mode", "one of: all, any"),
        ([{"type": "numeric", "value": "1"}], "checks[0].value", "finite number"),
        ([{"type": "numeric", "value": True}], "checks[0].value", "finite number"),
        ([{"type": "numeric", "value": float("nan")}], "checks[0].value", "finite number"),
        ([{"type": "numeric", "value": 10**400}], "checks[0].value", "64 bits"),
        ([{"type": "numeric", "absolute_tolerance": -0.1}], "checks[0].absolute_tolerance", "should be 0 or more"),
        ([{"type": "numeric", "relative_tolerance": float("inf")}], "checks[0].relative_tolerance", "finite"),
        ([{"type": "regex", "pattern": ""}], "checks[0].pattern", "1 or more characters"),
        ([{"type": "regex", "pattern": "a" * 1_001}], "checks[0].pattern", "1000"),
    ],
)
def test_a_mistake_is_refused_with_its_field_and_what_would_be_right(raw: object, place: str, says: str) -> None:
    error = refused(raw)
    assert field(error) == place
    assert says in error.message
    assert not error.message.startswith("Value error")


def test_half_of_a_surrogate_pair_is_refused_in_any_text() -> None:
    assert field(refused([{"type": "exact", "value": "\ud800"}])) == "checks[0].value"
    assert field(refused([{"type": "json_schema", "schema": {"const": "\ud800"}}])) == "checks[0].schema"


def test_checks_that_are_too_large_together_are_refused() -> None:
    value = "x" * 10_000
    assert len(parse_checks([{"type": "contains", "values": [value]}] * 10)) == 10
    assert "131072" in refused([{"type": "contains", "values": [value, value]}] * 10).message


def test_the_published_schema_demands_a_type() -> None:
    definitions = TypeAdapter[Any](Checks).json_schema()["$defs"]
    checks = [definition for name, definition in definitions.items() if name.endswith("Check")]
    assert len(checks) == 5
    assert all("type" in check["required"] for check in checks)


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        (r"(?=a)b", "lookahead"),
        (r"(?!a)b", "negative lookahead"),
        (r"(?<=a)b", "lookbehind"),
        (r"(?<!a)b", "negative lookbehind"),
        (r"(a)\1", r"backreference `\1`"),
        (r"(?P<x>a)(?P=x)", "backreference by name"),
        (r"(?>a+)b", "atomic group"),
        (r"a++b", "possessive quantifier `++`"),
        (r"(a)?(?(1)b|c)", "conditional group"),
        (r"a\Z", r"write `\z`"),
        (r"a(b", "missing )"),
        (r"[a", "missing ]"),
        (r"*a", "no argument for repetition"),
        (r"(a{100}){100}", "repetition"),
        (r"a{900}b{900}c{300}", "2000"),
    ],
)
def test_a_pattern_that_re2_cannot_run_is_refused_by_the_name_of_what_it_uses(pattern: str, named: str) -> None:
    for check in (
        {"type": "regex", "pattern": pattern},
        {"type": "json_schema", "schema": {"properties": {"a": {"pattern": pattern}}}},
        {"type": "json_schema", "schema": {"patternProperties": {pattern: {}}}},
    ):
        assert named in refused([check]).message


def schema_refused(schema: dict[str, Any]) -> str:
    error = refused([{"type": "json_schema", "schema": schema}])
    assert field(error) == "checks[0].schema"
    return error.message


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "objekt"}, "/type: is not JSON Schema: 'objekt'"),
        ({"properties": {"a": {"minimum": "1"}}}, "/properties/a/minimum: is not JSON Schema"),
        ({"items": [{}]}, "/items: is not JSON Schema"),
        ({"multipleOf": 0}, "/multipleOf: is not JSON Schema"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "draft 2020-12"),
        ({"$schema": 7}, "draft 2020-12"),
        ({"properties": {"a": {"$schema": "https://json-schema.org/draft/2020-12/schema"}}}, "/properties/a/$schema"),
        ({"properties": {"a": {"$id": "https://example.org/a"}}}, "/properties/a/$id"),
        ({"$ref": "https://example.org/a.json"}, "nothing is fetched"),
        ({"items": {"$ref": "file:///etc/passwd"}}, "nothing is fetched"),
        ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, "nothing is fetched"),
        ({"$ref": "other.json#/$defs/a"}, "nothing is fetched"),
        ({"$ref": "#/$defs/a"}, "there is no schema at '#/$defs/a'"),
        ({"$ref": "#a"}, "there is no schema at '#a'"),
        ({"$ref": "#/x/y", "x": {"y": {"pattern": "(a)\\1"}}}, "there is no schema"),
        ({"$ref": "#/properties", "properties": {"type": True}}, "there is no schema"),
        ({"unevaluatedProperties": False}, "additionalProperties"),
        ({"allOf": [{"unevaluatedItems": False}]}, "/allOf/0/unevaluatedItems"),
        ({"$dynamicRef": "#a"}, "use `$ref`"),
        ({"$ref": "#"}, "never end"),
        ({"$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}}}, "never end"),
        ({"const": float("nan")}, "/const"),
        ({"const": {"a": [10**30]}}, "/const/a/0"),
        ({"const": ("a",)}, "/const"),
        ({"const": {1: 2}}, "no string"),
        ({"description": "ä" * 26_000}, "51200"),
    ],
)
def test_a_schema_that_cannot_be_evaluated_is_refused_with_its_place(schema: dict[str, Any], says: str) -> None:
    assert says in schema_refused(schema)


def test_a_schema_nested_too_deep_or_into_itself_is_refused() -> None:
    schema: dict[str, Any] = {}
    schema["not"] = schema
    assert "48 levels" in schema_refused(schema)


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_a_schema_that_doubles_with_every_reference_is_refused(keyword: str) -> None:
    definitions: dict[str, Any] = {f"d{n}": {keyword: [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(11)}
    assert "2000" in schema_refused({"$defs": {**definitions, "d11": {}}, "$ref": "#/$defs/d0"})


def test_a_long_chain_of_references_is_refused() -> None:
    chain: dict[str, Any] = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(500)}
    assert "within one another" in schema_refused({"$defs": {**chain, "d500": {}}, "$ref": "#/$defs/d0"})


def test_a_schema_as_deep_as_is_allowed_is_taken() -> None:
    for wrap in ({"properties": {"a": None}}, {"allOf": [None]}, {"patternProperties": {"^a": None}}):
        (outer, inner) = next(iter(wrap.items()))
        schema: dict[str, Any] = {"type": "object"}
        for _ in range(23):
            schema = {outer: [schema]} if isinstance(inner, list) else {outer: dict.fromkeys(inner, schema)}
        (check,) = parse_checks([{"type": "json_schema", "schema": schema}])
        assert isinstance(check, JsonSchemaCheck)
