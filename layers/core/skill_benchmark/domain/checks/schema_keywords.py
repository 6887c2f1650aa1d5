"""The keywords of JSON Schema at a cost that is counted.

Every keyword pays for what it may look at, before it looks, from the steps of one check. Those of `jsonschema` that
would look at more than they were passed, backtrack, or collect all errors of an alternative are ours.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.validators import Draft202012Validator, extend

from skill_benchmark.domain.checks import patterns
from skill_benchmark.domain.checks.outcome import excerpt

MAX_STEPS = 300_000
"""Of one check of one answer; a few seconds at worst. Some 60 000 values in an answer with a simple schema."""

_SEARCH_STEPS = 2_000
"""What of a pattern's instructions × bytes makes one step here."""

Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


class StepsSpentError(Exception):
    """The check has taken all the steps it may take."""


class _Steps:
    def __init__(self) -> None:
        self._left = MAX_STEPS

    def spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise StepsSpentError


_steps: ContextVar[_Steps] = ContextVar("steps of the running check")


@contextmanager
def step_limit() -> Iterator[None]:
    """Within it BoundedValidator can be asked; it raises StepsSpentError when that takes too long."""
    token = _steps.set(_Steps())
    try:
        yield
    finally:
        _steps.reset(token)


def _spend(steps: int) -> None:
    _steps.get().spend(steps)


def _size(value: object) -> int:
    if isinstance(value, (list, dict)):
        return len(value)
    return len(value) // 256 if isinstance(value, str) else 0


def identity(value: Any, spend: Callable[[int], None]) -> Hashable:
    """The same for JSON values that are equal: 1 and 1.0 are, 1 and true are not.

    Numbers are text in it: the hashes of numbers can be chosen to collide, those of text cannot.
    """
    spend(1 + _size(value))
    match value:
        case bool() | None:
            return value
        case int():
            return ("number", hex(value))
        case float():
            return ("number", hex(int(value)) if value.is_integer() else repr(value))
        case list():
            return ("array", tuple(identity(item, spend) for item in value))
        case dict():
            return ("object", frozenset((name, identity(member, spend)) for name, member in value.items()))
        case _:
            return str(value)


class Enumeration:
    """The value of `enum`, ready to be asked, so that an answer does not pay for its length each time."""

    def __init__(self, values: list[Any]) -> None:
        self.identities = frozenset(identity(value, _free) for value in values)


def _free(_steps: int) -> None:
    """The schema's own values cost an answer nothing; the size of the schema limits them."""


def _metered(keyword: Keyword) -> Keyword:
    def metered(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError] | None:
        _spend(1 + _size(instance) + _size(value))
        return keyword(validator, value, instance, schema)

    return metered


def _found(source: str, text: str) -> bool:
    pattern = patterns.compiled(source)
    _spend(1 + pattern.size * len(text) // _SEARCH_STEPS)
    return pattern.search(text)


def _pattern(_validator: Any, source: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _found(source, instance):
        yield ValidationError(f"{instance!r} does not match the pattern {excerpt(source)}")


def _pattern_properties(validator: Any, sources: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for source, subschema in sources.items():
        for name, value in instance.items():
            if _found(source, name):
                yield from validator.descend(value, subschema, path=name, schema_path=source)


def _additional_properties(validator: Any, subschema: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    named = schema.get("properties", {})
    sources = schema.get("patternProperties", {})
    for name, value in instance.items():
        if name in named or any(_found(source, name) for source in sources):
            continue
        if subschema is False:
            yield ValidationError(f"the additional property {excerpt(name)} is not allowed")
        else:
            yield from validator.descend(value, subschema, path=name)


def _fitting(validator: Any, subschemas: Any, instance: Any) -> Iterator[int]:
    for index, subschema in enumerate(subschemas):
        if validator.evolve(schema=subschema).is_valid(instance):
            yield index


def _any_of(validator: Any, subschemas: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if next(_fitting(validator, subschemas, instance), None) is None:
        yield ValidationError(f"{instance!r} fits none of the {len(subschemas)} schemas of anyOf")


def _one_of(validator: Any, subschemas: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    fitting = _fitting(validator, subschemas, instance)
    first = next(fitting, None)
    if first is None:
        yield ValidationError(f"{instance!r} fits none of the {len(subschemas)} schemas of oneOf")
    elif (second := next(fitting, None)) is not None:
        yield ValidationError(f"{instance!r} fits several schemas of oneOf, the first of them {first} and {second}")


def _const(_validator: Any, value: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if identity(instance, _spend) != identity(value, _spend):
        yield ValidationError(f"{instance!r} is not the constant {value!r}")


def _enum(_validator: Any, values: Enumeration, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if identity(instance, _spend) not in values.identities:
        yield ValidationError(f"{instance!r} is not one of the {len(values.identities)} values of enum")


def _unique_items(_validator: Any, unique: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if not unique or not isinstance(instance, list):
        return
    seen = set()
    for item in instance:
        known = identity(item, _spend)
        if known in seen:
            yield ValidationError(f"the item {item!r} occurs twice")
            return
        seen.add(known)


def _multiple_of(_validator: Any, divisor: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, bool) or not isinstance(instance, (int, float)):
        return
    # As written, in tens: 0.3 is a multiple of 0.1, though the binary fractions nearest to them are not.
    if Fraction(repr(instance)) % Fraction(repr(divisor)):
        yield ValidationError(f"{instance!r} is not a multiple of {divisor!r}")


_OURS: dict[str, Keyword] = {
    "additionalProperties": _additional_properties,
    "anyOf": _any_of,
    "const": _const,
    "enum": _enum,
    "multipleOf": _multiple_of,
    "oneOf": _one_of,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "uniqueItems": _unique_items,
}

BoundedValidator = extend(  # type: ignore[no-untyped-call] # its stub leaves arguments untyped
    Draft202012Validator,
    {name: _metered(keyword) for name, keyword in {**Draft202012Validator.VALIDATORS, **_OURS}.items()},
)
