"""What `serve` does at its start with the runs that had not ended: never with another provider than they began with."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.http.gateway import request
from local.model_api import Latency, ModelApiProcess
from local.resume import Resumed, resume_unfinished
from local.stack import EmbeddedStack, ModelApi
from skill_benchmark.adapters.postgres_runs import mark_running
from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Plan, TestCase
from skill_benchmark.use_cases.start_run import RunStarter, StartRequest
from tests.integration.conftest import JUDGE, MODELS


class Ended(WorkflowEngine):
    """What it starts has ended with the process. `fails`: the process ended before it could be started."""

    fails: Exception | None = None

    def start(self, plan: Plan, name: str | None = None) -> str:
        if self.fails:
            raise self.fails
        return self.execution_arn(name or plan.run_id)


def stack(folder: Path, model_api: ModelApiProcess, *, simulated: bool) -> EmbeddedStack:
    return EmbeddedStack(folder, ModelApi("key", model_api.base_url, simulated=simulated), pace=0.01)


def begin(in_stack: EmbeddedStack, *, simulated: bool, fails: Exception | None = None) -> None:
    engine = Ended(in_stack.workflow._state_machine_arn)
    engine.fails = fails
    starter = RunStarter(
        database=in_stack.database,
        store=in_stack.store,
        engine=engine,
        model_provider="simulated" if simulated else "anthropic",
        default_models=MODELS[:1],
        default_judges=[JUDGE],
        capacity=1_000,
    )
    cases = [TestCase(input="Say a.", expected_output="a")]
    starter.start(StartRequest("local", "echo", skill_content="Repeat.", test_cases=cases))


def only_run(found: EmbeddedStack) -> dict[str, Any]:
    [run] = request(found, "GET", "/v1/skills/echo/runs").json()["items"]
    return dict(run)


def wait_for_end(found: EmbeddedStack, run_id: str) -> dict[str, Any]:
    # Also of the execution that says so: its threads must not outlive the stack.
    while found.is_unfinished(run_id) or any(found.workflow.running()):
        pass
    return only_run(found)


def alone(check: Callable[..., None], *arguments: object) -> None:
    """Run a check in a process of its own: a process holds one stack, and another test's may be running in this one."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        process.submit(check, *arguments).result()


@pytest.mark.parametrize("began", [True, False], ids=["simulated", "real"])
def test_a_run_is_left_unfinished_for_a_start_with_the_provider_that_it_began_with(tmp_path: Path, began: bool) -> None:
    alone(_left_and_resumed, tmp_path, began)


def _left_and_resumed(tmp_path: Path, began: bool) -> None:
    with ModelApiProcess(latency=Latency(median=0)) as model_api:
        run_id = _left(tmp_path, model_api, began=began)
        assert model_api.calls() == {}
        with stack(tmp_path, model_api, simulated=began) as same:
            assert resume_unfinished(same, simulated=began) == [Resumed(run_id, "resumes")]
            ended = wait_for_end(same, run_id)
    assert (ended["status"], ended["scored_results"], ended["simulated"]) == ("completed", 1, began)
    assert ended["execution_arn"].endswith(f"{run_id}-2")


def _left(tmp_path: Path, model_api: ModelApiProcess, *, began: bool) -> str:
    with stack(tmp_path, model_api, simulated=not began) as other:
        begin(other, simulated=began)
        run_id = only_run(other)["id"]
        [left] = resume_unfinished(other, simulated=not began)
        assert (left.run_id, left.fate) == (run_id, "left")
        assert left.why == (
            "an API key is set, and it began without one" if began else "an API key is needed to resume it"
        )
        with other.postgres.as_superuser() as connection:
            connection.execute("UPDATE run_admissions SET queued_at = now() - interval '1 hour'")
        assert other.invoke("reconcile", {})["actions"] == {"error": 1}, "nor does the reconciler end it"
        assert only_run(other)["status"] == "queued"
    return str(run_id)


def test_a_run_that_is_left_is_cancelled_by_hand_and_keeps_what_it_had_finished(tmp_path: Path) -> None:
    alone(_left_and_cancelled, tmp_path)


def _left_and_cancelled(tmp_path: Path) -> None:
    with (
        ModelApiProcess(latency=Latency(median=0)) as model_api,
        stack(tmp_path, model_api, simulated=False) as other,
    ):
        begin(other, simulated=True)
        run_id = only_run(other)["id"]
        with other.database.transaction("local") as cursor:
            mark_running(cursor, run_id, other.workflow.execution_arn(run_id))
        answer_id = other.store.require(record_keys.plan(run_id), Plan).answer_id(0, MODELS[0], 0)
        failure = tmp_path / "objects" / record_keys.failure(run_id, answer_id, "model")
        failure.parent.mkdir(parents=True)
        failure.write_text('{"Error": "ModelRejected", "Cause": "no"}', encoding="utf-8")
        assert [left.fate for left in resume_unfinished(other, simulated=False)] == ["left"]
        assert request(other, "POST", f"/v1/runs/{run_id}/cancel").status == 202
        ended = wait_for_end(other, run_id)
        [result] = request(other, "GET", f"/v1/runs/{run_id}/results").json()["items"]
        assert model_api.calls() == {}
    assert (ended["status"], ended["error_type"], ended["scored_results"]) == ("cancelled", "RunCancelled", 0)
    assert (result["outcome"], result["error_type"]) == ("model_error", "ModelRejected")


@pytest.mark.parametrize("has_plan", [True, False])
def test_a_run_that_had_not_begun_begins_if_it_has_a_plan(tmp_path: Path, has_plan: bool) -> None:
    alone(_begun_late, tmp_path, has_plan)


def _begun_late(tmp_path: Path, has_plan: bool) -> None:
    with (
        ModelApiProcess(latency=Latency(median=0)) as model_api,
        stack(tmp_path, model_api, simulated=True) as again,
    ):
        with pytest.raises(EndpointConnectionError):
            begin(again, simulated=True, fails=EndpointConnectionError(endpoint_url="http://states"))
        run_id = only_run(again)["id"]
        if not has_plan:
            (tmp_path / "objects" / record_keys.plan(run_id)).unlink()
        [found] = resume_unfinished(again, simulated=True)
        ended = wait_for_end(again, run_id)
    if has_plan:
        assert found == Resumed(run_id, "resumes")
        assert (ended["status"], ended["execution_arn"].rpartition(":")[2]) == ("completed", run_id)
    else:
        assert found == Resumed(run_id, "failed", "it had not begun; start it again")
        assert (ended["status"], ended["error_type"], ended["scored_results"]) == ("failed", "Interrupted", 0)
