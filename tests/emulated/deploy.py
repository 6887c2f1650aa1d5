"""`sam build` and `sam deploy` of template.yaml, and of a changed release of it."""

import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local.paths import ROOT
from tests.emulated.account import CODE_BUCKET

STACK = "skill-benchmark"
FOLDER = ROOT / ".aws-sam" / "emulated"
BUILD = FOLDER / "build"


class DeploymentFailed(Exception):
    """CloudFormation refused or rolled back; the message names the resources and their reasons."""


@dataclass(frozen=True)
class Sam:
    """The SAM command line of an environment, with the emulator's interpreter as the one that it builds for."""

    command: Path
    python: Path

    def build(self) -> None:
        """Build for this machine's processor, which is the one difference to what AWS is given."""
        processor = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
        text = (ROOT / "template.yaml").read_text(encoding="utf-8").replace("arm64", processor)
        # SAM resolves paths from the folder of the template, and this one is not at the root.
        text = re.sub(r"(?m)^( +(?:Code|Content|Definition)Uri: )(\S+)$", rf"\g<1>{ROOT}/\g<2>", text)
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "template.yaml").write_text(text, encoding="utf-8")
        options: list[str | Path] = ["--template", FOLDER / "template.yaml", "--build-dir", BUILD]
        self._run("build", *options, "--cached", "--cache-dir", FOLDER / "cache")
        compiling: list[str | Path] = [
            self.python,
            "-m",
            "compileall",
            "-q",
            "-j",
            "0",
            "--invalidation-mode",
            "unchecked-hash",
        ]
        subprocess.run([*compiling, "-x", "/tests/", BUILD], check=True)

    def deploy(self, build: Path, parameters: Mapping[str, str]) -> dict[str, str]:
        """Create or update the stack by a change set; returns the stack's outputs. Raises DeploymentFailed."""
        given = [f"{name}={value}" for name, value in parameters.items()]
        options: list[str | Path] = [
            "--template-file",
            build / "template.yaml",
            "--stack-name",
            STACK,
            "--s3-bucket",
            CODE_BUCKET,
        ]
        options += ["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"]
        formation = boto3.client("cloudformation")
        try:
            self._run("deploy", *options, "--parameter-overrides", *given)
        except DeploymentFailed as error:
            events = formation.describe_stack_events(StackName=STACK)["StackEvents"]
            failed = [event for event in events if "FAILED" in event.get("ResourceStatus", "")]
            reasons = [f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason')}" for one in reversed(failed)]
            raise DeploymentFailed("\n".join(reasons) or str(error)) from error
        stack = formation.describe_stacks(StackName=STACK)["Stacks"][0]
        assert formation.list_change_sets(StackName=STACK)["Summaries"], "sam deployed without a change set"
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def _run(self, *arguments: str | Path) -> None:
        path = f"{self.python.parent}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0"}
        done = subprocess.run(
            [self.command, *arguments], capture_output=True, text=True, env=environment, cwd=ROOT, check=False
        )
        if done.returncode:
            raise DeploymentFailed(f"sam {arguments[0]}: {done.stderr[-3000:]}")


def next_release(model_api: str) -> Path:
    """A changed build: Call Model by its code and Judge Answer by the template speak to another model API."""
    release = FOLDER / "next"
    shutil.rmtree(release, ignore_errors=True)
    shutil.copytree(BUILD, release, copy_function=os.link, symlinks=True)
    app = release / "CallModelFunction" / "app.py"
    code = app.read_text(encoding="utf-8")
    app.unlink()
    app.write_text(f'import os\n\nos.environ["MODEL_API_BASE_URL"] = "{model_api}"\n\n{code}', encoding="utf-8")
    shutil.rmtree(app.parent / "__pycache__", ignore_errors=True)
    template = _read(BUILD / "template.yaml")
    judge = template["Resources"]["JudgeAnswerFunction"]["Properties"]
    judge["Environment"]["Variables"]["MODEL_API_BASE_URL"] = model_api
    (release / "template.yaml").unlink()
    (release / "template.yaml").write_text(json.dumps(template, default=str), encoding="utf-8")
    return release


def _read(template: Path) -> dict[str, Any]:
    from samtranslator.yaml_helper import yaml_parse

    parsed: dict[str, Any] = yaml_parse(template.read_text(encoding="utf-8"))
    return parsed
