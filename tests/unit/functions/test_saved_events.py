"""The saved events under `events/` are what the functions take."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from functions.admit_run.app import AdmitRunTask
from functions.call_model.app import CallModelTask
from functions.check_models.app import CheckModelsTask
from functions.complete_run.app import CompleteRunTask
from functions.erase_data.app import EraseDataTask
from functions.judge_answer.app import JudgeAnswerTask
from functions.prepare_run.app import PrepareRunTask
from functions.write_results.app import WriteResultsTask
from skill_benchmark.domain.summaries import EarlyEnd
from skill_benchmark.use_cases.execution_end import ExecutionEnd
from skill_benchmark.use_cases.scheduled_runs import ScheduledRuns

EVENTS = Path(__file__).parents[3] / "events"

TAKEN_AS: dict[str, type[BaseModel]] = {
    "admit_run": AdmitRunTask,
    "call_model": CallModelTask,
    "check_models": CheckModelsTask,
    "complete_run": CompleteRunTask,
    "erase_data": EraseDataTask,
    "complete_run_failed": CompleteRunTask,
    "judge_answer": JudgeAnswerTask,
    "nightly_schedule": ScheduledRuns,
    "prepare_run": PrepareRunTask,
    "write_results": WriteResultsTask,
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


def ended(**changes: str) -> ExecutionEnd:
    return ExecutionEnd.model_validate(saved("execution_aborted")["detail"] | changes)


def test_an_aborted_execution_cancels_its_run() -> None:
    assert ended().of_run == EarlyEnd("cancelled", "ABORTED", "the execution was stopped")


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
def test_an_execution_that_failed_or_ran_out_of_time_fails_its_run(status: str) -> None:
    end = ended(status=status).of_run
    assert (end.status, end.error_type) == ("failed", status)


def test_the_error_of_a_failed_execution_is_the_run_s_and_its_message_that_of_the_function() -> None:
    end = CompleteRunTask.model_validate(saved("complete_run_failed")).ended
    assert end is not None
    assert end.of_run.error_type == "UnknownModel"
    assert end.of_run.error_message.startswith("models: the provider has no model 'claude-sonnet-4-0'")


@pytest.mark.parametrize("name", ["complete_run", "write_results"])
def test_whether_a_run_got_to_its_end_has_to_be_said(name: str) -> None:
    """A completion that were called without it would take what is missing for good."""
    event = saved(name)
    del event["ended"]
    with pytest.raises(ValidationError, match="ended"):
        TAKEN_AS[name].model_validate(event)
