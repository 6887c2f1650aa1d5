"""The rest of the template: the API, the records, the schedule, what is watched, and what linters say."""

import json
import re
from fnmatch import fnmatchcase

import pytest
from pydantic import ValidationError
from samtranslator.yaml_helper import yaml_parse

from skill_benchmark.api.openapi import document
from skill_benchmark.domain.plan import new_run_id
from skill_benchmark.use_cases.scheduled_runs import ScheduledRuns
from tests.unit.template.deployed import ROOT, Stack
from tests.unit.template.linter import cfn_lint
from tests.unit.template.test_roles import RECORDS

ROUTES = {
    "PUT /v1/skills/{skill_id}": "ReadApiFunction",
    "POST /v1/skills/{skill_id}/training-examples": "ReadApiFunction",
    "GET /v1/skills/{skill_id}/training-examples": "ReadApiFunction",
    "POST /v1/skills/{skill_id}/runs": "StartRunFunction",
    "GET /v1/skills/{skill_id}/runs": "ReadApiFunction",
    "GET /v1/skills/{skill_id}/runs/latest": "ReadApiFunction",
    "GET /v1/skills/{skill_id}/cost-trend": "ReadApiFunction",
    "GET /v1/skills/{skill_id}/dimensions": "ReadApiFunction",
    "GET /v1/skills/{skill_id}/plan": "ReadApiFunction",
    "GET /v1/runs/{run_id}": "ReadApiFunction",
    "GET /v1/runs/{run_id}/results": "ReadApiFunction",
    "GET /v1/runs/{run_id}/comparison": "ReadApiFunction",
    "POST /v1/runs/{run_id}/cancel": "ReadApiFunction",
    "POST /v1/runs/{run_id}/rejudge": "StartRunFunction",
    "POST /v1/runs/{run_id}/resume": "StartRunFunction",
    "GET /v1/results/{result_id}/verdicts": "ReadApiFunction",
    "POST /v1/results/{result_id}/labels": "ReadApiFunction",
    "GET /v1/results/{result_id}/labels": "ReadApiFunction",
    "GET /v1/judges/validation": "ReadApiFunction",
    "GET /v1/health": "ReadApiFunction",
    "GET /v1/openapi.json": "ReadApiFunction",
    "$default": "ReadApiFunction",
}


def test_cfn_lint_has_nothing_to_say_of_the_template() -> None:
    assert cfn_lint((ROOT / "template.yaml").read_text(encoding="utf-8")) == (0, "")


def test_every_path_of_the_api_goes_to_its_function(stack: Stack) -> None:
    integrations = {
        name: integration["Properties"]["IntegrationUri"]["Fn::GetAtt"][0]
        for name, integration in stack.of_type("AWS::ApiGatewayV2::Integration").items()
    }
    routes = {}
    for route in stack.of_type("AWS::ApiGatewayV2::Route").values():
        target = route["Properties"]["Target"]["Fn::Sub"]
        [integration] = re.findall(r"^integrations/\$\{(\w+)\}$", target)
        routes[route["Properties"]["RouteKey"]] = integrations[integration]
    assert routes == ROUTES


def test_the_routes_are_the_operations_of_the_openapi_document() -> None:
    documented = {
        f"{method.upper()} {path}" for path, operations in document()["paths"].items() for method in operations
    }
    assert documented == set(ROUTES) - {"$default"}


def test_no_path_of_the_api_is_open_to_strangers(stack: Stack) -> None:
    for name, route in stack.of_type("AWS::ApiGatewayV2::Route").items():
        assert route["Properties"]["AuthorizationType"] == {"Fn::If": ["HasJwt", "JWT", "AWS_IAM"]}, name
        assert route["Properties"]["AuthorizerId"]["Fn::If"][1] == {"Ref": "JwtAuthorizer"}, name


