"""The reconciler runs on a laptop too, and its failure ends nothing."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from local.errors import InvocationFailed
from local.sweep import swept
from local.template import Schedule

RECONCILE = Schedule("ReconcileSchedule", "reconcile", "{}")


def stack_that(fires: Any) -> Any:
    return SimpleNamespace(schedules=[Schedule("Nightly", "start_run", "{}"), RECONCILE], fire=fires)


def test_the_reconciler_is_fired_again_and_again_although_it_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fired: list[Schedule] = []

    def fire(schedule: Schedule, at: str) -> None:
        fired.append(schedule)
        if len(fired) == 2:
            raise InvocationFailed("reconcile: the database is [busy]")

    async def serve() -> None:
        async with swept(stack_that(fire), Console(), seconds=0.001):
            while len(fired) < 4:
                await asyncio.sleep(0.001)
        ended = len(fired)
        await asyncio.sleep(0.02)
        assert len(fired) <= ended + 1, "nothing is fired after the server has ended"

    asyncio.run(serve())
    assert set(fired) == {RECONCILE}
    assert capsys.readouterr().out.splitlines() == ["runs were not reconciled: reconcile: the database is [busy]"]
