"""What a running run says of its progress when Step Functions does not tell: nothing, and the rest as always."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from functions.read_api import app
from local.http.gateway import http_event
from skill_benchmark.adapters import postgres_reports
from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.api import progress, runs
from skill_benchmark.api.shapes.runs import RUN_EXAMPLE
from skill_benchmark.settings import forget_settings
from tests.unit.functions.conftest import Context

ROLE = "arn:aws:iam::123456789012:role/main-app"
CALLER = "arn:aws:sts::123456789012:assumed-role/main-app/session"
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:bench-benchmark-run"
EXECUTION = f"{MACHINE.replace(':stateMachine:', ':execution:')}:{RUN_EXAMPLE['id']}"
MAP_RUN = f"{MACHINE.replace(':stateMachine:', ':mapRun:')}/RunTestCases:1f0c"
RUNNING = {
    **RUN_EXAMPLE,
    "status": "running",
    "execution_arn": EXECUTION,
    "planned_cases": 4,
    "completed_at": None,
}

ITEMS = {
    "pending": 1,
    "running": 1,
    "succeeded": 1,
    "failed": 1,
    "timedOut": 0,
    "aborted": 0,
    "total": 4,
    "resultsWritten": 0,
}
ANSWERS: dict[str, dict[str, Any]] = {
    "describe_execution": {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "status": "RUNNING",
        "startDate": 1_795_485_600,
    },
    "list_map_runs": {
        "mapRuns": [
            {
                "executionArn": EXECUTION,
                "mapRunArn": MAP_RUN,
                "stateMachineArn": MACHINE,
                "startDate": 1_795_485_600,
            }
        ]
    },
    "describe_map_run": {
        "mapRunArn": MAP_RUN,
        "executionArn": EXECUTION,
        "status": "RUNNING",
        "startDate": 1_795_485_600,
        "maxConcurrency": 2,
        "toleratedFailurePercentage": 100,
        "toleratedFailureCount": 0,
        "itemCounts": ITEMS,
        "executionCounts": ITEMS,
    },
}


@contextmanager
def no_transaction(tenant_id: str) -> Iterator[None]:
    assert tenant_id == "acme"
    yield


@pytest.fixture
def step_functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """botocore's own client, which answers what the test says and sends nothing; the row is that of a running run."""
    client = boto3.client(
        "stepfunctions",
        region_name="eu-central-1",
        aws_access_key_id="unit",
        aws_secret_access_key="unit",
        config=Config(retries={"max_attempts": 0}),
    )
    monkeypatch.setenv("TENANT_CALLER_ROLE_ARNS", ROLE)
    forget_settings()
    monkeypatch.setattr(progress, "engine", lambda: WorkflowEngine(MACHINE, client))
    monkeypatch.setattr(runs, "database", lambda: SimpleNamespace(transaction=no_transaction))
    monkeypatch.setattr(postgres_reports, "get_run", lambda _cursor, _run_id: RUNNING)
    with Stubber(client) as stubber:
        yield stubber
    forget_settings()


def get_run() -> tuple[int, dict[str, Any]]:
    event = http_event("GET", f"/v1/runs/{RUNNING['id']}", "", {"x-tenant-id": "acme"}, None)
    event["requestContext"]["authorizer"] = {"iam": {"userArn": CALLER}}
    answer = app.lambda_handler(event, Context())
    return answer["statusCode"], json.loads(answer["body"])


def test_a_running_run_says_how_far_it_is(step_functions: Stubber) -> None:
    for operation, answer in ANSWERS.items():
        step_functions.add_response(operation, answer)
    status, run = get_run()
    assert status == 200
    assert run["progress"] == {"done": 2, "planned": 4, "failed": 1}


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
@pytest.mark.parametrize(
    ("answered", "refused"),
    [
        ([], ["describe_execution", "list_map_runs"]),
        (["describe_execution"], ["list_map_runs"]),
        (["describe_execution", "list_map_runs"], ["describe_map_run"]),
    ],
)
def test_progress_is_null_when_step_functions_refuses_to_tell(
    step_functions: Stubber, answered: list[str], refused: list[str], code: str
) -> None:
    for operation in answered:
        step_functions.add_response(operation, ANSWERS[operation])
    for operation in refused:
        step_functions.add_client_error(operation, code, http_status_code=400)
    status, run = get_run()
    assert (status, run["id"], run["status"]) == (200, RUNNING["id"], "running")
    assert run["progress"] is None
    assert run["execution_status"] == ("RUNNING" if answered else None)
    step_functions.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_progress_is_told_although_the_status_of_the_execution_is_not(step_functions: Stubber, code: str) -> None:
    step_functions.add_client_error("describe_execution", code, http_status_code=400)
    step_functions.add_response("list_map_runs", ANSWERS["list_map_runs"])
    step_functions.add_response("describe_map_run", ANSWERS["describe_map_run"])
    status, run = get_run()
    assert (status, run["status"]) == (200, "running")
    assert run["progress"] == {"done": 2, "planned": 4, "failed": 1}