def test_the_api_may_invoke_its_functions_on_every_path(stack: Stack) -> None:
    sources = [
        (permission["Properties"]["FunctionName"]["Ref"], permission["Properties"]["SourceArn"]["Fn::Sub"])
        for permission in stack.of_type("AWS::Lambda::Permission").values()
        if permission["Properties"]["Principal"] == "apigateway.amazonaws.com"
    ]
    for route, function in ROUTES.items():
        method, _, path = route.partition(" ")
        called = f"/$default/{method}{path}"
        patterns = [source.partition("${Api}")[2] for name, source in sources if name == function]
        assert any(fnmatchcase(called, pattern) for pattern in patterns), route


def test_the_bucket_takes_no_record_twice(stack: Stack) -> None:
    [policy] = stack.of_type("AWS::S3::BucketPolicy").values()
    [rule] = [
        statement
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Sid"] == "RecordsAreWrittenOnce"
    ]
    assert rule["Effect"] == "Deny"
    assert rule["Condition"] == {"Null": {"s3:if-none-match": "true"}}
    patterns = [resource["Fn::Sub"].removeprefix("${RecordsBucket.Arn}/") for resource in rule["Resource"]]
    guarded = {kind for kind, key in RECORDS.items() if any(fnmatchcase(key, pattern) for pattern in patterns)}
    assert guarded == set(RECORDS) - {"map result", "elsewhere"}


def test_an_execution_that_ends_by_itself_ends_its_run_too(stack: Stack) -> None:
    [rule] = stack.of_type("AWS::Events::Rule").values()
    pattern = rule["Properties"]["EventPattern"]
    assert pattern["source"] == ["aws.states"]
    assert pattern["detail-type"] == ["Step Functions Execution Status Change"]
    assert pattern["detail"]["stateMachineArn"] == [{"Ref": "BenchmarkRunStateMachine"}]
    assert set(pattern["detail"]["status"]) == {"ABORTED", "FAILED", "TIMED_OUT"}
    [target] = rule["Properties"]["Targets"]
    assert target["Arn"] == {"Ref": "BenchmarkRunStateMachine"}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["LostEventsQueue", "Arn"]}}
    # Neither the children of a Map, which have random names, nor the execution that writes an end.
    assert pattern["detail"]["name"] == [{"prefix": "run_"}]
    assert new_run_id().startswith("run_")


def test_the_nightly_schedule_sends_an_event_that_names_one_firing(stack: Stack) -> None:
    [schedule] = [
        schedule
        for schedule in stack.of_type("AWS::Scheduler::Schedule").values()
        if schedule["Properties"]["Target"]["Arn"] == {"Fn::GetAtt": ["StartRunFunction", "Arn"]}
    ]
    event = json.loads(schedule["Properties"]["Target"]["Input"]["Fn::Sub"])
    assert event["scheduled_at"] == "<aws.scheduler.scheduled-time>", "the scheduler fills this in"
    with pytest.raises(ValidationError, match="placeholder"):
        ScheduledRuns.model_validate(event)
    filled_in = ScheduledRuns.model_validate(event | {"scheduled_at": "2026-11-24T02:00:00Z"})
    assert filled_in.skills == "all stale"
    assert schedule["Properties"]["State"] == {"Ref": "NightlyScheduleState"}


def test_logs_are_kept_for_a_while_and_not_for_ever(stack: Stack) -> None:
    for name, group in stack.of_type("AWS::Logs::LogGroup").items():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_logs_and_executions_show_what_is_asked_for_only(stack: Stack) -> None:
    [machine] = stack.of_type("AWS::StepFunctions::StateMachine").values()
    assert machine["Properties"]["LoggingConfiguration"]["IncludeExecutionData"] == {"Ref": "LogExecutionData"}
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    assert {template["Parameters"][name]["Default"] for name in ("CasePreviews", "LogExecutionData")} == {"false"}
    for folder in ("prepare_run", "call_model", "judge_answer"):
        assert stack.functions[folder].environment["CASE_PREVIEWS"] == "false"
