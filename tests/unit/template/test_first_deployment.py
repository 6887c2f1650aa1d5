"""A first deployment that fails can be rolled back: nothing that it created refuses to go."""

from typing import Any

import pytest

from tests.unit.template.deployed import ROOT, Stack
from tests.unit.template.linter import cfn_lint

# What CloudFormation's reference says each attribute may be. Snapshot is for resources that have snapshots.
DELETION_POLICIES = {"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"}
UPDATE_REPLACE_POLICIES = {"Delete", "Retain", "Snapshot"}
WITH_SNAPSHOTS = {"AWS::RDS::DBCluster"}
"""Of the types in the template."""


def test_every_policy_is_one_that_its_attribute_and_its_type_have(stack: Stack) -> None:
    for name, resource in stack.resources.items():
        policies = {
            "DeletionPolicy": resource.get("DeletionPolicy", "Delete"),
            "UpdateReplacePolicy": resource.get("UpdateReplacePolicy", "Delete"),
        }
        assert policies["DeletionPolicy"] in DELETION_POLICIES, name
        assert policies["UpdateReplacePolicy"] in UPDATE_REPLACE_POLICIES, name
        if "Snapshot" in policies.values():
            assert resource["Type"] in WITH_SNAPSHOTS, name


def test_a_rollback_of_the_first_deployment_leaves_nothing_behind(stack: Stack) -> None:
    """`Retain` would leave the resource, and its name would be taken when the deployment is tried again."""
    kept = {name for name, resource in stack.resources.items() if resource.get("DeletionPolicy") == "Retain"}
    # A version that an update replaces is kept for executions that began with it; all go when their function does.
    assert kept == set(stack.of_type("AWS::Lambda::Version"))


def test_what_was_paid_for_outlives_the_stack(stack: Stack) -> None:
    assert stack.resources["RecordsBucket"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert stack.resources["RecordsBucket"]["UpdateReplacePolicy"] == "Retain"
    assert stack.resources["DatabaseCluster"]["DeletionPolicy"] == "Snapshot"
    assert stack.resources["DatabaseCluster"]["UpdateReplacePolicy"] == "Snapshot"


def test_nothing_is_protected_against_deletion_before_the_first_deployment_has_succeeded(stack: Stack) -> None:
    protected = {
        (name, key): value
        for name, resource in stack.resources.items()
        for key, value in resource.get("Properties", {}).items()
        if "Protection" in key
    }
    assert protected == {("DatabaseCluster", "DeletionProtection"): {"Ref": "DatabaseDeletionProtection"}}
    parameter: dict[str, Any] = stack.template["Parameters"]["DatabaseDeletionProtection"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("false", ["true", "false"])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("UpdateReplacePolicy: Retain", "UpdateReplacePolicy: RetainExceptOnCreate"),
        ("DeletionPolicy: RetainExceptOnCreate", "DeletionPolicy: Snapshot"),
    ],
)
def test_cfn_lint_would_see_a_policy_that_there_is_not(right: str, wrong: str) -> None:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert right in text
    code, found = cfn_lint(text.replace(right, wrong))
    assert code != 0
    assert wrong.partition(": ")[2] in found
