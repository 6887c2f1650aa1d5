"""`template.yaml` as CloudFormation would get it, made by the translator that AWS itself uses.

The only changes are those that packaging makes on the way to AWS: code by bucket and key instead of by folder, and the
state machine's definition inline instead of by file.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.errors import TemplateError

CODE_BUCKET = "skill-benchmark-code"


def packaged_template(root: Path) -> dict[str, Any]:
    """Read `template.yaml` with its state machine. A function's code key is `functions/{folder}`.

    Raises TemplateError with the reason when a file is absent or is no YAML.
    """
    from samtranslator.yaml_helper import yaml_parse  # noqa: PLC0415 - with the translator a second to import

    try:
        template: dict[str, Any] = yaml_parse((root / "template.yaml").read_text(encoding="utf-8"))
        for resource in template["Resources"].values():
            _package(root, resource)
    except (OSError, KeyError, ValueError, yaml.YAMLError) as error:
        raise TemplateError(f"template.yaml: {' '.join(str(error).split())}") from error
    return template


def _package(root: Path, resource: dict[str, Any]) -> None:
    properties = resource.get("Properties") or {}
    kind = resource["Type"]
    if kind == "AWS::Serverless::Function":
        folder = Path(properties["CodeUri"])
        if not (root / folder / "app.py").is_file():
            raise ValueError(f"CodeUri {folder} has no app.py")
        properties["CodeUri"] = {"Bucket": CODE_BUCKET, "Key": folder.as_posix()}
    elif kind == "AWS::Serverless::LayerVersion":
        if not (root / properties["ContentUri"]).is_dir():
            raise ValueError(f"ContentUri {properties['ContentUri']} does not exist")
        properties["ContentUri"] = {"Bucket": CODE_BUCKET, "Key": properties["ContentUri"]}
    elif kind == "AWS::Serverless::StateMachine":
        text = (root / properties.pop("DefinitionUri")).read_text(encoding="utf-8")
        # Through JSON, because anchors make one object of several, and the translator edits in place.
        properties["Definition"] = json.loads(json.dumps(yaml.safe_load(text)))


def to_cloudformation(template: dict[str, Any], parameters: dict[str, str]) -> dict[str, Any]:
    """Translate SAM to CloudFormation. Raises TemplateError naming the resource that SAM refuses."""
    from samtranslator.public.exceptions import InvalidDocumentException  # noqa: PLC0415 - see packaged_template
    from samtranslator.translator.transform import transform  # noqa: PLC0415

    try:
        translated: dict[str, Any] = transform(template, parameters, _NoManagedPolicies())
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes)
        raise TemplateError(f"template.yaml: {causes}") from error
    return translated


def without_what_moto_lacks(cloudformation: dict[str, Any]) -> dict[str, Any]:
    """The same without custom resources and versions of functions."""
    return _without_custom_resources(_without_versions(cloudformation))


def _without_versions(template: dict[str, Any]) -> dict[str, Any]:
    """Refer to functions instead of their versions: moto publishes none, and this machine has one release at a time."""
    resources = template["Resources"]
    functions = {
        name: resource["Properties"]["FunctionName"]["Ref"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::Version"
    }

    def replaced(value: Any) -> Any:
        match value:
            case {"Ref": str(name)} if name in functions:
                return {"Fn::GetAtt": [functions[name], "Arn"]}
            case dict():
                return {key: replaced(item) for key, item in value.items()}
            case list():
                return [replaced(item) for item in value]
        return value

    kept = {
        name: replaced(resource)
        for name, resource in resources.items()
        if resource["Type"] not in {"AWS::Lambda::Version", "AWS::Lambda::Alias"}
    }
    return {**template, "Resources": kept}


def _without_custom_resources(cloudformation: dict[str, Any]) -> dict[str, Any]:
    """The same without the migration: moto would call a function that is deployed only afterwards."""
    resources = cloudformation["Resources"]
    custom = {name for name, resource in resources.items() if resource["Type"].startswith("Custom::")}
    kept = {
        name: {
            **resource,
            "DependsOn": [other for other in _several(resource.get("DependsOn", [])) if other not in custom],
        }
        for name, resource in resources.items()
        if name not in custom
    }
    return {**cloudformation, "Resources": kept}


def _several(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def code_folders(cloudformation: dict[str, Any]) -> dict[str, str]:
    """The folder under `functions/` of each function, by logical id."""
    return {
        logical_id: resource["Properties"]["Code"]["S3Key"].removeprefix("functions/")
        for logical_id, resource in cloudformation["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }


@dataclass(frozen=True)
class Route:
    """A method and a path pattern of the API, and the folder of the function that answers."""

    key: str
    method: re.Pattern[str]
    path: re.Pattern[str]
    folder: str

    def takes(self, method: str, path: str) -> bool:
        return bool(self.method.fullmatch(method) and self.path.fullmatch(path))

    def parameters(self, path: str) -> dict[str, str]:
        """The path's parameters by name; empty for a path that is not this route's."""
        match = self.path.fullmatch(path)
        return match.groupdict() if match else {}


@dataclass(frozen=True)
class Schedule:
    """A schedule of EventBridge: the folder of the function that it invokes, and what it sends."""

    name: str
    folder: str
    input: str


_ANYTHING = re.compile(".*", re.DOTALL)


def routes(cloudformation: dict[str, Any]) -> list[Route]:
    """The routes of the HTTP API, `$default` last. Raises TemplateError for one that leads nowhere."""
    resources = cloudformation["Resources"]
    folders = code_folders(cloudformation)
    found = []
    for logical_id, resource in resources.items():
        if resource["Type"] != "AWS::ApiGatewayV2::Route":
            continue
        try:
            key = resource["Properties"]["RouteKey"]
            method, _, path = key.partition(" ")
            integration = re.findall(r"\$\{(\w+)\}", resource["Properties"]["Target"]["Fn::Sub"])[0]
            function = resources[integration]["Properties"]["IntegrationUri"]["Fn::GetAtt"][0]
            if method == "$default":
                found.append(Route(key, _ANYTHING, _ANYTHING, folders[function]))
            else:
                pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
                found.append(Route(key, re.compile(method), re.compile(pattern), folders[function]))
        except (KeyError, IndexError, TypeError) as error:
            raise TemplateError(f"template.yaml: {logical_id} leads to no function ({error!r})") from error
    return sorted(found, key=lambda route: route.path is _ANYTHING)


def schedules(cloudformation: dict[str, Any], parameters: Mapping[str, str]) -> list[Schedule]:
    """The schedules, with the parameters in their inputs. Raises TemplateError for one that leads nowhere."""
    folders = code_folders(cloudformation)
    defaults = {name: str(given.get("Default", "")) for name, given in cloudformation["Parameters"].items()}
    values = {**defaults, **parameters}
    found = []
    for logical_id, resource in cloudformation["Resources"].items():
        if resource["Type"] != "AWS::Scheduler::Schedule":
            continue
        try:
            target = resource["Properties"]["Target"]
            given = target["Input"]
            text = given if isinstance(given, str) else given["Fn::Sub"]
            sent = re.sub(r"\$\{(\w+)\}", lambda name: values[name[1]], text)
            found.append(Schedule(logical_id, folders[target["Arn"]["Fn::GetAtt"][0]], sent))
        except (KeyError, IndexError, TypeError) as error:
            raise TemplateError(f"template.yaml: {logical_id} leads to no function ({error!r})") from error
    return found


class _NoManagedPolicies:
    """The template names managed policies by ARN, so that there is no name to look up."""

    def load(self) -> dict[str, str]:
        return {}
