"""The calls of the state machine against the service models of botocore.

Step Functions writes all names of an API's parameters with a capital letter, whatever the API itself does.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    OperationNotFoundError,
    ServiceModel,
    Shape,
    StructureShape,
)

from tests.workflow_definition import Call

# Step Functions names services as the Java SDK does; these are named otherwise by botocore.
_BOTOCORE_NAMES = {"sfn": "stepfunctions", "states": "stepfunctions", "eventbridge": "events"}

# Where an adapted integration takes JSON for what the API takes as a string.
_JSON = {("lambda", "invoke", "Payload"), ("events", "putEvents", "Entries[].Detail")}

# An adapted integration that is no operation of the API: the writer of a Distributed Map names a prefix, not a key.
_RESULT_WRITER = {"Bucket", "Prefix"}

_INTRINSIC_RESULTS = {
    "Format": "string",
    "JsonToString": "string",
    "UUID": "string",
    "Hash": "string",
    "Base64Encode": "string",
    "Base64Decode": "string",
    "MathAdd": "integer",
    "MathRandom": "integer",
    "ArrayLength": "integer",
    "ArrayContains": "boolean",
    "Array": "list",
    "ArrayPartition": "list",
    "ArrayRange": "list",
    "ArrayUnique": "list",
    "StringSplit": "list",
    "JsonMerge": "structure",
}
_KINDS = {
    "string": (str, {"string"}),
    "blob": (str, {"string"}),
    "timestamp": (str, {"string"}),
    "integer": (int, {"integer"}),
    "long": (int, {"integer"}),
    "float": (int | float, {"integer"}),
    "double": (int | float, {"integer"}),
    "boolean": (bool, {"boolean"}),
    "list": (list, {"list"}),
    "structure": (dict, {"structure"}),
    "map": (dict, {"structure"}),
}


@cache
def service(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(_BOTOCORE_NAMES.get(name, name))


def operation(call: Call) -> OperationModel:
    """Raises botocore's UnknownServiceError or OperationNotFoundError."""
    return service(call.service).operation_model(_capital(call.action))


def problems(call: Call) -> Iterator[str]:
    """What the service would refuse of a call, or would not know."""
    if call.by == "ResultWriter":
        yield from (f"{call.state}: a ResultWriter has no {name}" for name in _plain(call.parameters) - _RESULT_WRITER)
        return
    try:
        model = operation(call)
    except UnknownServiceError:
        yield f"{call.state}: there is no service {call.service}"
        return
    except OperationNotFoundError:
        yield f"{call.state}: {call.service} has no operation {call.action}"
        return
    assert model.input_shape is not None
    for problem in _structure(model.input_shape, dict(call.parameters), "", call):
        yield f"{call.state}: {problem}"


def _structure(shape: StructureShape, given: dict[str, Any], path: str, call: Call) -> Iterator[str]:
    members = {_capital(name): member for name, member in shape.members.items()}
    for name in sorted({_capital(name) for name in shape.required_members} - _plain(given)):
        yield f"{path}{name} is required by {call.service}:{call.action}"
    for key, value in given.items():
        name = key.removesuffix(".$")
        if name not in members:
            yield f"{path}{name} is no parameter of {call.service}:{call.action}"
        elif key.endswith(".$"):
            yield from _computed(members[name], str(value), f"{path}{name}", call)
        else:
            yield from _value(members[name], value, f"{path}{name}", call)


def _computed(shape: Shape, expression: str, path: str, call: Call) -> Iterator[str]:
    """The kind of what an intrinsic function returns; a path may lead to anything."""
    result = _INTRINSIC_RESULTS.get(expression.removeprefix("States.").partition("(")[0])
    if expression.startswith("States.") and result and not _takes_json(path, call):
        _, computed = _KINDS[shape.type_name]
        if result not in computed:
            yield f"{path} is a {shape.type_name}, and {expression} is a {result}"


def _value(shape: Shape, value: object, path: str, call: Call) -> Iterator[str]:
    if _takes_json(path, call):
        return
    kind, _ = _KINDS[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield f"{path} is a {shape.type_name}, not {value!r}"
    elif isinstance(shape, StructureShape) and isinstance(value, dict):
        yield from _structure(shape, value, f"{path}.", call)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for item in value:
            yield from _value(shape.member, item, f"{path}[]", call)
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for key, item in value.items():
            if not key.endswith(".$"):
                yield from _value(shape.value, item, f"{path}.{key}", call)
    elif (allowed := shape.metadata.get("enum")) and value not in allowed:
        yield f"{path} is one of {', '.join(allowed)}, not {value!r}"


def _takes_json(path: str, call: Call) -> bool:
    return not call.aws_sdk and (call.service, call.action, path) in _JSON


def _plain(given: Any) -> set[str]:
    return {name.removesuffix(".$") for name in given}


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
