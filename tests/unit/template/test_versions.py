"""Versions of functions and layers, as the template that SAM is given asks for them."""

import re
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.unit.template.deployed import ROOT
from tests.unit.template.test_roles import OF_THE_WORKFLOW

TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in TEMPLATE["Resources"].items() if one["Type"] == kind}


def test_a_changed_layer_publishes_a_version_of_each_function_that_has_it() -> None:
    layers = of_type("AWS::Serverless::LayerVersion")
    assert len(layers) > 1
    assert {name for name, layer in layers.items() if layer.get("PublishLambdaVersion") is not True} == set()


def test_a_changed_property_publishes_a_version_of_each_function_of_the_workflow() -> None:
    functions = of_type("AWS::Serverless::Function")
    published = {name: function for name, function in functions.items() if "AutoPublishAlias" in function}
    # Admit Run has no versions: the newest release decides for all executions.
    pinned = OF_THE_WORKFLOW - {"admit_run"}
    assert set(published) == {folder.title().replace("_", "") + "Function" for folder in pinned}
    for name, function in published.items():
        assert function.get("AutoPublishAliasAllProperties") is True, name


LAMBDA_TAKES = 256
LONGEST_NUMBER = 20
DESCRIBED = {
    name: function["VersionDescription"]
    for name, function in of_type("AWS::Serverless::Function").items()
    if "VersionDescription" in function
}


def longest_value(parameter: str) -> str:
    """A value of the parameter that no other one is longer than."""
    spec = TEMPLATE["Parameters"][parameter]
    if "AllowedValues" in spec:
        return max(map(str, spec["AllowedValues"]), key=len)
    if spec["Type"] == "Number":
        return "9" * LONGEST_NUMBER
    if "MaxLength" in spec:
        return "x" * int(spec["MaxLength"])
    arn = "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:"
    # The name in an ARN of Secrets Manager has 519 characters at most.
    taken = [n for n in range(1, 520) if re.fullmatch(spec["AllowedPattern"], arn + n * "x")]
    return arn + max(taken) * "x"


def longest(value: Any) -> str:
    """The longest string that CloudFormation could make of an expression."""
    match value:
        case str():
            return value
        case {"Ref": parameter}:
            return longest_value(parameter)
        case {"Fn::If": [_, yes, no]}:
            return max(longest(yes), longest(no), key=len)
        case {"Fn::Select": [index, {"Fn::Split": [at, inner]}]}:
            return longest(inner).split(at)[int(index)]
        case {"Fn::Sub": [text, values]}:
            return _filled_in(text, values)
        case {"Fn::Sub": text}:
            return _filled_in(text, {})
    raise AssertionError(f"teach this test {value}")


def _filled_in(text: str, values: dict[str, Any]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda name: longest(values.get(name[1], {"Ref": name[1]})), text)


@pytest.mark.parametrize("function", DESCRIBED)
def test_the_longest_description_of_a_version_is_one_that_lambda_takes(function: str) -> None:
    description = longest(DESCRIBED[function])
    assert "$" not in description
    assert len(description) <= LAMBDA_TAKES, description


def test_the_name_of_a_secret_is_in_the_description_of_all_that_read_it() -> None:
    assert {function for function, value in DESCRIBED.items() if "x" * 93 in longest(value)} == {
        "CheckModelsFunction",
        "CallModelFunction",
        "JudgeAnswerFunction",
        "WriteResultsFunction",
        "CompleteRunFunction",
    }


@pytest.mark.parametrize(
    "name", ["model-api-key-a1B2c3", "rds!cluster-0b5c1f0c-4a5b-4c5d-8e5f-0123456789ab-a1B2c3", "a/path/to/the_key"]
)
def test_secrets_as_they_are_named_are_taken(name: str) -> None:
    for parameter in ("ModelApiKeySecretArn", "DatabaseSecretArn", "DatabaseOwnerSecretArn"):
        pattern = TEMPLATE["Parameters"][parameter]["AllowedPattern"]
        assert re.fullmatch(pattern, f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{name}")
