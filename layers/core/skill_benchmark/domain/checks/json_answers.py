"""The JSON value of an answer."""

import json
import math
from typing import Any, NoReturn

from skill_benchmark.domain.checks.outcome import excerpt

MAX_DEPTH = 64
"""Objects and arrays inside one another. RFC 8259 lets a reader set such limits."""

_MAX_DIGITS = 309
_OUT_OF_RANGE = "holds a number beyond the range of double precision"


class NotJsonError(Exception):
    """The answer holds no JSON value that can be read; the message says why: "is not …", "holds …"."""


# The messages of the validator quote the values they speak of. These quote themselves briefly: a message is made for
# each alternative that does not fit, and the value may be a megabyte.
class JsonObject(dict[str, Any]):
    def __repr__(self) -> str:
        return "{…}" if self else "{}"


class JsonArray(list[Any]):
    def __repr__(self) -> str:
        return "[…]" if self else "[]"


class JsonString(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return excerpt(str.__str__(self))


def value_of(answer: str) -> Any:
    """The whole answer as JSON or, when it is not, its only fenced block tagged `json`.

    A duplicate name keeps its last value, as most readers have it. Raises NotJsonError.
    """
    try:
        return _parsed(answer)
    except NotJsonError:
        blocks = _fenced_blocks(answer)
        if len(blocks) == 1:
            return _parsed(blocks[0])
        if blocks:
            raise NotJsonError(f"holds {len(blocks)} fenced json blocks; exactly one is read") from None
        raise


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise NotJsonError(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise NotJsonError(f"is JSON nested deeper than {MAX_DEPTH} levels") from None
    return briefly_quoted(value)


def briefly_quoted(value: Any, depth: int = MAX_DEPTH) -> Any:
    match value:
        case dict() | list() if depth == 0:
            raise NotJsonError(f"is JSON nested deeper than {MAX_DEPTH} levels")
        case dict():
            return JsonObject((name, briefly_quoted(member, depth - 1)) for name, member in value.items())
        case list():
            return JsonArray(briefly_quoted(item, depth - 1) for item in value)
        case str():
            return JsonString(value)
        case _:
            return value


def _whole(text: str) -> int:
    # The same range as that of fractions, and before the digits are converted, which takes the square of their number.
    if len(text) > _MAX_DIGITS:
        raise NotJsonError(_OUT_OF_RANGE)
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotJsonError(_OUT_OF_RANGE)
    return number


def _no_number(name: str) -> NoReturn:
    raise NotJsonError(f"is not JSON: {name} is no JSON number")


def _fenced_blocks(answer: str) -> list[str]:
    # Line by line: no line of a JSON value can begin with a fence, since its strings hold no line break.
    blocks: list[str] = []
    lines: list[str] | None = None
    other = False
    for line in answer.split("\n"):
        bare = line.strip()
        if not bare.startswith("```"):
            if lines is not None:
                lines.append(line)
        elif lines is not None:
            blocks.append("\n".join(lines))
            lines = None
        elif other:
            other = False
        elif bare[3:].strip().casefold() == "json":
            lines = []
        else:
            other = not bare.endswith("```") or len(bare) == 3
    return blocks
