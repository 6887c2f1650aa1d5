"""What each role may do, tried against every record, secret and execution that there is."""

from collections.abc import Iterator
from itertools import product

import pytest

from skill_benchmark.domain import record_keys
from tests.unit.template.deployed import Policy, Stack
from tests.unit.template.test_functions import OF_THE_OWNER, WITH_DATABASE, WITH_MODELS

RUN = "run_0191"
OF_THE_WORKFLOW = {
    "prepare_run",
    "check_models",
    "admit_run",
    "call_model",
    "judge_answer",
    "write_results",
    "complete_run",
}
RECORDS = {
    "plan": record_keys.plan(RUN),
    "cases": record_keys.cases(RUN),
    "brief": record_keys.brief(RUN),
    "case": record_keys.case(RUN, 7),
    "text": record_keys.text(RUN, "a1"),
    "answer": record_keys.answer(RUN, "a1"),
    "lost answer": record_keys.lost_answer(RUN, "a1", "t1"),
    "verdict": record_keys.verdict(RUN, "a1", "provider/judge:1"),
    "lost verdict": record_keys.lost_verdict(RUN, "a1", "t1"),
    "failure": record_keys.failure(RUN, "a1", "model"),
    "map result": f"runs/{RUN}/map/SUCCEEDED_0.json",
    "elsewhere": "other/plan.json",
}
READS = {
    "start_run": {"plan"},
    "prepare_run": {"plan"},
    "admit_run": set[str](),
    "reconcile": {"plan"},
    "check_models": set[str](),
    "call_model": {"brief", "case", "answer", "lost answer"},
    "judge_answer": {"brief", "case", "text", "verdict", "lost verdict"},
    "write_results": {"plan", "answer", "lost answer", "verdict", "lost verdict", "failure"},
    "complete_run": set[str](),
    "read_api": set[str](),
    "migrate": set[str](),
    "erase_data": set[str](),
    "expire_results": set[str](),
    "workflow": {"cases", "map result"},
}
WRITES = {
    "start_run": {"plan"},
    "prepare_run": {"cases", "brief", "case"},
    "admit_run": set[str](),
    "reconcile": set[str](),
    "check_models": set[str](),
    "call_model": {"text", "answer", "lost answer"},
    "judge_answer": {"verdict", "lost verdict"},
    "write_results": set[str](),
    "complete_run": set[str](),
    "read_api": set[str](),
    "migrate": set[str](),
    "erase_data": set[str](),
    "expire_results": set[str](),
    "workflow": {"failure", "map result"},
}
LISTS = {
    "start_run": {"plan"},
    "reconcile": {"plan"},
    "call_model": {"answer", "lost answer"},
    "judge_answer": {"verdict", "lost verdict"},
    "erase_data": set(RECORDS) - {"elsewhere"},
    "write_results": set(RECORDS) - {"elsewhere"},
}
DELETES = {"erase_data": set(RECORDS) - {"elsewhere"}}


def policies(stack: Stack) -> Iterator[tuple[str, Policy]]:
    yield from ((folder, function.policy) for folder, function in stack.functions.items())
    yield "workflow", stack.workflow


def test_every_kind_of_record_is_tried() -> None:
    kinds = {name for name in vars(record_keys) if name.islower() and not name.startswith("_")} - {"quote"}
    folders = {"of_run", "verdicts", "failures", "lost_answers", "lost_verdicts"}
    assert kinds - folders == {name.replace(" ", "_") for name in RECORDS} - {"map_result", "elsewhere"}


@pytest.mark.parametrize("role", READS)
def test_a_role_reads_and_writes_the_records_of_its_task_and_no_others(stack: Stack, role: str) -> None:
    policy = dict(policies(stack))[role]

    def may(action: str) -> set[str]:
        return {kind for kind, key in RECORDS.items() if policy.allows(action, f"arn:aws:s3:::{stack.bucket}/{key}")}

    assert may("s3:GetObject") == READS[role]
    assert may("s3:PutObject") == WRITES[role]
    assert may("s3:DeleteObject") == DELETES.get(role, set())


@pytest.mark.parametrize("role", READS)
def test_who_looks_for_a_record_is_told_that_it_is_missing_and_nothing_of_others(stack: Stack, role: str) -> None:
    """S3 says 404 to those who may list the key, and 403 to all others."""
    policy = dict(policies(stack))[role]
    bucket = f"arn:aws:s3:::{stack.bucket}"
    listed = {kind for kind, key in RECORDS.items() if policy.allows("s3:ListBucket", bucket, prefix=key)}
    assert listed == LISTS.get(role, set())
    assert not policy.allows("s3:ListBucket", bucket, prefix="")


def test_the_judge_can_read_nothing_that_says_who_answered(stack: Stack) -> None:
    judge = stack.functions["judge_answer"].policy
    read = {kind for kind, key in RECORDS.items() if judge.allows("s3:GetObject", f"arn:aws:s3:::{stack.bucket}/{key}")}
    assert not read & {"plan", "cases", "answer", "lost answer", "failure", "map result"}
    services = {action.partition(":")[0] for statement in judge.statements for action in actions(statement["Action"])}
    assert services == {"s3", "secretsmanager"}


def test_no_role_of_one_world_has_a_secret_of_the_other(stack: Stack) -> None:
    holders = {
        parameter: {role for role, policy in policies(stack) if policy.allows("secretsmanager:GetSecretValue", arn)}
        for parameter, arn in stack.secrets.items()
    }
    assert holders == {
        "ModelApiKeySecretArn": WITH_MODELS,
        "DatabaseSecretArn": WITH_DATABASE - OF_THE_OWNER,
        "DatabaseOwnerSecretArn": {"migrate"} | OF_THE_OWNER,
    }


