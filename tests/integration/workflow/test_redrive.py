"""What failed is brought to its end, by a redrive or without one, and only what is missing is bought."""

from uuid import uuid4

import pytest

from scripts.run_cost import transitions
from skill_benchmark.adapters.postgres_runs import RunToEnd
from skill_benchmark.domain import limits, record_keys
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.run_status import Attempt
from skill_benchmark.domain.summaries import RunSummary
from skill_benchmark.use_cases.complete_run import RunCompleter
from skill_benchmark.use_cases.execution_end import ExecutionEnd
from skill_benchmark.use_cases.start_run import Idempotency
from tests.integration.conftest import MODELS, Service
from tests.integration.workflow.rehearsal import Rehearsal

DATABASE = {"write_results", "complete_run"}


pytestmark = pytest.mark.usefixtures("no_run_left")


@pytest.fixture
def rehearsal(service: Service) -> Rehearsal:
    return Rehearsal.of(service, cases=3)


def test_a_run_without_faults_is_announced_and_has_the_history_that_the_limits_are_made_of(
    rehearsal: Rehearsal,
) -> None:
    execution = rehearsal.execution().run()
    assert (execution.status, execution.error) == ("SUCCEEDED", None)
    assert rehearsal.run()["status"] == "completed"
    assert [event["status"] for event in rehearsal.announced] == ["completed"]
    # Per child: its start and end, the Map over two branches; per branch a call and one judge. Nothing was retried.
    branch = 2 + limits.task_events(0) + 4 + (2 + limits.task_events(0))
    assert execution.counts.child_events == [2 + 4 + 2 * branch] * 3
    assert execution.counts.parent_events == 2 + 2 + 3 * 5 + 2 + 4 + (4 + 2 + 5) + 5 + 2 + 5 + 2
    # States that were entered, and the start of each execution: what docs/cost.md counts with.
    assert execution.counts.transitions == 13 + 3 * (2 + 2 * 3) == transitions(cases=3, branches=2, seats=1)


def test_with_the_database_down_a_paid_run_fails_at_the_state_that_writes_and_a_redrive_completes_it(
    rehearsal: Rehearsal,
) -> None:
    rehearsal.down = set(DATABASE)
    execution = rehearsal.execution().run()
    assert (execution.status, execution.error) == ("FAILED", "OperationalError")
    assert execution.visited[-1] == "Write Shards", "red where it failed, with its own error"
    assert rehearsal.end_of(execution).run().status == "FAILED", "the event of its end finds no database either"
    assert rehearsal.run()["status"] == "running"
    bought = rehearsal.bought()
    rehearsal.down.clear()
    rehearsal.invoked.clear()
    assert execution.redrive().status == "SUCCEEDED"
    assert set(rehearsal.invoked) == DATABASE, "no branch is begun again"
    assert rehearsal.bought() == bought == 12
    assert (rehearsal.run()["status"], rehearsal.run()["scored_results"]) == ("completed", 6)


@pytest.mark.parametrize("folder", ["call_model", "judge_answer"])
def test_what_fails_on_our_side_is_tried_five_times_and_is_no_error_of_a_model_or_a_judge(
    service: Service, folder: str
) -> None:
    rehearsal = Rehearsal.of(service, cases=1)
    rehearsal.down = {folder}
    assert rehearsal.execution().run().status == "SUCCEEDED"
    assert rehearsal.invoked.count(folder) == 5 * len(MODELS)
    with service.database() as cursor:
        rows = cursor.execute(
            "SELECT outcome, error_type, error_message FROM benchmark_results WHERE benchmark_run_id = %s",
            [rehearsal.plan.run_id],
        ).fetchall()
    named = {"error_type": "OperationalError", "error_message": "the database cannot be reached"}
    assert rows == [{"outcome": "missing", **named}] * len(MODELS)


def test_a_run_whose_row_has_failed_meanwhile_is_completed_by_the_redrive_all_the_same(rehearsal: Rehearsal) -> None:
    rehearsal.down = set(DATABASE)
    execution = rehearsal.execution().run()
    rehearsal.down.clear()
    assert rehearsal.end_of(execution).run().status == "SUCCEEDED"
    failed = rehearsal.run()
    assert (failed["status"], failed["error_type"], failed["scored_results"]) == ("failed", "OperationalError", 6)
    assert execution.redrive().status == "SUCCEEDED"
    completed = rehearsal.run()
    assert (completed["status"], completed["error_type"], completed["scored_results"]) == ("completed", None, 6)
    assert [event["status"] for event in rehearsal.announced] == ["failed", "completed"]


def test_after_the_days_of_redrive_another_execution_completes_it_and_buys_nothing(rehearsal: Rehearsal) -> None:
    rehearsal.down = set(DATABASE)
    execution = rehearsal.execution().run()
    rehearsal.down.clear()
    rehearsal.end_of(execution).run()
    bought = rehearsal.bought()
    rehearsal.resume()
    assert rehearsal.run()["status"] == "queued"
    resumed = rehearsal.execution(f"{rehearsal.plan.run_id}-2").run()
    assert resumed.status == "SUCCEEDED"
    assert rehearsal.bought() == bought
    assert rehearsal.run()["status"] == "completed"
    with pytest.raises(Conflict, match="the run is completed"):
        rehearsal.resume()


