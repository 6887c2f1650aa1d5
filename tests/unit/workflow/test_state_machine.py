"""The state machine and the Python code are one contract in two files."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from skill_benchmark.adapters.workflow_engine import ExecutionInput
from skill_benchmark.domain import errors, record_keys
from skill_benchmark.domain.errors import CallFailed
from skill_benchmark.domain.results import MODEL_STAGE, judge_stage

ROOT = Path(__file__).parents[3]
DEFINITION: dict[str, Any] = yaml.safe_load((ROOT / "workflow/benchmark_run.asl.yaml").read_text(encoding="utf-8"))


def states(machine: dict[str, Any] = DEFINITION) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


STATES = dict(states())


def retried(state: str) -> dict[str, int]:
    return {
        name: rule["MaxAttempts"]
        for rule in STATES[state].get("Retry", [])
        for name in rule["ErrorEquals"]
        if not name.startswith(("Lambda.", "Runtime.", "Sandbox.", "S3.", "States."))
    }


def test_every_error_that_is_retried_is_a_leaf_of_our_tree() -> None:
    """Step Functions compares names exactly; an error with subclasses would never be matched through them."""
    ours = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, CallFailed)}
    for state in STATES:
        for name in retried(state):
            assert name in ours, f"{state} retries {name}, which no function raises"
            assert not ours[name].__subclasses__(), f"{state} retries {name}, which is not a leaf"


def test_transient_errors_are_retried_and_final_ones_are_not() -> None:
    assert set(retried("Call Model")) == {"ModelThrottled", "ModelUnavailable", "ModelTimeout"}
    assert set(retried("Judge Answer")) == set(retried("Call Model"))


def test_every_wait_before_a_retry_is_spread_by_full_jitter() -> None:
    for name, state in STATES.items():
        for rule in state.get("Retry", []):
            assert rule["JitterStrategy"] == "FULL", name


@pytest.mark.parametrize("state", ["Call Model", "Judge Answer"])
def test_a_failure_is_caught_inside_of_its_branch(state: str) -> None:
    [catch] = STATES[state]["Catch"]
    assert catch["ErrorEquals"] == ["States.ALL"]
    assert STATES[catch["Next"]]["Resource"] == "arn:aws:states:::aws-sdk:s3:putObject"
    assert STATES[catch["Next"]]["Parameters"]["IfNoneMatch"] == "*"


def test_nothing_outside_of_a_branch_is_caught_so_that_a_redrive_resumes_where_the_run_failed() -> None:
    for name, state in DEFINITION["States"].items():
        assert state["Type"] != "Fail", name
        assert name == "Announce Completion" or "Catch" not in state, name
    assert all("Catch" not in state for _, state in states(STATES["Write Shards"]["ItemProcessor"]))


def test_to_be_throttled_by_lambda_is_waited_for_by_every_function() -> None:
    for name, state in STATES.items():
        if state.get("Resource") == "arn:aws:states:::lambda:invoke":
            [rule] = [rule for rule in state["Retry"] if "Lambda.TooManyRequestsException" in rule["ErrorEquals"]]
            assert rule["MaxAttempts"] >= 6, name
            assert rule["MaxDelaySeconds"] == 300, name


def test_a_record_that_is_there_already_is_not_put_again() -> None:
    for name in ("Record Model Failure", "Record Judge Failure"):
        tried_again = {error for rule in STATES[name]["Retry"] for error in rule["ErrorEquals"]}
        assert not tried_again & {"States.ALL", "States.TaskFailed", "S3.S3Exception"}, name


def test_the_file_holds_no_alias_and_no_anchor() -> None:
    """CloudFormation's reader makes a string of an alias; PyYAML's events show what a resolved document hides."""
    for event in yaml.parse((ROOT / "workflow/benchmark_run.asl.yaml").read_text(encoding="utf-8")):
        assert not isinstance(event, yaml.AliasEvent), event
        assert getattr(event, "anchor", None) is None, event


def test_a_judge_is_given_the_run_the_case_the_answer_and_its_own_name() -> None:
    payload = STATES["Judge Answer"]["Parameters"]["Payload"]
    assert set(payload) == {"run_id.$", "case_index.$", "answer_id.$", "judge.$", "verdict_index.$", "retry_count.$"}
    selected = STATES["Ask Judges"]["ItemSelector"]
    assert set(selected) == {"run_id.$", "case_index.$", "answer_id.$", "judge.$", "verdict_index.$", "seat_index.$"}


def test_failures_are_put_where_the_completion_looks_for_them() -> None:
    model = STATES["Record Model Failure"]["Parameters"]["Key.$"]
    judge = STATES["Record Judge Failure"]["Parameters"]["Key.$"]
    assert model == f"States.Format('{record_keys.failure('{}', '{}', MODEL_STAGE)}', $.run_id, $.answer_id)"
    stage = judge_stage(0).replace("0", "{}")
    assert judge == f"States.Format('{record_keys.failure('{}', '{}', stage)}', $.run_id, $.answer_id, $.seat_index)"


def test_everything_that_the_states_read_of_the_input_is_in_it() -> None:
    read = {"run_id", "tenant_id", "models", "judges", "panel", "cases_key", "shards", "ended"}
    assert set(ExecutionInput.model_fields) == read
    text = (ROOT / "workflow/benchmark_run.asl.yaml").read_text(encoding="utf-8")
    assert all(f"$.{name}" in text for name in read)


def test_no_result_of_an_iteration_adds_up() -> None:
    for name in ("Run Models", "Ask Judges", "Record Model Failure", "Record Judge Failure"):
        assert STATES[name]["ResultSelector"] == {}, name
    for name in ("Model Failure Not Recorded", "Judge Failure Not Recorded"):
        assert STATES[name]["Result"] == {}, name
    assert STATES["Run Test Cases"]["ResultPath"] is None
    assert set(STATES["Write Results"]["ResultSelector"]) == {"results.$", "unfinished.$"}, "a few numbers for a shard"
    assert "ResultWriter" in STATES["Run Test Cases"]


def test_a_task_has_the_name_of_its_function() -> None:
    for name, state in STATES.items():
        if state.get("Resource") == "arn:aws:states:::lambda:invoke":
            function = state["Parameters"]["FunctionName"].removeprefix("${").removesuffix("FunctionArn}")
            assert name == "".join(f" {c}" if c.isupper() else c for c in function).strip()
