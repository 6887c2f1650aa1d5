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

import boto3
from samtranslator.yaml_helper import yaml_parse

from local.paths import ROOT
from tests.emulated.account import CODE_BUCKET

STACK = "skill-benchmark"
FOLDER = ROOT / ".aws-sam" / "emulated"
BUILD = FOLDER / "build"
PACKAGED = FOLDER / "packaged.yaml"


class DeploymentFailed(Exception):
    """CloudFormation refused or rolled back; the message names the resources and their reasons."""


@dataclass(frozen=True)
class Sam:
    """The SAM command line of an environment, with the emulator's interpreter as the one that it builds for."""

    command: Path
    python: Path

    def build(self) -> None:
        """Build for this machine's processor, which is the one difference to what AWS is given."""
        lambdas_name = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
        text = (ROOT / "template.yaml").read_text(encoding="utf-8").replace("arm64", lambdas_name)
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

    def package(self) -> None:
        """Upload what was built; what is deployed from here on names it by its place in S3."""
        options: list[str | Path] = ["--template-file", BUILD / "template.yaml", "--s3-bucket", CODE_BUCKET]
        self._run("package", *options, "--output-template-file", PACKAGED)

    def deploy(self, template: Path, parameters: Mapping[str, str]) -> dict[str, str]:
        """Create or update the stack by a change set; returns the stack's outputs. Raises DeploymentFailed."""
        given = [f"{name}={value}" for name, value in parameters.items()]
        options: list[str | Path] = [
            "--template-file",
            template,
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
        environment = {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0", "PROCESSOR": platform.machine()}
        done = subprocess.run(
            [self.command, *arguments], capture_output=True, text=True, env=environment, cwd=ROOT, check=False
        )
        if done.returncode:
            raise DeploymentFailed(f"sam {arguments[0]}: {done.stderr[-3000:]}")


def next_release(model_api: str) -> Path:
    """A changed release: Call Model by its code and Judge Answer by the template speak to another model API."""
    template = yaml_parse(PACKAGED.read_text(encoding="utf-8"))
    code = FOLDER / "changed" / "CallModelFunction"
    shutil.rmtree(code, ignore_errors=True)
    shutil.copytree(BUILD / "CallModelFunction", code, ignore=shutil.ignore_patterns("__pycache__"))
    app = code / "app.py"
    as_it_was = app.read_text(encoding="utf-8")
    app.write_text(f'import os\n\nos.environ["MODEL_API_BASE_URL"] = "{model_api}"\n\n{as_it_was}', encoding="utf-8")
    template["Resources"]["CallModelFunction"]["Properties"]["CodeUri"] = str(code)
    judge = template["Resources"]["JudgeAnswerFunction"]["Properties"]
    judge["Environment"]["Variables"]["MODEL_API_BASE_URL"] = model_api
    changed = FOLDER / "changed.yaml"
    changed.write_text(json.dumps(template, default=str), encoding="utf-8")
    return changed
