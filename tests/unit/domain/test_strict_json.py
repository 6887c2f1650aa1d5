"""JSON from outside: bounded in depth, every name once, and nothing that JSON does not have."""

import json
from typing import Any

import pytest

from skill_benchmark.domain.strict_json import MAX_DEPTH, NotJsonError, RefusedJsonError, parsed

SHAPES = {
    "lists": ("[", "]"),
    "objects": ('{"a":', "}"),
    "lists in objects": ('{"a":[', "]}"),
}


def nested(shape: str, levels: int) -> str:
    opening, closing = SHAPES[shape]
    times = levels // opening.count("[") if "{" not in opening else levels // len(closing)
    return opening * times + "1" + closing * times


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_nested_as_deep_as_allowed_is_taken(shape: str) -> None:
    assert parsed(nested(shape, MAX_DEPTH)) == json.loads(nested(shape, MAX_DEPTH))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("levels", [MAX_DEPTH + 2, 600, 900, 100_000])
def test_what_is_nested_deeper_is_refused_whether_python_could_read_it_or_not(shape: str, levels: int) -> None:
    with pytest.raises(RefusedJsonError, match="deeper than 64 levels") as refused:
        parsed(nested(shape, levels))
    assert len(refused.value.path) <= 1
    # A traceback with a line for each level would go to the log.
    assert refused.value.__cause__ is None


def test_what_is_nested_deep_behind_much_that_is_not_is_refused_at_its_place() -> None:
    with pytest.raises(RefusedJsonError) as refused:
        parsed(f'{{"first": [{"[], " * 1000}[]], "second": {nested("lists", 600)}}}')
    assert refused.value.path == ("second",)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"a": 1, "a": 1}', ("a",)),
        ('{"a": {"b": 1, "c": 2, "b": 3}}', ("a", "b")),
        ('[[], {"x": [{"y": null, "y": null}]}]', (1, "x", 0, "y")),
        (r'{"a": 1, "\u0061": 2}', ("a",)),
    ],
)
def test_a_name_that_is_given_twice_is_refused_where_it_is(text: str, path: tuple[Any, ...]) -> None:
    with pytest.raises(RefusedJsonError, match="given twice") as refused:
        parsed(text)
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": ', "line 1, column 7"),
        ("NaN", "NaN is no number of JSON"),
        ("[-Infinity]", "-Infinity is no number"),
        ("9" * 5_000, "too many digits"),
        ("\ufeff{}", "BOM"),
        ("", "line 1"),
    ],
)
def test_what_is_no_json_is_refused(text: str, says: str) -> None:
    with pytest.raises(NotJsonError, match=says):
        parsed(text)


def test_the_same_name_in_two_objects_is_fine() -> None:
    assert parsed('[{"a": 1}, {"a": {"a": 2}}]') == [{"a": 1}, {"a": {"a": 2}}]
