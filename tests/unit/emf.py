"""CloudWatch's embedded metric format, as its specification and the limits of metrics say; nothing of Powertools.

The schema holds what the specification says of the members; `metrics_of` holds the references between them, which no
schema can: a target member of a metric is a number or at most 100 of them, one of a dimension is a string.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

UNITS = (
    *("Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"),
    *("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second"),
    *("Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second"),
    *("Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None"),
)
_DIMENSION_NAME = {"type": "string", "minLength": 1, "maxLength": 250, "pattern": r"^[!-9;-~][ -~]*$"}
_METRIC = {
    "type": "object",
    "required": ["Name"],
    "additionalProperties": False,
    "properties": {
        "Name": {"type": "string", "minLength": 1, "maxLength": 255},
        "Unit": {"enum": list(UNITS)},
        "StorageResolution": {"enum": [1, 60]},
    },
}
_DIRECTIVE = {
    "type": "object",
    "required": ["Namespace", "Dimensions", "Metrics"],
    "additionalProperties": False,
    "properties": {
        "Namespace": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[0-9A-Za-z._#/ -]+$"},
        "Dimensions": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "array", "maxItems": 30, "uniqueItems": True, "items": _DIMENSION_NAME},
        },
        "Metrics": {"type": "array", "minItems": 1, "maxItems": 100, "items": _METRIC},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                # Milliseconds: seconds would be a day in 1970, which CloudWatch drops.
                "Timestamp": {"type": "integer", "minimum": 1_000_000_000_000},
                "CloudWatchMetrics": {"type": "array", "minItems": 1, "items": _DIRECTIVE},
            },
        }
    },
}
MOST_BYTES = 256 * 1024
"""Of a log event."""


@dataclass(frozen=True)
class Metric:
    """One metric as CloudWatch would store it."""

    namespace: str
    name: str
    unit: str
    dimensions: frozenset[tuple[str, str]]
    values: tuple[float, ...]

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.dimensions)


def metrics_of(line: str) -> list[Metric]:
    """The metrics in a line of a log; raises AssertionError or a ValidationError for one that CloudWatch would drop."""
    assert len(line.encode()) <= MOST_BYTES
    document = json.loads(line)
    if not isinstance(document, dict) or "_aws" not in document:
        return []
    Draft202012Validator(SCHEMA).validate(document)
    return [
        Metric(
            directive["Namespace"],
            metric["Name"],
            metric.get("Unit", "None"),
            frozenset((name, _dimension(document, name)) for name in names),
            _values(document, metric["Name"]),
        )
        for directive in document["_aws"]["CloudWatchMetrics"]
        for names in directive["Dimensions"]
        for metric in directive["Metrics"]
    ]


def _dimension(document: dict[str, Any], name: str) -> str:
    value = document[name]
    assert isinstance(value, str), f"{name}: a dimension is a string"
    assert re.fullmatch(r"[ -~]{1,1024}", value), f"{name}: {value!r} is no value of a dimension"
    assert value.strip(), f"{name}: a dimension that is blank"
    return value


def _values(document: dict[str, Any], name: str) -> tuple[float, ...]:
    value = document[name]
    values = value if isinstance(value, list) else [value]
    assert 1 <= len(values) <= 100, f"{name}: {len(values)} values"
    for number in values:
        assert isinstance(number, int | float), f"{name}: {number!r} is no number"
        assert not isinstance(number, bool), f"{name}: {number!r} is no number"
        assert abs(number) <= 2**360, f"{name}: {number!r} is out of range"
    return tuple(values)