def test_a_stopped_run_is_cancelled_and_a_redrive_buys_what_is_missing_and_nothing_else(rehearsal: Rehearsal) -> None:
    rehearsal.aborts_after = 2
    execution = rehearsal.execution().run()
    assert execution.status == "ABORTED"
    assert rehearsal.end_of(execution).run().status == "SUCCEEDED"
    assert (rehearsal.run()["status"], rehearsal.run()["scored_results"]) == ("cancelled", 2)
    assert rehearsal.bought() == 4
    rehearsal.aborts_after = None
    assert execution.redrive().status == "SUCCEEDED"
    assert (rehearsal.run()["status"], rehearsal.run()["scored_results"]) == ("completed", 6)
    assert rehearsal.bought() == 12


def test_the_end_of_an_execution_that_another_has_taken_over_ends_nothing(rehearsal: Rehearsal) -> None:
    """Events may come late, and twice."""
    rehearsal.aborts_after = 2
    stopped = rehearsal.execution().run()
    rehearsal.end_of(stopped).run()
    rehearsal.aborts_after = None
    rehearsal.resume()
    assert rehearsal.end_of(stopped).run().status == "SUCCEEDED"
    assert rehearsal.run()["status"] == "queued"
    rehearsal.execution(f"{rehearsal.plan.run_id}-2").run()
    assert rehearsal.run()["status"] == "completed"
    assert [event["status"] for event in rehearsal.announced] == ["cancelled", "completed"], "no end is announced twice"


def test_an_end_that_was_summed_up_before_the_run_was_resumed_ends_nothing(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal.aborts_after = 2
    stopped = rehearsal.execution().run()
    summed_up = RunCompleter._summary

    def resumed_meanwhile(completer: RunCompleter, run: RunToEnd, ended: ExecutionEnd | None) -> RunSummary:
        """The end is told twice, and the other one was faster."""
        summary = summed_up(completer, run, ended)
        rehearsal.end_of(stopped).run()
        rehearsal.resume()
        return summary

    monkeypatch.setattr(RunCompleter, "_summary", resumed_meanwhile)
    told = ExecutionEnd(executionArn=stopped.arn, status="ABORTED")
    completer = RunCompleter(rehearsal.service.stack.database)
    assert not completer.complete("local", rehearsal.plan.run_id, Attempt(stopped.arn, 0), told).by_this
    assert rehearsal.run()["status"] == "queued"


def test_a_stopped_run_is_resumed_when_its_calls_have_been_recorded(rehearsal: Rehearsal) -> None:
    rehearsal.aborts_after = 1
    rehearsal.end_of(rehearsal.execution().run()).run()
    with pytest.raises(Conflict, match="may still be recorded; try again in 15 minutes"):
        rehearsal.resume(seconds_of_late_records=900)
    assert rehearsal.run()["status"] == "cancelled"


def test_a_name_of_an_execution_is_never_used_twice(rehearsal: Rehearsal) -> None:
    """A name that was used stands for what ran under it, and starts nothing."""
    rehearsal.aborts_after = 0
    rehearsal.end_of(rehearsal.execution().run()).run()
    with pytest.raises(RuntimeError):
        rehearsal.resume(fails=RuntimeError("throttled"))
    assert (rehearsal.run()["status"], rehearsal.run()["error_type"]) == ("failed", "RuntimeError")
    rehearsal.resume()
    assert rehearsal.run()["execution_arn"].endswith("-3")


def test_a_start_that_is_delivered_again_leaves_a_resumed_run_to_its_execution(service: Service) -> None:
    idempotency = Idempotency(f"key {uuid4()}", "0" * 64)
    rehearsal = Rehearsal.of(service, cases=1, idempotency=idempotency)
    rehearsal.aborts_after = 0
    rehearsal.end_of(rehearsal.execution().run()).run()
    rehearsal.resume()
    before = rehearsal.run()
    assert Rehearsal.of(service, cases=1, idempotency=idempotency).plan.run_id == rehearsal.plan.run_id
    assert rehearsal.run()["execution_arn"] == before["execution_arn"]


def test_a_start_writes_the_plan_and_nothing_else(rehearsal: Rehearsal) -> None:
    keys = list(rehearsal.service.stack.store.keys(f"runs/{rehearsal.plan.run_id}/"))
    assert keys == [record_keys.plan(rehearsal.plan.run_id)]


def test_a_mistake_in_the_model_s_name_fails_the_run_where_it_is_seen_and_costs_nothing(service: Service) -> None:
    rehearsal = Rehearsal.of(service, cases=1, models=["claude-none"])
    execution = rehearsal.execution().run()
    assert (execution.status, execution.error, execution.visited[-1]) == ("FAILED", "UnknownModel", "Check Models")
    rehearsal.end_of(execution).run()
    run = rehearsal.run()
    assert (run["status"], run["error_type"]) == ("failed", "UnknownModel")
    assert "no model 'claude-none'" in run["error_message"]
    assert rehearsal.bought() == 0
