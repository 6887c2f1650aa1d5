"""What is to be deployed: the template, the stack's name and the values of its parameters."""

import json
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]


class NotUnderstood(Exception):
    """The command line, samconfig.toml or the template cannot be read; the message says what to change."""


@dataclass(frozen=True)
class Deployment:
    stack_name: str
    template: Mapping[str, Any]
    parameters: Mapping[str, str]
    """All of the template's, with defaults filled in."""

    def listed(self, name: str) -> list[str]:
        """The entries of a parameter that is comma separated."""
        return [entry for entry in self.parameters.get(name, "").split(",") if entry]

    def says(self, name: str) -> bool:
        return self.parameters.get(name) == "true"

    @property
    def compact_template(self) -> str:
        """The template without blanks and comments, in which form it is shortest."""
        return json.dumps(self.template, separators=(",", ":"), default=str)


def read_deployment(stack_name: str | None, overrides: Sequence[str], root: Path = ROOT) -> Deployment:
    """From the command line, else from samconfig.toml as `sam deploy` reads it. Raises NotUnderstood."""
    template = yaml_parse((root / "template.yaml").read_text(encoding="utf-8"))
    kept = _samconfig(root / "samconfig.toml")
    given = _pairs(overrides or _split(kept.get("parameter_overrides", [])))
    declared = template["Parameters"]
    if strangers := sorted(set(given) - set(declared)):
        raise NotUnderstood(f"template.yaml has no parameter {', '.join(strangers)}")
    defaults = {name: str(about["Default"]) for name, about in declared.items() if "Default" in about}
    name = stack_name or kept.get("stack_name")
    if not name:
        raise NotUnderstood("name the stack: --stack-name NAME, or stack_name in samconfig.toml")
    return Deployment(name, template, {**defaults, **given})


def _samconfig(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        kept: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8")).get("default", {})
    except tomllib.TOMLDecodeError as error:
        raise NotUnderstood(f"samconfig.toml: {error}") from error
    return {**kept.get("global", {}).get("parameters", {}), **kept.get("deploy", {}).get("parameters", {})}


def _split(overrides: str | Sequence[str]) -> Sequence[str]:
    return shlex.split(overrides) if isinstance(overrides, str) else overrides


def _pairs(overrides: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for override in overrides:
        name, equals, value = override.partition("=")
        if not equals:
            raise NotUnderstood(f"{override!r} is no parameter; write NAME=VALUE")
        pairs[name] = value.strip('"')
    return pairs