def test_executions_are_started_and_stopped_by_those_whose_task_it_is(stack: Stack) -> None:
    execution = stack.state_machine_arn.replace(":stateMachine:", ":execution:") + f":{RUN}"
    child = execution.replace(f":{RUN}", "/RunTestCases:1f0c")
    map_run = child.replace(":execution:", ":mapRun:")
    asked = {
        ("states:StartExecution", stack.state_machine_arn): {"start_run", "reconcile", "read_api", "workflow"},
        ("states:ListExecutions", stack.state_machine_arn): {"reconcile"},
        ("states:StopExecution", execution): {"read_api", "workflow"},
        ("states:DescribeExecution", execution): {"read_api", "start_run", "reconcile", "workflow"},
        ("states:ListMapRuns", execution): {"read_api", "admit_run", "reconcile"},
        ("states:DescribeMapRun", map_run): {"read_api", "admit_run", "reconcile"},
        ("states:UpdateMapRun", map_run): {"admit_run", "reconcile"},
        ("states:StopExecution", child): {"workflow"},
        ("states:RedriveExecution", child): {"workflow"},
    }
    for (action, resource), expected in asked.items():
        assert {role for role, policy in policies(stack) if policy.allows(action, resource)} == expected, action


def test_the_state_machine_invokes_the_functions_of_its_states_and_no_others(stack: Stack) -> None:
    invoked = {
        folder
        for folder, function in stack.functions.items()
        if stack.workflow.allows("lambda:InvokeFunction", f"{function.configuration['FunctionArn']}:7")
        or stack.workflow.allows("lambda:InvokeFunction", function.configuration["FunctionArn"])
    }
    assert invoked == OF_THE_WORKFLOW
    substitutions = stack.resources["BenchmarkRunStateMachine"]["Properties"]["DefinitionSubstitutions"]
    assert {name for name in substitutions if name.endswith("FunctionArn")} == {
        folder.title().replace("_", "") + "FunctionArn" for folder in invoked
    }


def test_roles_have_no_managed_policy_beyond_logs_traces_and_network_interfaces(stack: Stack) -> None:
    harmless = {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess", "AWSLambdaVPCAccessExecutionRole"}
    for name, role in stack.of_type("AWS::IAM::Role").items():
        managed = {arn.rpartition("/")[2] for arn in role["Properties"].get("ManagedPolicyArns", [])}
        assert managed <= harmless, name


def test_every_role_has_the_boundary_that_the_deployment_asks_for(stack: Stack) -> None:
    boundary = ["HasPermissionsBoundary", {"Ref": "PermissionsBoundaryArn"}, {"Ref": "AWS::NoValue"}]
    roles = stack.of_type("AWS::IAM::Role")
    assert {"CallModelFunctionRole", "BenchmarkRunRole", "SchedulesRole", "DatabaseProxyRole"} <= set(roles)
    for name, role in roles.items():
        assert role["Properties"].get("PermissionsBoundary") == {"Fn::If": boundary}, name


def test_a_service_assumes_a_role_for_this_account_only(stack: Stack) -> None:
    """docs/decisions.md says why Lambda and RDS are not asked."""
    for name, role in stack.of_type("AWS::IAM::Role").items():
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            service = statement["Principal"]["Service"]
            if service in ("rds.amazonaws.com", ["lambda.amazonaws.com"]):
                continue
            assert service in {"states.amazonaws.com", "scheduler.amazonaws.com", "events.amazonaws.com"}, name
            assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}, name


def test_a_service_reaches_a_resource_for_this_account_only(stack: Stack) -> None:
    for name, permission in stack.of_type("AWS::Lambda::Permission").items():
        source = permission["Properties"]["SourceArn"]
        of_this_stack = "Fn::GetAtt" in source or "Ref" in source
        assert of_this_stack or "${AWS::AccountId}" in source["Fn::Sub"], name
    for kind in (
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::Logs::ResourcePolicy",
    ):
        for name, policy in stack.of_type(kind).items():
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Allow":
                    condition = statement["Condition"]["StringEquals"]
                    assert condition["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}, name


def test_schedules_may_invoke_what_they_are_for(stack: Stack) -> None:
    schedules = stack.of_type("AWS::Scheduler::Schedule")
    [policy] = stack.resources["SchedulesRole"]["Properties"]["Policies"]
    invoke, keep = policy["PolicyDocument"]["Statement"]
    targets = [schedule["Properties"]["Target"] for schedule in schedules.values()]
    assert all(target["RoleArn"] == {"Fn::GetAtt": ["SchedulesRole", "Arn"]} for target in targets)
    assert invoke["Action"] == "lambda:InvokeFunction"
    assert sorted(map(str, invoke["Resource"])) == sorted({str(target["Arn"]) for target in targets})
    assert (keep["Action"], keep["Resource"]) == ("sqs:SendMessage", {"Fn::GetAtt": ["LostEventsQueue", "Arn"]})


def test_no_statement_allows_every_action_or_every_resource(stack: Stack) -> None:
    for (role, policy), wildcard in product(policies(stack), "*?"):
        for statement in policy.statements:
            assert not any(wildcard in action for action in actions(statement["Action"])), role
            if statement["Resource"] == "*":
                assert statement["Sid"] == "DeliverLogs", "log delivery is the one thing that knows no resources"


def actions(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
