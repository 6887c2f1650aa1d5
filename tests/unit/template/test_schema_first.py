"""Schema first, then code: in which order CloudFormation makes what needs the schema, and one secret for its role."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from local.template import packaged_template, to_cloudformation
from tests.unit.template.deployed import ROOT, Stack
from tests.unit.template.test_functions import OF_THE_OWNER, WITH_DATABASE

MIGRATION = "SchemaMigration"
REGION = "eu-central-1"


def named_in(value: Any) -> Iterator[str]:
    """What a part of a template refers to, by any of the functions that refer."""
    if isinstance(value, list):
        for item in value:
            yield from named_in(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref":
                yield item
            elif key == "Fn::GetAtt":
                yield item[0] if isinstance(item, list) else item.partition(".")[0]
            elif key == "Fn::Sub":
                text = item[0] if isinstance(item, list) else item
                yield from (name.partition(".")[0] for name in re.findall(r"\$\{(\w[\w.]*)\}", text))
            yield from named_in(item)


def waits_for(stack: Stack, name: str) -> set[str]:
    """All resources that CloudFormation makes before this one."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        resource = stack.resources[waiting.pop()]
        explicit = resource.get("DependsOn", [])
        before = {*named_in(resource.get("Properties", {})), *([explicit] if isinstance(explicit, str) else explicit)}
        new = (before & stack.resources.keys()) - found
        found |= new
        waiting += new
    return found


def test_the_code_that_needs_the_schema_comes_after_it(stack: Stack) -> None:
    for name, resource in stack.of_type("AWS::Lambda::Function").items():
        folder = resource["Properties"]["Code"]["S3Key"].removeprefix("functions/")
        if folder in WITH_DATABASE - {"migrate"}:
            assert MIGRATION in waits_for(stack, name), f"{name} needs DependsOn: {MIGRATION}"


@pytest.mark.parametrize(
    "kind", ["AWS::StepFunctions::StateMachine", "AWS::ApiGatewayV2::Route", "AWS::Scheduler::Schedule"]
)
def test_what_leads_to_that_code_comes_after_the_schema_too(stack: Stack, kind: str) -> None:
    found = stack.of_type(kind)
    assert found
    for name in found:
        assert MIGRATION in waits_for(stack, name), name


def test_the_migration_comes_after_all_that_it_needs(stack: Stack) -> None:
    needed = {
        "MigrateFunction",
        "DatabaseCluster",
        "DatabaseInstance",
        "DatabaseOwnerSecretAttachment",
        "DatabaseSecret",
        "ClusterFromFunctions",
        "FunctionsSecurityGroup",
        "SecretsManagerEndpoint",
        "S3Endpoint",
    }
    assert needed <= waits_for(stack, MIGRATION)


def test_the_migration_runs_again_when_the_migrations_change_and_only_then() -> None:
    def properties(layer: str, function: str) -> Any:
        template = copy.deepcopy(packaged)
        template["Resources"]["MigrationsLayer"]["Properties"]["ContentUri"]["Key"] = layer
        template["Resources"]["MigrateFunction"]["Properties"]["CodeUri"]["Key"] = function
        return to_cloudformation(template, {})["Resources"][MIGRATION]["Properties"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        packaged = packaged_template(ROOT)
        before = properties("content-1", "functions/migrate")
        assert before == properties("content-1", "functions/migrate-2")
        assert before != properties("content-2", "functions/migrate")


def test_cloudformation_waits_longer_than_the_function_and_not_for_an_hour(stack: Stack) -> None:
    waits = stack.resources[MIGRATION]["Properties"]["ServiceTimeout"]
    assert stack.functions["migrate"].configuration["Timeout"] < waits < 1200


def test_the_endpoint_of_s3_lets_the_answer_out_and_nothing_else_of_other_accounts(stack: Stack) -> None:
    own, answers = stack.resources["S3Endpoint"]["Properties"]["PolicyDocument"]["Statement"]
    assert own["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
    assert answers["Action"] == "s3:PutObject"
    text, variables = answers["Resource"]["Fn::Sub"]
    separator, split = variables["Region"]["Fn::Join"]
    assert split == {"Fn::Split": ["-", {"Ref": "AWS::Region"}]}
    region = separator.join(REGION.split("-"))
    arn = text.replace("${AWS::Partition}", "aws").replace("${Region}", region)
    # As in the ResponseURL of a real request.
    assert arn == "arn:aws:s3:::cloudformation-custom-resource-response-eucentral1/*"


def test_proxy_and_functions_read_one_secret_and_the_environment_names_the_proxy(stack: Stack) -> None:
    secret = {"Ref": "DatabaseSecret"}
    [proxy] = stack.of_type("AWS::RDS::DBProxy").values()
    assert [auth["SecretArn"] for auth in proxy["Properties"]["Auth"]] == [secret]
    role = stack.resources["DatabaseProxyRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    assert role["Statement"][0]["Resource"] == secret
    for resource in stack.of_type("AWS::Lambda::Function").values():
        folder = resource["Properties"]["Code"]["S3Key"].removeprefix("functions/")
        if folder in WITH_DATABASE - OF_THE_OWNER:
            variables = resource["Properties"]["Environment"]["Variables"]
            assert variables["DATABASE_SECRET_ARN"]["Fn::If"][:2] == ["CreatesDatabase", secret], folder
            host = {"Fn::If": ["CreatesDatabase", {"Fn::GetAtt": ["DatabaseProxy", "Endpoint"]}, ""]}
            assert variables.get("DATABASE_HOST") == (None if folder == "migrate" else host), folder


def test_no_secret_is_copied_into_another_when_the_stack_is_deployed(stack: Stack) -> None:
    """A copy would be as old as the deployment, whatever a rotation did since."""
    for name, secret in stack.of_type("AWS::SecretsManager::Secret").items():
        assert "resolve:" not in str(secret["Properties"]), name
