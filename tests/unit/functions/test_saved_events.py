"""The saved events under `events/` are what the functions take."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from functions.call_model.app import CallModelTask
from functions.check_models.app import CheckModelsTask
from functions.complete_run.app import CompleteRunTask, ExecutionEnd
from functions.erase_data.app import EraseDataTask
from functions.judge_answer.app import JudgeAnswerTask
from skill_benchmark.use_cases.scheduled_runs import ScheduledRuns

EVENTS = Path(__file__).parents[3] / "events"

TAKEN_AS: dict[str, type[BaseModel]] = {
    "call_model": CallModelTask,
    "check_models": CheckModelsTask,
    "complete_run": CompleteRunTask,
    "erase_data": EraseDataTask,
    "complete_run_failed": CompleteRunTask,
    "judge_answer": JudgeAnswerTask,
    "nightly_schedule": ScheduledRuns,
}


def saved(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


@pytest.mark.parametrize("name", TAKEN_AS)
def test_a_saved_event_is_one_that_its_function_takes(name: str) -> None:
    TAKEN_AS[name].model_validate(saved(name))


@pytest.mark.parametrize("name", TAKEN_AS)
def test_an_event_without_what_it_is_about_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        TAKEN_AS[name].model_validate({})


def test_there_is_an_event_for_each_function() -> None:
    functions = {path.parent.name for path in (EVENTS.parent / "functions").glob("*/app.py")}
    assert functions <= {path.stem for path in EVENTS.glob("*.json")}


def test_an_aborted_execution_cancels_its_run() -> None:
    task = ExecutionEnd.model_validate(saved("execution_aborted")["detail"]).task()
    assert (task.run_id, task.tenant_id, task.status) == ("run_01a208ea7d3c1910cf4ce4ce46bf", "local", "cancelled")
    assert task.error is not None
    assert (task.error.error, task.error.cause) == ("ABORTED", "the execution was stopped")


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
def test_an_execution_that_failed_or_ran_out_of_time_fails_its_run(status: str) -> None:
    detail = saved("execution_aborted")["detail"] | {"status": status}
    task = ExecutionEnd.model_validate(detail).task()
    assert task.status == "failed"
    assert task.error is not None
    assert task.error.error == status
