"""What one provider's models began, those of another do not continue, and what was simulated says so."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.plan import ModelProvider, Plan
from skill_benchmark.domain.run_status import Attempt
from skill_benchmark.use_cases import reconcile
from skill_benchmark.use_cases.admit_run import RunAdmitter
from skill_benchmark.use_cases.complete_run import RunCompleter
from skill_benchmark.use_cases.share_places import PlaceSharer
from skill_benchmark.use_cases.start_run import NOT_IDEMPOTENT
from skill_benchmark.use_cases.write_results import ResultWriter, Shard
from tests.integration.database.completion import Run
from tests.integration.database.starts import TENANT, Starts
from tests.integration.database.step_functions import refused

THROTTLED = refused("StartExecution", "ThrottlingException")
BOTH: tuple[ModelProvider, ...] = ("anthropic", "simulated")


@pytest.fixture(params=BOTH)
def began(request: Any, starts: Starts) -> Starts:
    return starts.with_provider(request.param)


@pytest.fixture
def now(began: Starts) -> Starts:
    """The same deployment after its provider was changed."""
    return began.with_provider("simulated" if began.provider == "anthropic" else "anthropic")


def the_only_run(starts: Starts) -> str:
    [row] = starts.rows("benchmark_runs")
    return str(row["id"])


def not_started(starts: Starts) -> str:
    starts.machine.fails = [THROTTLED]
    with pytest.raises(ClientError):
        starts.start()
    return the_only_run(starts)


def test_a_run_is_not_resumed_under_another_provider(began: Starts, now: Starts) -> None:
    run_id = began.start()
    began.end(run_id, run_id)
    row = began.row(run_id)
    with pytest.raises(
        Conflict, match=f"the run is of {began.provider}, and this service asks {now.provider}"
    ) as other:
        now.resume(run_id)
    assert other.value.kind == "other-provider"
    assert began.row(run_id) == row
    began.resume(run_id)


def test_a_key_whose_run_was_not_started_does_not_start_it_under_another_provider(began: Starts, now: Starts) -> None:
    run_id = not_started(began)
    with pytest.raises(Conflict) as other:
        now.start()
    assert other.value.kind == "other-provider"
    assert began.machine.executions == {}
    assert began.start() == run_id


def test_a_key_whose_run_was_started_gives_that_run_whatever_is_asked_now(began: Starts, now: Starts) -> None:
    assert began.start() == now.start()


def test_the_reconciler_leaves_a_run_to_its_own_provider(
    began: Starts, now: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "SECONDS_OF_GRACE", 0)
    run_id = not_started(began)
    done = now.reconciler().reconcile()
    assert [(error.run_id, error.error_type) for error in done.errors] == [(run_id, "Conflict")]
    assert (began.row(run_id)["status"], began.machine.executions) == ("queued", {})
    assert began.reconciler().reconcile().actions["started"] == 1


def test_a_run_whose_execution_vanished_is_left_to_its_own_provider_too(
    began: Starts, now: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a laptop that was restarted with a key, or without."""
    monkeypatch.setattr(reconcile, "SECONDS_OF_GRACE", 0)
    run_id = began.start()
    began.machine.executions.clear()
    assert now.reconciler().reconcile().actions == {"error": 1}
    assert began.reconciler().reconcile().actions["ended"] == 1
    assert [name.startswith(f"end_{run_id}") for name in began.machine.statuses()] == [True]


def test_an_execution_is_not_admitted_to_the_places_of_another_provider(began: Starts, now: Starts) -> None:
    """As of a run that is redriven, or whose execution waited, while the parameter was changed."""
    run_id = began.start()
    arn = began.engine.execution_arn(run_id)
    admitters = [
        RunAdmitter(one.database, PlaceSharer(one.database, one.engine, one.provider, 1_000)) for one in (now, began)
    ]
    with pytest.raises(Conflict) as other:
        admitters[0].admit(TENANT, run_id, arn)
    assert other.value.kind == "other-provider"
    assert admitters[1].admit(TENANT, run_id, arn).admitted


def test_what_is_re_judged_is_judged_by_the_provider_of_now_and_simulated_if_either_is(
    began: Starts, now: Starts
) -> None:
    source = began.start(NOT_IDEMPOTENT)
    began.end(source, source)
    run_id = now.rejudge(source)
    plan = began.store.require(record_keys.plan(run_id), Plan)
    row = began.row(run_id)
    assert (plan.model_provider, plan.answered_by) == (now.provider, began.provider)
    assert (row["model_provider"], row["simulated"]) == (now.provider, True)
    now.end(run_id, run_id)
    again = began.rejudge(run_id, NOT_IDEMPOTENT)
    plan = began.store.require(record_keys.plan(again), Plan)
    assert (plan.model_provider, plan.answered_by) == (began.provider, began.provider)
    assert began.row(again)["simulated"] is (began.provider == "simulated")


def test_the_rows_of_a_re_judged_run_say_who_answered(began: Starts, now: Starts) -> None:
    source = began.start(NOT_IDEMPOTENT)
    began.end(source, source)
    run_id = now.rejudge(source)
    attempt = Attempt(now.engine.execution_arn(run_id), 0)
    shard = Shard(run_id=run_id, tenant_id=TENANT, first_case=0, end_case=1)
    ResultWriter(now.database, now.store).write(shard, attempt, ended_early=False)
    RunCompleter(now.database).complete(TENANT, run_id, attempt)
    with now.database.transaction(TENANT) as cursor:
        for table in ("benchmark_results", "benchmark_model_summaries"):
            [row] = cursor.execute(f"SELECT * FROM {table} WHERE benchmark_run_id = %s", [run_id]).fetchall()
            assert row["model_provider"] == began.provider, table


def test_a_schedule_does_not_take_a_run_of_another_provider_for_its_own(began: Starts, now: Starts) -> None:
    began.register("Repeat.")
    run_id = began.start()
    Run(began.database, began.store, began.store.require(record_keys.plan(run_id), Plan)).score_all()
    attempt = Attempt(began.engine.execution_arn(run_id), 0)
    shard = Shard(run_id=run_id, tenant_id=TENANT, first_case=0, end_case=1)
    ResultWriter(began.database, began.store).write(shard, attempt, ended_early=False)
    assert RunCompleter(began.database).complete(TENANT, run_id, attempt).status == "completed"
    assert began.stale() == []
    assert now.stale() == ["echo"]
