"""JSON from outside: bounded in depth, every name once, and no number that JSON does not have."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NoReturn

MAX_DEPTH = 64
"""Objects and lists inside one another. What reads the values afterwards may recurse: this is far from any limit."""

_TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels; send a flatter document"
_Place = tuple[Any, ...]
"""The place before and the last step, or empty: a path costs nothing until it is needed."""


class NotJsonError(ValueError):
    """The text is not JSON."""


class RefusedJsonError(ValueError):
    """The text is JSON that is not taken. `path` leads to the place, as far as it is known."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


class _Ambiguous(dict[str, Any]):
    """An object with a name that was given twice."""

    twice: str


def parsed(text: str) -> Any:
    """The value. Raises NotJsonError or RefusedJsonError."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise NotJsonError(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError:
        # Without its cause, whose traceback has a line for each level.
        raise RefusedJsonError((), _TOO_DEEP) from None
    except ValueError as error:
        raise NotJsonError(str(error) if isinstance(error, NotJsonError) else "a number has too many digits") from error
    _check(value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise NotJsonError(f"{name} is no number of JSON; send null, or leave it out")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    ambiguous = _Ambiguous(found)
    ambiguous.twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
    return ambiguous


def _check(root: Any) -> None:
    waiting: list[tuple[Any, _Place, int]] = [(root, (), 1)]
    while waiting:
        value, place, depth = waiting.pop()
        members: Iterable[tuple[str | int, Any]]
        match value:
            case dict():
                members = value.items()
            case list():
                members = enumerate(value)
            case _:
                continue
        if depth > MAX_DEPTH:
            raise RefusedJsonError(_path(place)[:1], _TOO_DEEP)
        if isinstance(value, _Ambiguous):
            raise RefusedJsonError(_path((place, value.twice)), "is given twice in one object; send it once")
        waiting.extend(
            (member, (place, step), depth + 1) for step, member in members if isinstance(member, dict | list)
        )


def _path(place: _Place) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    while place:
        place, step = place
        steps.append(step)
    return tuple(reversed(steps))
