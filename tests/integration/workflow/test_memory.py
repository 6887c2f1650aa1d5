"""What a run leaves behind in memory when it has ended: nothing, but for the newest few."""

import gc
import threading
from collections import Counter
from dataclasses import dataclass

import psutil
import pytest
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.backend.execution import Execution

from tests.integration.conftest import Service, cases

KEPT = 3
RUNS = 10


@dataclass(frozen=True)
class Held:
    """What the process of the stack holds, and the memory of it and of the functions' processes."""

    executions: int
    environments: int
    threads: int
    thread_objects: int
    objects: int
    megabytes: float

    @classmethod
    def now(cls) -> "Held":
        gc.collect()
        kinds = Counter(map(type, gc.get_objects()))
        processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
        return cls(
            executions=kinds[Execution],
            environments=kinds[Environment],
            threads=threading.active_count(),
            thread_objects=kinds[threading.Thread],
            objects=kinds.total(),
            megabytes=sum(one.memory_info().rss for one in processes) / 1e6,
        )


def test_ten_runs_in_a_row_hold_no_more_than_three(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.interpreter.ENDED_EXECUTIONS_KEPT", KEPT)
    held = []
    for _ in range(RUNS):
        assert service.run(cases(10)).run["status"] == "completed"
        held.append(Held.now())
    warm, last = held[2], held[-1]
    # One more may be about to end.
    assert last.executions <= KEPT + 1
    assert last.environments <= KEPT + 1
    assert last.thread_objects <= warm.thread_objects + 10
    assert last.threads <= warm.threads + 10
    assert last.objects <= warm.objects + 2_000
    assert last.megabytes <= warm.megabytes + 40


def test_an_ended_execution_is_described_until_others_have_ended(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.interpreter.ENDED_EXECUTIONS_KEPT", KEPT)
    first = service.run(cases(1)).run
    for _ in range(KEPT):
        found = service.stack.workflow.describe(first["execution_arn"])
        assert found is not None
        assert found.status == "SUCCEEDED"
        service.run(cases(1))
    assert service.stack.workflow.describe(first["execution_arn"]) is None
    assert service.get(f"/v1/runs/{first['id']}")["status"] == "completed"
    assert service.get(f"/v1/runs/{first['id']}/comparison")["models"]
