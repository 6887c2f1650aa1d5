"""The dashboard of the translated template."""

import json
import re
from collections.abc import Mapping
from typing import Any


def widgets(resources: Mapping[str, Any], *, with_database: bool) -> list[dict[str, Any]]:
    """The widgets as a deployment with or without a created database gets them; references are left as they are."""
    [dashboard] = [found for found in resources.values() if found["Type"] == "AWS::CloudWatch::Dashboard"]
    body, parts = dashboard["Properties"]["DashboardBody"]["Fn::Sub"]
    for name, part in parts.items():
        _, yes, no = part["Fn::If"]
        chosen = yes if with_database else no
        body = body.replace(f"${{{name}}}", chosen["Fn::Sub"] if isinstance(chosen, dict) else chosen)
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


def referenced(found: list[dict[str, Any]]) -> set[str]:
    """The resources that the widgets name."""
    return set(re.findall(r"\$\{(\w+)\}", json.dumps(found)))
