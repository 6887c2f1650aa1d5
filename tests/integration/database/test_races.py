"""Starts, repeats, cancels, resumes, re-judgings, registrations and ends at the same moment: one consistent end.

Whatever the order: a key is one run, a run has one execution that runs at most, a run that has ended has its numbers
and no execution that runs, and one that has not ended has one that runs.
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import ClientError

from skill_benchmark.adapters.postgres import Database
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.run_status import UNFINISHED
from skill_benchmark.use_cases import reconcile
from skill_benchmark.use_cases.start_run import NOT_IDEMPOTENT, Idempotency
from tests.integration.database.conftest import RUNTIME, Server
from tests.integration.database.starts import KEY, Starts
from tests.integration.database.step_functions import refused

AT_ONCE = 8
REFUSALS = {"run-ended", "run-not-resumable", "run-not-started", "execution-running", "resumed-at-the-same-time",
            "run-not-ended", "idempotency-key-reused"}  # fmt: skip


@pytest.fixture
def pool(server: Server, database: str) -> Any:
    pool = Database(lambda: server.secret(database, RUNTIME), max_connections=2 * AT_ONCE)
    yield pool
    pool.close()


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "SECONDS_OF_GRACE", 0)


def all_at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each gives, or the kind of its conflict. Nothing else may be raised but what Step Functions refuses."""
    together = Barrier(len(actions))

    def act(action: Callable[[], Any]) -> Any:
        together.wait(10)
        try:
            return action()
        except Conflict as error:
            if error.kind not in REFUSALS:
                raise
            return error.kind
        except ClientError:
            return "unavailable"

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(act, actions))


def settle(starts: Starts, run_id: str) -> None:
    """What the rule on ends and the reconciler bring about in the end."""
    for name, status in starts.machine.statuses().items():
        if name.startswith(run_id) and status != "RUNNING":
            starts.end(run_id, name, status)


def assert_consistent(starts: Starts, run_id: str) -> None:
    row = starts.row(run_id)
    running = [
        name for name, status in starts.machine.statuses().items() if status == "RUNNING" and name.startswith(run_id)
    ]
    if row["status"] in UNFINISHED:
        assert [starts.engine.execution_arn(name) for name in running] == [row["execution_arn"]]
    else:
        assert running == [], f"the run is {row['status']}"
        assert row["scored_results"] is not None
        assert row["completed_at"] is not None


@pytest.mark.parametrize("seed", range(6))
def test_starts_with_one_key_and_cancels_of_their_run(starts: Starts, seed: int) -> None:
    draw = random.Random(seed)

    def cancel_it(key: Idempotency) -> None:
        while not (rows := starts.rows("benchmark_runs", "WHERE idempotency_key = %s", key.key)):
            pass
        starts.cancel(rows[0]["id"])

    for number in range(5):
        key = Idempotency(f"key {number}", "0" * 64)
        start, cancel, register = partial(starts.start, key), partial(cancel_it, key), partial(starts.register, "Text.")
        starts.machine.fails = [refused("StartExecution", "ThrottlingException")] * draw.randrange(3)
        actions: list[Callable[[], Any]] = [*[start] * (AT_ONCE - 3), cancel, cancel, register]
        draw.shuffle(actions)
        all_at_once(*actions)
        starts.machine.fails = []
        rows = [row for row in starts.rows("benchmark_runs") if row["idempotency_key"] == key.key]
        [run_id] = [row["id"] for row in rows]
        starts.start(key)
        settle(starts, run_id)
        assert_consistent(starts, run_id)
        with starts.database.transaction("acme") as cursor:
            cursor.execute(
                "UPDATE benchmark_runs SET status = 'failed', error_type = 'T', error_message = 'T', "
                "completed_at = now() WHERE status IN ('queued', 'running')"
            )
        starts.machine.executions.clear()
    [skill] = starts.rows("skills")
    assert {row["id"]: row["content"] for row in starts.rows("skill_versions")}[skill["current_version_id"]] == "Text."


@pytest.mark.parametrize("seed", range(6))
def test_resumes_cancels_and_ends_of_one_run(starts: Starts, seed: int) -> None:
    draw = random.Random(seed)
    run_id = starts.start()
    starts.cancel(run_id)
    for _ in range(6):
        names = list(starts.machine.statuses())
        ended = [name for name, status in starts.machine.statuses().items() if status != "RUNNING"]
        actions: list[Callable[[], Any]] = [
            lambda: starts.resume(run_id),
            lambda: starts.resume(run_id),
            lambda: starts.cancel(run_id),
            starts.start,
            lambda: starts.reconciler().reconcile() and None,
            *(partial(starts.end, run_id, name) for name in ended),
        ]
        draw.shuffle(actions)
        all_at_once(*actions)
        assert len(starts.machine.statuses()) <= len(names) + 1, "one resume at a time"
        settle(starts, run_id)
        assert_consistent(starts, run_id)
    assert len(starts.rows("benchmark_runs")) == 1


def test_re_judgings_with_one_key_are_one_run(starts: Starts) -> None:
    source = starts.start(NOT_IDEMPOTENT)
    starts.end(source, source)
    answers = all_at_once(
        *[lambda: starts.rejudge(source)] * (AT_ONCE - 2), lambda: starts.resume(source), lambda: starts.start(KEY)
    )
    runs = {row["id"] for row in starts.rows("benchmark_runs") if row["idempotency_key"] == KEY.key}
    assert len(runs) == 1
    assert set(answers) <= runs | {None} | REFUSALS
    for run_id in runs | {source}:
        settle(starts, run_id)
        assert_consistent(starts, run_id)
