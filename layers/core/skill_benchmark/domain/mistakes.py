"""What pydantic found wrong with a request, in the terms of the one who sent it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import ValidationError

from skill_benchmark.domain.checks import Check

_CHECKS: Mapping[str, Any] = {
    get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(get_args(Check)[0])
}


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong, and what would be right. It repeats nothing of what was sent."""

    path: Sequence[str | int]
    """Names of fields and places in lists; empty when the whole is meant."""
    message: str

    @property
    def place(self) -> str:
        """The path as a person reads it: `checks.0.pattern`."""
        return ".".join(map(str, self.path))


def mistakes(error: ValidationError) -> list[Mistake]:
    """All of them, in the order of the fields."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [Mistake(_path(entry["loc"]), _message(entry["type"], entry["msg"], entry["loc"])) for entry in found]


def _path(location: Sequence[str | int]) -> list[str | int]:
    """Without the type of a check, which pydantic puts behind its place although the caller has no such key."""
    before: Sequence[str | int] = ("", *location)
    return [part for index, part in enumerate(location) if not (isinstance(before[index], int) and part in _CHECKS)]


def _message(kind: str, message: str, location: Sequence[str | int]) -> str:
    match kind:
        case "model_type":
            return "Input should be an object"
        case "union_tag_not_found":
            return f"needs a `type`, one of: {', '.join(_CHECKS)}"
        case "union_tag_invalid":
            return f"has a `type` that is not one of: {', '.join(_CHECKS)}"
        case "extra_forbidden":
            return f"There is no such field; {_way_out(location)}"
        case _:
            return message.removeprefix("Value error, ")


def _way_out(location: Sequence[str | int]) -> str:
    check = location[-2] if len(location) > 1 else None
    if not isinstance(check, str) or check not in _CHECKS:
        return "leave it out"
    fields = [info.alias or name for name, info in _CHECKS[check].model_fields.items()]
    return f"a check of type {check} has: {', '.join(fields)}"
