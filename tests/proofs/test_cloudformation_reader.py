"""The state machine as CloudFormation reads it: the bytes that SAM uploads, through the parser that AWS uses."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from scripts.render_state_machine import render
from tests.proofs.conftest import SECONDS, Reader
from tests.proofs.fake_s3 import fake_s3
from tests.unit.template.linter import cfn_lint
from tests.workflow_definition import DEFINITION_FILE, ROOT, load


@pytest.fixture(scope="module")
def definition(read_as_cloudformation: Reader) -> Any:
    return read_as_cloudformation(DEFINITION_FILE.read_bytes())


def test_the_reader_takes_an_alias_for_the_name_of_its_anchor(read_as_cloudformation: Reader) -> None:
    assert read_as_cloudformation(b"a: &rule [1]\nb: *rule\n") == {"a": [1], "b": "rule"}


def test_cloudformation_reads_the_state_machine_that_everyone_else_reads(definition: Any) -> None:
    # Through JSON, as the definition is passed on from there: 100.0 and 100 are one number in it.
    assert definition == json.loads(json.dumps(load()))


def test_cfn_lint_has_nothing_to_say_of_what_cloudformation_reads(definition: Any) -> None:
    assert cfn_lint(json.dumps(render(json.dumps(definition)))) == (0, "")


def test_sam_uploads_the_file_as_it_is(sam: Path, tmp_path: Path) -> None:
    """`sam package` is the first half of `sam deploy`."""
    packaged = tmp_path / "packaged.yaml"
    with fake_s3() as (url, objects):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "SAM_CLI_TELEMETRY": "0",
        }
        options = {"template-file": ROOT / "template.yaml", "s3-bucket": "packages", "output-template-file": packaged}
        ran = subprocess.run(
            [sam, "package", *(f"--{name}={value}" for name, value in options.items())],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert ran.returncode == 0, ran.stderr
    resources: dict[str, Any] = yaml_parse(packaged.read_text(encoding="utf-8"))["Resources"]
    machines = [resource for resource in resources.values() if resource["Type"] == "AWS::Serverless::StateMachine"]
    [uploaded] = [machine["Properties"]["DefinitionUri"] for machine in machines]
    assert objects[f"/{uploaded['Bucket']}/{uploaded['Key']}"] == DEFINITION_FILE.read_bytes()
