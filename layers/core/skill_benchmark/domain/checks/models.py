"""What checks a test case can carry."""

import json
import math
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from skill_benchmark.domain.checks import patterns
from skill_benchmark.domain.text import storable

MAX_CHECKS = 10
MAX_CHECKS_BYTES = 131_072
"""Of all checks of a case together, as JSON; they travel with the case in the plan."""
MAX_VALUE_LENGTH = 50_000
MAX_CONTAINED_LENGTH = 10_000
MAX_CONTAINED_VALUES = 20
MAX_SCHEMA_BYTES = 51_200
MAX_SCHEMA_DEPTH = 48
"""Objects and arrays inside one another; a property's schema is two levels below the schema that names it."""
_LARGEST_INTEGER = 2**63 - 1


def _storable(text: str) -> str:
    if storable(text)[1]:
        raise ValueError("holds U+0000 or half of a surrogate pair, which no stored answer has; remove it")
    return text


def _regular_expression(source: str) -> str:
    patterns.compiled(source)
    return source


def _schema(document: dict[str, Any]) -> dict[str, Any]:
    from skill_benchmark.domain.checks import json_schema  # noqa: PLC0415 - slow to import; only its users pay for it

    _must_be_json(document, "", MAX_SCHEMA_DEPTH)
    size = len(json.dumps(document, ensure_ascii=False).encode())
    if size > MAX_SCHEMA_BYTES:
        raise ValueError(f"{size} bytes as JSON; a schema may have {MAX_SCHEMA_BYTES}")
    json_schema.compiled(document)
    return document


def _number(value: object) -> int | float:
    # Not a union of types, which would be reported as two errors, each wrong about the other.
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_INTEGER:
        return value
    raise ValueError("should be a finite number, a whole one of at most 64 bits")


def _must_be_json(value: object, path: str, depth: int) -> None:
    where = path or "/"
    match value:
        case dict() | list() if depth == 0:
            raise ValueError(f"is nested deeper than {MAX_SCHEMA_DEPTH} levels; move parts to `$defs`")
        case dict():
            for name, member in value.items():
                if not isinstance(name, str):
                    raise ValueError(f"{where}: the name {name!r} is no string")  # noqa: TRY004 - pydantic reports ValueError
                _storable(name)
                _must_be_json(member, f"{path}/{name}", depth - 1)
        case list():
            for index, item in enumerate(value):
                _must_be_json(item, f"{path}/{index}", depth - 1)
        case str():
            _storable(value)
        case None | bool():
            pass
        case _:
            try:
                _number(value)
            except ValueError as reason:
                raise ValueError(f"{where}: {reason}") from None


Text = Annotated[str, AfterValidator(_storable)]
Number = Annotated[int | float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
Tolerance = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Check(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, serialize_by_alias=True)


class ExactCheck(_Check):
    """The answer is the value, character by character; without a value it is the case's expected output."""

    type: Literal["exact"]
    value: Annotated[Text, StringConstraints(max_length=MAX_VALUE_LENGTH)] | None = None
    ignore_case: bool = False
    trim: bool = True
    """White space around the answer and around the value does not count."""


class ContainsCheck(_Check):
    """All of the values, or any of them, occur in the answer."""

    type: Literal["contains"]
    values: Annotated[
        list[Annotated[Text, StringConstraints(min_length=1, max_length=MAX_CONTAINED_LENGTH)]],
        Field(min_length=1, max_length=MAX_CONTAINED_VALUES),
    ]
    ignore_case: bool = False
    mode: Literal["all", "any"] = "all"


class RegexCheck(_Check):
    """The pattern (RE2 syntax) occurs in the answer, or is all of it, white space around the answer aside."""

    type: Literal["regex"]
    pattern: Annotated[
        Text,
        StringConstraints(min_length=1, max_length=patterns.MAX_PATTERN_LENGTH),
        AfterValidator(_regular_expression),
    ]
    match: Literal["search", "full"] = "search"


class JsonSchemaCheck(_Check):
    """The answer is JSON that the schema (draft 2020-12) describes.

    The whole answer is JSON, or it holds exactly one fenced block tagged `json`, with or without prose around it.
    `format` is an annotation and not asserted, as the draft has it.
    """

    type: Literal["json_schema"]
    document: Annotated[dict[str, Any], AfterValidator(_schema)] = Field(alias="schema")


class NumericCheck(_Check):
    """A number of the answer is the value, or as near to it as the wider of the tolerances allows.

    Without a value it is the case's expected output. `relative_tolerance` is a share of the value: 0.01 is one percent.
    """

    type: Literal["numeric"]
    value: Number | None = None
    absolute_tolerance: Tolerance = 0.0
    relative_tolerance: Tolerance = 0.0
    number: Literal["whole", "first", "last"] = "whole"
    """The answer is nothing but the number, or the first or last number in its text is meant."""


Check = Annotated[ExactCheck | ContainsCheck | RegexCheck | JsonSchemaCheck | NumericCheck, Discriminator("type")]


def _affordable(checks: list[Check]) -> list[Check]:
    size = sum(len(check.model_dump_json().encode()) for check in checks)
    if size > MAX_CHECKS_BYTES:
        raise ValueError(f"{size} bytes as JSON; the checks of a case may have {MAX_CHECKS_BYTES} together")
    return checks


Checks = Annotated[list[Check], Field(min_length=1, max_length=MAX_CHECKS), AfterValidator(_affordable)]
