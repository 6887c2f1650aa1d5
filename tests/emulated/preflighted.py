"""The preflight, as whoever deploys calls it, against the account that is deployed to."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import boto3

from local.paths import ROOT
from tests.emulated.account import CODE_BUCKET, user
from tests.emulated.deploy import PACKAGED, STACK

_UNKNOWN = {"Step Functions", "template"}
"""ministack has no Service Quotas, and the template is longer than a request may be."""


def examine(parameters: Mapping[str, str], deployer: Mapping[str, str]) -> None:
    """the preflight finds an account that is ready in order, one with a fault not, and says what it may not look at"""
    found = _preflight(parameters, [], deployer)
    assert not _of(found, "problem"), found
    assert _of(found, "unknown") <= _UNKNOWN, found
    assert _of(found, "problem") != _of(_preflight({**parameters, "VpcSubnetIds": ""}, [], deployer), "problem")
    nobody = _preflight(parameters, [], user("nobody", []))
    assert {"DNS", "endpoints", "rights", "secrets", "state machine"} <= _of(nobody, "unknown"), nobody


def review(parameters: Mapping[str, str], deployer: Mapping[str, str], sam: Path) -> None:
    """the preflight makes a change set that names what would be created, and creates nothing"""
    options = ["--deploy", "--built", str(PACKAGED), "--sam", str(sam)]
    options += ["--sam-option=--s3-bucket", f"--sam-option={CODE_BUCKET}"]
    found = _preflight(parameters, options, deployer)
    created = [line for line in found if line.startswith("ok       change set: add ")]
    assert any("BenchmarkRunStateMachine (AWS::StepFunctions::StateMachine)" in line for line in created), found
    assert not boto3.client("lambda").list_functions()["Functions"]


def prove(parameters: Mapping[str, str], deployer: Mapping[str, str], api_url: str) -> None:
    """the preflight runs two cases through the API and leaves nothing behind"""
    found = _preflight(parameters, ["--prove", "--api-url", api_url], deployer)
    assert not _of(found, "problem"), found
    assert any("two cases were answered and judged by the stand-in" in line for line in found), found


def _preflight(parameters: Mapping[str, str], options: Sequence[str], credentials: Mapping[str, str]) -> list[str]:
    given = [argument for name, value in parameters.items() for argument in ("--parameter", f"{name}={value}")]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.preflight", "--stack-name", STACK, *given, *options],
        env={**os.environ, **credentials},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


def _of(found: list[str], status: str) -> set[str]:
    """What the findings of a status are about."""
    return {line[9:].partition(":")[0] for line in found if line.startswith(f"{status} ")}
