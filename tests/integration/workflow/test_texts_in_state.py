"""No text of a case, an answer or a judge is in state: what functions are given and return, and the Map's items."""

from concurrent.futures import Future

import boto3
import pytest

from local import functions
from local.function_process import Outcome
from skill_benchmark.domain import record_keys
from tests.integration.conftest import Service


def test_executions_hold_no_text(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[str] = []
    submit = functions._Sandbox.submit

    def recorded(sandbox: functions._Sandbox, payload: bytes) -> "Future[Outcome]":
        future = submit(sandbox, payload)
        if b'"requestContext"' not in payload:  # the request over HTTP, which is where the texts come from
            passed.append(payload.decode())
            future.add_done_callback(lambda done: passed.append(done.result().payload.decode()))
        return future

    monkeypatch.setattr(functions._Sandbox, "submit", recorded)
    case = {"input": "Repeat: zebra-in-the-input", "expected_output": "zebra-in-the-input"}
    ended = service.run([case], skill_content="Repeat the zebra of the skill.")
    assert ended.run["status"] == "completed"
    assert any("zebra" in result["output_produced"] for result in ended.results)
    notes = [result["quality_notes"] for result in ended.results]
    assert all(notes)

    arn = service.stack.workflow.execution_arn(ended.run["id"])
    history = str(boto3.client("stepfunctions").get_execution_history(executionArn=arn)["events"])
    items = (service.stack.store.get_bytes(record_keys.cases(ended.run["id"])) or b"").decode()
    state = "\n".join([*passed, history, items])
    assert state.count('"answer_id"') > len(ended.results)
    assert '"quality_score"' in state
    for text in ("zebra", *notes):
        assert text not in state
