"""A change set for review: what a deployment would create or change, without doing it."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scripts.preflight.deployment import Deployment
from scripts.preflight.findings import Finding, ask, ok, problem


def change_set(formation: Any, deployment: Deployment, deploy: Sequence[str | Path]) -> Iterator[Finding]:
    """Upload what was built and list the changes; `deploy` is the command that would deploy it."""
    parameters = [f"{name}={value}" for name, value in deployment.parameters.items() if value]
    command = [*deploy, "--stack-name", deployment.stack_name]
    command += [
        "--no-execute-changeset",
        "--no-confirm-changeset",
        "--capabilities",
        "CAPABILITY_IAM",
        "--no-progressbar",
    ]
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(  # noqa: S603 - our own tool with our own arguments
        [*command, "--parameter-overrides", *parameters], capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        yield problem("change set", f"sam deploy says: {done.stderr.strip()[-2000:]}")
        return
    made = ask(formation, "list_change_sets", StackName=deployment.stack_name)["Summaries"]
    newest = max(made, key=lambda summary: summary["CreationTime"])
    for change in _changes(formation, newest["ChangeSetId"]):
        replacing = " by another" if change.get("Replacement") == "True" else ""
        what = f"{change['Action'].lower()}{replacing} {change['LogicalResourceId']} ({change['ResourceType']})"
        yield ok("change set", what)
    yield ok(
        "change set",
        f"nothing is changed yet; delete it with `aws cloudformation delete-change-set "
        f"--change-set-name {newest['ChangeSetId']}`, or deploy",
    )


def _changes(formation: Any, name: str) -> Iterator[dict[str, Any]]:
    page: dict[str, Any] = {}
    while not page or page.get("NextToken"):
        more = {"NextToken": page["NextToken"]} if page else {}
        page = ask(formation, "describe_change_set", ChangeSetName=name, **more)
        for change in page["Changes"]:
            yield change["ResourceChange"]
