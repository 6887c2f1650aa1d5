"""Every policy of the template, by parliament: actions, resources and conditions that AWS does not know."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.proofs.conftest import SECONDS
from tests.rendered_template import SECRETS, RenderedTemplate

NETWORK = {"VpcId": "vpc-0a1b", "VpcSubnetIds": "subnet-0a1b,subnet-1a1b", "VpcRouteTableIds": "rtb-0a1b"}
DEPLOYMENTS = {
    "an existing database": {**SECRETS, **NETWORK, "VpcSecurityGroupIds": "sg-0a1b"},
    "a created database": {**SECRETS, **NETWORK, "CreateDatabase": "true", "CreateVpcEndpoints": "true"},
}

# What parliament says of policies that are right, each with the reason.
ACCEPTED = {
    # It wants a resource of each kind that an action can be on.
    "RESOURCE_MISMATCH states:DescribeExecution": "there are no express executions",
    "RESOURCE_MISMATCH states:ListExecutions": "executions are listed of the state machine, not of its Map Runs",
    "NO_VERSION": "of policies that SAM writes; they use nothing that came with a later version of the language",
}


def policies(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The policies inside of a resource. Trust policies have no resource; parliament does not know them."""
    if isinstance(value, dict):
        if "Statement" in value:
            yield place, value
        else:
            for name, inner in value.items():
                if name != "AssumeRolePolicyDocument":
                    yield from policies(inner, f"{place}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from policies(inner, f"{place}.{index}")


def findings(parliament: Path, folder: Path, documents: dict[str, Any]) -> set[str]:
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    command = [str(parliament), "--directory", str(folder), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert not ran.stderr.startswith("Traceback"), ran.stderr
    return {_said(json.loads(line)) for line in ran.stdout.splitlines()}


def _said(finding: dict[str, Any]) -> str:
    detail = finding["detail"]
    text = " ".join(one["action"] for one in detail) if isinstance(detail, list) else str(detail)
    return f"{finding['issue']} {text}".strip()


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_parliament_finds_nothing_that_is_not_explained(parliament: Path, tmp_path: Path, deployment: str) -> None:
    template = RenderedTemplate(DEPLOYMENTS[deployment])
    documents: dict[str, Any] = {}
    for name, resource in template.resources.items():
        if '"Statement"' in json.dumps(resource):
            documents.update(policies(template.render(resource["Properties"]), name))
    assert len(documents) > 10
    assert findings(parliament, tmp_path, documents) <= set(ACCEPTED)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ({"Action": "s3:GetObjekt", "Resource": "*"}, "UNKNOWN_ACTION Unknown action s3:GetObjekt"),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"}, "RESOURCE_MISMATCH s3:GetObject"),
        (
            {
                "Action": "s3:ListBucket",
                "Resource": "arn:aws:s3:::bucket",
                "Condition": {"StringLike": {"s3:prefixes": "runs/*"}},
            },
            "UNKNOWN_CONDITION_FOR_ACTION",
        ),
    ],
    ids=["action", "resource", "condition"],
)
def test_a_wrong_policy_is_found(parliament: Path, tmp_path: Path, statement: dict[str, Any], found: str) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    assert any(said.startswith(found) for said in findings(parliament, tmp_path, {"wrong": policy}))
