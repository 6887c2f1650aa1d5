"""What pydantic found wrong with a request, in the terms of the one who sent it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from skill_benchmark.domain.checks import Check

_CHECKS: Mapping[str, type[BaseModel]] = {
    get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(get_args(Check)[0])
}

_WORDS: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "should be a string",
    "string_unicode": "holds half of a surrogate pair; remove it",
    "int_type": "should be a whole number",
    "int_from_float": "should be a whole number",
    "float_type": "should be a number",
    "finite_number": "should be a finite number",
    "bool_type": "should be true or false",
    "list_type": "should be a list",
    "dict_type": "should be an object",
    "model_type": "should be an object",
    "model_attributes_type": "should be an object",
    "greater_than": "should be more than {gt}",
    "greater_than_equal": "should be {ge} or more",
    "less_than_equal": "should be {le} or less",
    "string_too_short": "should have {min_length} or more characters",
    "string_too_long": "should have {max_length} or fewer characters",
    "too_short": "should have {min_length} or more {things}",
    "too_long": "should have {max_length} or fewer {things}",
    "literal_error": "should be one of: {expected}",
}
"""By the type of an error. In braces: limits of ours, from the error's context."""


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong, and what would be right. It repeats nothing of what was sent but names of fields."""

    path: Sequence[str | int]
    """Names of fields and places in lists; empty when the whole is meant."""
    message: str

    @property
    def place(self) -> str:
        """The path as a person reads it: `checks.0.pattern`."""
        return ".".join(map(str, self.path))


def mistakes(error: ValidationError, model: type[BaseModel] | None = None) -> list[Mistake]:
    """All of them: fields that were sent and are not known first, then the others in the order of the fields.

    `model` is what the request was read as; with it the way out of an unknown field is named.
    """
    found = error.errors(include_url=False, include_input=False)
    found.sort(key=lambda entry: entry["type"] != "extra_forbidden")
    return [Mistake(_path(entry["loc"]), _message(entry, model)) for entry in found]


def _path(location: Sequence[str | int]) -> list[str | int]:
    """Without the type of a check, which pydantic puts behind its place although the caller has no such key."""
    return [part for index, part in enumerate(location) if not _is_type_of_check(location, index)]


def _is_type_of_check(location: Sequence[str | int], index: int) -> bool:
    before = location[index - 1] if index else 0
    return location[index] in _CHECKS and isinstance(before, int)


def _message(entry: Mapping[str, Any], model: type[BaseModel] | None) -> str:
    match entry["type"]:
        case "union_tag_not_found":
            return f"needs a `type`, one of: {', '.join(_CHECKS)}"
        case "union_tag_invalid":
            return f"has a `type` that is not one of: {', '.join(_CHECKS)}"
        case "extra_forbidden":
            return _unknown_field(entry["loc"], model)
        case "value_error":
            return str(entry["msg"]).removeprefix("Value error, ")
        case kind if kind in _WORDS:
            limits = {name: _as_said(limit) for name, limit in entry.get("ctx", {}).items()}
            # Text whose length is checked after a check of ours is a "Value" to pydantic.
            return _WORDS[kind].format(things="items" if limits.get("field_type") == "List" else "characters", **limits)
    return str(entry["msg"])


def _as_said(limit: object) -> str:
    """A limit without what Python writes about it: `0.0`, `'a', 'b' or 'c'`."""
    return f"{limit:.15g}" if isinstance(limit, float) else str(limit).replace("'", "").replace(" or ", ", ")


def _unknown_field(location: Sequence[str | int], model: type[BaseModel] | None) -> str:
    known = _fields_beside(location, model)
    if not known:
        return "is not known; leave it out"
    sent = str(location[-1])
    near = get_close_matches(sent, known, n=1) or [name for name in known if len(sent) > 3 and sent in name]
    return f"is not known; did you mean `{near[0]}`?" if near else f"is not known; use one of: {', '.join(known)}"


def _fields_beside(location: Sequence[str | int], model: type[BaseModel] | None) -> list[str]:
    """The fields of the object in which the last part of a location is."""
    for index, part in enumerate(location[:-1]):
        if _is_type_of_check(location, index):
            model = _CHECKS[str(part)]
        elif model is not None and isinstance(part, str):
            model = next(_models(_annotations(model).get(part)), None)
    return list(_annotations(model)) if model else []


def _annotations(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in a type: of `list[TestCase] | None` it is TestCase."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
