"""Paths and payload templates of the Amazon States Language, as far as this project's state machine uses them."""

import copy
import json
import re
from typing import Any


class PathNotFound(Exception):
    """What Step Functions fails an execution for: `States.ParameterPathFailure`, or `States.Runtime`."""


def read(path: str, value: Any, context: Any) -> Any:
    """`$`, `$.a.b`, `$$` and `$$.a.b`."""
    source = context if path.startswith("$$") else value
    for name in path.lstrip("$").lstrip(".").split(".") if path.strip("$.") else []:
        if not isinstance(source, dict) or name not in source:
            raise PathNotFound(path)
        source = source[name]
    return source


def is_present(path: str, value: Any, context: Any) -> bool:
    try:
        read(path, value, context)
    except PathNotFound:
        return False
    return True


def write(path: str, value: Any, result: Any) -> Any:
    """The value with the result at a reference path."""
    if path == "$":
        return result
    whole = copy.deepcopy(value)
    *parents, last = path.removeprefix("$.").split(".")
    place = whole
    for name in parents:
        place = place.setdefault(name, {})
    place[last] = result
    return whole


def fill(template: Any, value: Any, context: Any) -> Any:
    """A payload template: names that end in `.$` hold a path or an intrinsic function."""
    if isinstance(template, dict):
        filled = {}
        for name, part in template.items():
            if name.endswith(".$"):
                filled[name[:-2]] = _evaluated(part, value, context)
            else:
                filled[name] = fill(part, value, context)
        return filled
    if isinstance(template, list):
        return [fill(part, value, context) for part in template]
    return template


def _evaluated(expression: str, value: Any, context: Any) -> Any:
    if not expression.startswith("States."):
        return copy.deepcopy(read(expression, value, context))
    call = re.fullmatch(r"States\.(\w+)\((.*)\)", expression)
    assert call is not None, expression
    # No argument of ours holds a comma or a quote inside of a string.
    arguments = [argument.strip() for argument in call[2].split(",")]
    values = [argument[1:-1] if argument.startswith("'") else read(argument, value, context) for argument in arguments]
    match call[1]:
        case "Format":
            template, *parts = values
            for part in parts:
                template = template.replace("{}", part if isinstance(part, str) else json.dumps(part), 1)
            return template
        case "JsonToString":
            return json.dumps(values[0])
        case "StringToJson":
            return json.loads(values[0])
    raise NotImplementedError(expression)
