"""Versions of functions and layers, as the template that SAM is given asks for them."""

from typing import Any

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
    assert set(published) == {folder.title().replace("_", "") + "Function" for folder in OF_THE_WORKFLOW}
    for name, function in published.items():
        assert function.get("AutoPublishAliasAllProperties") is True, name
