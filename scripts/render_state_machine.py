"""Prints the state machine as a template of its own, for cfn-lint.

cfn-lint and `sam validate --lint` do not read what a `DefinitionUri` points to, and pass a template whose state machine
is broken; inline in a raw `AWS::StepFunctions::StateMachine` they check it.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

DEFINITION = Path(__file__).parents[1] / "workflow" / "benchmark_run.asl.yaml"


def render(definition: str) -> dict[str, Any]:
    """A CloudFormation template with the definition (YAML text) inline, its `${…}` filled with likely values."""
    text = re.sub(r"\$\{(\w+)\}", lambda match: _likely_value(match[1]), definition)
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/benchmark-run"},
            "Definition": yaml.safe_load(text),
        },
    }
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"BenchmarkRunStateMachine": machine}}


def _likely_value(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:123456789012:function:{name}" if name.endswith("Arn") else name.lower()


if __name__ == "__main__":
    json.dump(render(DEFINITION.read_text(encoding="utf-8")), sys.stdout, indent=1)
