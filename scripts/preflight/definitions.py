"""Whether AWS itself accepts the state machine and the template, by the requests that validate and create nothing."""

import json
from collections.abc import Iterator
from typing import Any

from scripts.preflight.deployment import ROOT, Deployment
from scripts.preflight.findings import Failed, Finding, ask, ok, problem, unknown
from scripts.render_state_machine import render

_DEFINITION = ROOT / "workflow" / "benchmark_run.asl.yaml"
_LONGEST_TEMPLATE_BODY = 51_200
"""Bytes of a template that CloudFormation takes in a request."""


def state_machine(states: Any) -> Iterator[Finding]:
    rendered = render(_DEFINITION.read_text(encoding="utf-8"))
    definition = json.dumps(rendered["Resources"]["BenchmarkRunStateMachine"]["Properties"]["Definition"])
    answer = ask(
        states, "validate_state_machine_definition", definition=definition, type="STANDARD", severity="WARNING"
    )
    for entry in answer["diagnostics"]:
        where = entry.get("location", "")
        said = f"{entry['severity'].lower()} {entry['code']}: {entry['message']} {where}".strip()
        yield problem("state machine", f"Step Functions says {said}; correct {_DEFINITION.relative_to(ROOT)}")
    if answer["result"] == "OK":
        yield ok("state machine", "Step Functions accepts the definition")


def template(formation: Any, deployment: Deployment) -> Iterator[Finding]:
    body = deployment.compact_template
    if len(body.encode()) > _LONGEST_TEMPLATE_BODY:
        yield unknown(
            "template", "too long to be validated without uploading it; `--deploy` makes a change set instead"
        )
        return
    try:
        answer = ask(formation, "validate_template", TemplateBody=body)
    except Failed as error:
        if error.code != "ValidationError":
            raise
        yield problem("template", f"CloudFormation says {error}; correct template.yaml")
        return
    if more := set(answer.get("Capabilities", [])) - {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"}:
        yield problem("template", f"it needs {', '.join(sorted(more))}, which the documented deployment does not give")
    else:
        yield ok("template", "CloudFormation accepts the template")
