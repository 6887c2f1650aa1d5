"""Gaps of ministack's CloudFormation."""

import json
from typing import Any

import yaml
from ministack.services.cloudformation import provisioners


def metric_math() -> None:
    """An alarm over metric math is refused; it is stored instead, so that nothing is said about its expression."""
    record = provisioners._cw_metric_alarm_record

    def stored(name: str, properties: dict[str, Any]) -> Any:
        if "Metrics" in properties:
            rest = {key: value for key, value in properties.items() if key != "Metrics"}
            properties = {**rest, "MetricName": "math", "Namespace": "math"}
        return record(name, properties)

    provisioners._cw_metric_alarm_record = stored


class _Jackson(yaml.SafeLoader):
    """Reads YAML as Jackson's tree model does: an alias is a string, the name of its anchor."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event: Any = self.get_event()  # type: ignore[no-untyped-call]
            return yaml.ScalarNode("tag:yaml.org,2002:str", event.anchor, event.start_mark, event.end_mark)
        return super().compose_node(parent, index)


def yaml_definition() -> None:
    """A definition in S3 must be JSON; AWS takes YAML too, and reads it with Jackson."""
    read = provisioners._sfn_definition

    def as_json(properties: dict[str, Any]) -> str:
        text: str = read(properties)
        if text.lstrip().startswith("{"):
            return text
        definition = yaml.load(text, _Jackson)
        if names := [entry for entry in _retriers_and_catchers(definition) if isinstance(entry, str)]:
            raise ValueError(f"InvalidDefinition: SCHEMA_VALIDATION_FAILED: {names} are no retriers or catchers")
        return json.dumps(definition)

    provisioners._sfn_definition = as_json


def _retriers_and_catchers(node: Any) -> Any:
    if isinstance(node, dict):
        yield from node.get("Retry") or []
        yield from node.get("Catch") or []
        for value in node.values():
            yield from _retriers_and_catchers(value)
    elif isinstance(node, list):
        for value in node:
            yield from _retriers_and_catchers(value)


GAPS = [metric_math, yaml_definition]
