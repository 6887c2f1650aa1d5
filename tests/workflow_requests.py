"""What the role of the state machine has to be allowed, from the definition and from what Step Functions documents."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from local.cloud import ACCOUNT, REGION
from skill_benchmark.domain import record_keys
from tests.rendered_template import RenderedTemplate
from tests.workflow_definition import DEFINITION_FILE, Call, calls, states

RUN = "run_0191"

# What paths lead to where a key or a prefix is not written in the definition.
_PATHS = {"$.cases_key": record_keys.cases(RUN)}

# Step Functions, Developer Guide, "Using CloudWatch Logs to log execution history": actions that know no resources.
_LOG_DELIVERY = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
]

Needed = tuple[str, str, dict[str, str]]
"""An action, a resource and the context of the request."""


def requests_of_the_workflow(template: RenderedTemplate) -> Iterator[Needed]:
    """Raises LookupError for a call of which this does not know what it needs."""
    [machine] = template.of_type("AWS::StepFunctions::StateMachine").values()
    text = DEFINITION_FILE.read_text(encoding="utf-8")
    for name, value in machine["DefinitionSubstitutions"].items():
        text = text.replace(f"${{{name}}}", value)
    definition = yaml.safe_load(text)
    for call in calls(definition):
        yield from requests_of_call(call)
    for name, state in states(definition):
        if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            yield from requests_of_distributed_map(machine["StateMachineName"], state.get("Label", name))
    if machine.get("LoggingConfiguration", {}).get("Destinations"):
        yield from ((action, "*", {}) for action in _LOG_DELIVERY)


def requests_of_call(call: Call) -> Iterator[Needed]:
    given = call.parameters
    if call.by == "ResultWriter":
        written = f"arn:aws:s3:::{given['Bucket']}/{_text(given, 'Prefix')}/4f1c/manifest.json"
        # Step Functions, Developer Guide, "ResultWriter": it uploads in parts and reads what it has written.
        for action in ("PutObject", "GetObject", "ListMultipartUploadParts", "AbortMultipartUpload"):
            yield f"s3:{action}", written, {}
    elif (call.service, call.action) == ("lambda", "invoke"):
        for arn in _versions(given["FunctionName"]):
            yield "lambda:InvokeFunction", arn, {}
    elif (call.service, call.action) == ("events", "putEvents"):
        for bus in {entry["EventBusName"] for entry in given["Entries"]}:
            yield "events:PutEvents", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{bus}", {}
    elif call.service == "s3" and call.action in {"getObject", "putObject"}:
        context = {"s3:if-none-match": given["IfNoneMatch"]} if "IfNoneMatch" in given else {}
        action = call.action[0].upper() + call.action[1:]
        yield f"s3:{action}", f"arn:aws:s3:::{given['Bucket']}/{_text(given, 'Key')}", context
    else:
        raise LookupError(f"say in {__name__} what {call.service}:{call.action} ({call.state}) needs")


def requests_of_distributed_map(machine: str, label: str) -> Iterator[Needed]:
    """Step Functions, Developer Guide, "IAM policies for using Distributed Map states"."""
    here = f"arn:aws:states:{REGION}:{ACCOUNT}"
    yield "states:StartExecution", f"{here}:stateMachine:{machine}", {}
    for execution in (f"{here}:execution:{machine}:{RUN}", f"{here}:execution:{machine}/{label}:5d2f"):
        yield "states:DescribeExecution", execution, {}
        yield "states:StopExecution", execution, {}
    yield "states:RedriveExecution", f"{here}:execution:{machine}/{label}:5d2f", {}


def _versions(function: str) -> list[str]:
    """A published version and the one before it: executions continue with what they started with."""
    name, _, version = function.rpartition(":")
    return [function, f"{name}:{int(version) - 1}"] if version.isdecimal() else [function]


def _text(given: Any, name: str) -> str:
    """A key or a prefix as it may be at run time."""
    if name in given:
        return str(given[name])
    expression = str(given[f"{name}.$"])
    if formatted := re.fullmatch(r"States\.Format\('([^']+)',.*\)", expression, re.DOTALL):
        return formatted[1].replace("{}", "0f1e")
    if expression in _PATHS:
        return _PATHS[expression]
    raise LookupError(f"say in {__name__} where {expression} leads to")
