"""The template with its references filled in, as CloudFormation would fill them, by nothing but this file.

What is needed to read policies is here: the functions of CloudFormation's language, and the names and ARNs of the kinds
of resources that a policy may speak of. For another kind, say here what its references become.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import pytest

from local.cloud import ACCOUNT, REGION, STACK
from local.template import packaged_template, to_cloudformation
from tests.workflow_definition import ROOT

Json = dict[str, Any]

# The parameters without a default, as somebody would give them.
SECRETS = dict.fromkeys(
    ("ModelApiKeySecretArn", "DatabaseSecretArn", "DatabaseOwnerSecretArn"),
    f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:a-secret-a1B2c3",
)

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/0b5c",
    "AWS::URLSuffix": "amazonaws.com",
}
_HERE = f"{REGION}:{ACCOUNT}"

# The property that names a resource, and its ARN.
_ARNS = {
    "AWS::Events::EventBus": ("Name", f"arn:aws:events:{_HERE}:event-bus/{{}}"),
    "AWS::Events::Rule": ("Name", f"arn:aws:events:{_HERE}:rule/{{}}"),
    "AWS::IAM::Role": ("RoleName", f"arn:aws:iam::{ACCOUNT}:role/{{}}"),
    "AWS::Lambda::Function": ("FunctionName", f"arn:aws:lambda:{_HERE}:function:{{}}"),
    "AWS::Logs::LogGroup": ("LogGroupName", f"arn:aws:logs:{_HERE}:log-group:{{}}:*"),
    "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::{}"),
    "AWS::SNS::Topic": ("TopicName", f"arn:aws:sns:{_HERE}:{{}}"),
    "AWS::SQS::Queue": ("QueueName", f"arn:aws:sqs:{_HERE}:{{}}"),
    "AWS::SecretsManager::Secret": ("Name", f"arn:aws:secretsmanager:{_HERE}:secret:{{}}-a1B2c3"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", f"arn:aws:states:{_HERE}:stateMachine:{{}}"),
}
_REF_IS_THE_ARN = {"AWS::SNS::Topic", "AWS::SecretsManager::Secret", "AWS::StepFunctions::StateMachine"}
_NO_VALUE = object()


class RenderedTemplate:
    """`template.yaml` translated by SAM and rendered with parameters. `names` are physical ids that are known."""

    def __init__(self, parameters: Mapping[str, str], names: Mapping[str, str] | None = None) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_DEFAULT_REGION", REGION)  # SAM asks it for the partition
            self._template: Json = to_cloudformation(packaged_template(ROOT), dict(parameters))
        defaults = {name: str(spec.get("Default", "")) for name, spec in self._template["Parameters"].items()}
        self._parameters = {**defaults, **parameters}
        self._names = names or {}

    @cached_property
    def resources(self) -> dict[str, Json]:
        """The resources that are created with these parameters, not yet rendered."""
        return {
            name: resource
            for name, resource in self._template["Resources"].items()
            if "Condition" not in resource or self.holds(resource["Condition"])
        }

    def of_type(self, kind: str) -> dict[str, Json]:
        """Rendered properties of all resources of a kind, by logical id."""
        return {
            name: self.render(resource.get("Properties", {}))
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def holds(self, condition: str) -> bool:
        held = self.render(self._template["Conditions"][condition])
        assert isinstance(held, bool)
        return held

    def ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self._parameters:
            return self._parameters[name]
        kind = self._template["Resources"][name]["Type"]
        if kind == "AWS::Lambda::Version":
            return f"{self._function_of(name)}:2"
        if kind == "AWS::Lambda::Alias":
            return f"{self._function_of(name)}:{self._property(name, 'Name')}"
        return self.attribute(name, "Arn") if kind in _REF_IS_THE_ARN else self.name_of(name)

    def attribute(self, name: str, attribute: str) -> str:
        kind = self._template["Resources"][name]["Type"]
        if attribute == "Arn" and kind in _ARNS:
            return _ARNS[kind][1].format(self.name_of(name))
        if attribute in {"Name", "QueueName", "TopicName"}:
            return self.name_of(name)
        raise LookupError(f"say in {__name__} what {attribute} of {kind} ({name}) is")

    def name_of(self, name: str) -> str:
        """The physical name: known, given by the template, or made up as CloudFormation does."""
        if name in self._names:
            return self._names[name]
        property_name, _ = _ARNS.get(self._template["Resources"][name]["Type"], ("", ""))
        return str(self._property(name, property_name) or f"{STACK}-{name}-1x2y3z")

    def render(self, value: Any) -> Any:
        """The value with all of CloudFormation's functions in it carried out."""
        if isinstance(value, list):
            return [item for item in map(self.render, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref":
                return self.ref(argument)
            if name == "Condition" and isinstance(argument, str):
                return self.holds(argument)
            if name.startswith("Fn::"):
                return self._call(name.removeprefix("Fn::"), argument)
        rendered = {key: self.render(inner) for key, inner in value.items()}
        return {key: inner for key, inner in rendered.items() if inner is not _NO_VALUE}

    def _call(self, function: str, argument: Any) -> Any:
        if function == "If":
            condition, yes, no = argument
            return self.render(yes if self.holds(condition) else no)
        if function == "GetAtt":
            name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            return self.attribute(name, attribute)
        if function == "Sub":
            return self._substitute(argument)
        return _FUNCTIONS[function](self.render(argument))

    def _substitute(self, argument: Any) -> str:
        text, values = argument if isinstance(argument, list) else (argument, {})
        parts = str(text).split("${")
        rendered = [parts[0]]
        for part in parts[1:]:
            name, _, rest = part.partition("}")
            rendered += [self._substituted(name, values), rest]
        return "".join(rendered)

    def _substituted(self, name: str, values: Json) -> str:
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        if name in values:
            return str(self.render(values[name]))
        resource, _, attribute = name.partition(".")
        return self.attribute(resource, attribute) if attribute else str(self.ref(name))

    def _property(self, name: str, property_name: str) -> Any:
        return self.render(self._template["Resources"][name].get("Properties", {}).get(property_name))

    def _function_of(self, name: str) -> str:
        named = str(self._property(name, "FunctionName"))
        return named if named.startswith("arn:") else _ARNS["AWS::Lambda::Function"][1].format(named)


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "Equals": lambda both: both[0] == both[1],
    "And": all,
    "Or": any,
    "Not": lambda one: not one[0],
    "Join": lambda given: given[0].join(given[1]),
    "Split": lambda given: given[1].split(given[0]),
    "Select": lambda given: given[1][int(given[0])],
}
