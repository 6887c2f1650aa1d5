"""What operators and schedules do, and what must come of it. The first line of each says what it proves."""

import json
from uuid import uuid4

import boto3
from botocore.config import Config

from local.model_api import Fault
from tests.emulated.account import TENANT
from tests.emulated.deploy import STACK
from tests.emulated.stack import STATE_MACHINE, Stack


def migrate(stack: Stack) -> None:
    """the schema is brought up to date by the role that owns it, and again without a change"""
    functions = boto3.client("lambda", config=Config(read_timeout=120, retries={"max_attempts": 0}))
    for _ in range(2):
        answered = functions.invoke(FunctionName=f"{STACK}-migrate")
        stack.check_denials()
        assert "FunctionError" not in answered, answered["Payload"].read()


def nightly(stack: Stack) -> None:
    """the nightly schedule starts a run of a stale skill, with the role that it has"""
    # A skill that has had a run this week is not stale.
    skill = f"nightly-{uuid4().hex[:8]}"
    stack.register(skill)
    example = {"example_input": "Spain", "expected_output": "Madrid"}
    stack.ask("POST", f"/v1/skills/{skill}/training-examples", example, expected=(201,))
    stack.fire("nightly")
    with stack.patience("the schedule started nothing") as wait:
        while not (runs := stack.get(f"/v1/skills/{skill}/runs")["items"]):
            wait()
    assert stack.ended(runs[0]["id"], "completed")["triggered_by"] == "schedule"


def reconcile(stack: Stack) -> None:
    """the reconciler ends the run whose execution is gone, and fails the one that has no plan either"""
    events = boto3.client("events")
    rule = next(rule["Name"] for rule in events.list_rules()["Rules"] if "EndedExecution" in rule["Name"])
    stack.model_api.set_faults(Fault(what="slow", seconds=0.5))
    running, planned, bare = (stack.start(cases, max_concurrency=1) for cases in (6, 60, 60))
    for run in (running, planned, bare):
        # Beyond the states that read the plan.
        next(answer for answer in stack.progress(run) if answer["status"] == "running")
    events.disable_rule(Name=rule)
    try:
        for run in (planned, bare):
            execution = f"{STATE_MACHINE.replace(':stateMachine:', ':execution:')}:{run}"
            boto3.client("stepfunctions").stop_execution(executionArn=execution)
            stack.lose(run)
        stack.delete_plan(bare)
        stack.fire("reconcile")
        for run in (planned, bare):
            stack.ended(run, "failed")
    finally:
        events.enable_rule(Name=rule)
    stack.model_api.set_faults()
    stack.ended(running, "completed")


def expire(stack: Stack) -> None:
    """results that are older than they are kept are deleted by the schedule, and the run with its summary stays"""
    stack.register("capitals")
    run = stack.start(1)
    stack.ended(run, "completed")
    stack.age(run, hours=400 * 24)
    stack.fire("expire-results")
    with stack.patience("the results are kept") as wait:
        while stack.get(f"/v1/runs/{run}/results")["items"]:
            wait()
    assert stack.get(f"/v1/runs/{run}")["scored_results"] == 1


def erase(stack: Stack) -> None:
    """a skill is erased with all its runs, their records and their rows"""
    skill = f"erased-{uuid4().hex[:8]}"
    stack.register(skill)
    run = stack.start(1, skill=skill)
    stack.ended(run, "completed")
    functions, records = boto3.client("lambda"), boto3.client("s3")
    task = json.dumps({"tenant_id": TENANT, "skill_id": skill, "confirm": skill}).encode()
    answered = functions.invoke(FunctionName=f"{STACK}-erase-data", Payload=task)
    stack.check_denials()
    assert "FunctionError" not in answered, answered["Payload"].read()
    stack.ask("GET", f"/v1/runs/{run}", expected=(404,))
    left = records.list_objects_v2(Bucket=stack.output("RecordsBucketName"), Prefix=f"runs/{run}/")
    assert not left["KeyCount"], left


def lost_events(stack: Stack) -> None:
    """an event that a function fails on three times is kept in the queue"""
    functions, queues = boto3.client("lambda"), boto3.client("sqs")
    queue = stack.output("LostEventsQueueUrl")
    for name in [function["FunctionName"] for function in functions.list_functions()["Functions"]]:
        for config in functions.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]:
            target = config["FunctionArn"]
            functions.invoke(FunctionName=target, InvocationType="Event", Payload=b'["an event of no kind"]')
            with stack.patience(f"what {target} failed on is not in the queue") as wait:
                while not (found := queues.receive_message(QueueUrl=queue).get("Messages")):
                    wait()
            for message in found:
                queues.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
