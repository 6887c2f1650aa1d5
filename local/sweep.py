"""The reconciler's schedule, fired while a server of this machine runs: EventBridge does it on AWS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from rich.console import Console

from local.stack import EmbeddedStack

SECONDS_BETWEEN_SWEEPS = 300


@asynccontextmanager
async def swept(stack: EmbeddedStack, console: Console, seconds: float = SECONDS_BETWEEN_SWEEPS) -> AsyncIterator[None]:
    """Meanwhile runs whose start broke off are started, and those whose end was lost are ended."""
    sweeping = asyncio.create_task(_sweep(stack, console, seconds))
    try:
        yield
    finally:
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping


async def _sweep(stack: EmbeddedStack, console: Console, seconds: float) -> None:
    [schedule] = [found for found in stack.schedules if found.folder == "reconcile"]
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(stack.fire, schedule, datetime.now(UTC).isoformat(timespec="seconds"))
        except Exception as error:
            # The API is served all the same, and the next time is tried again.
            console.print(f"runs were not reconciled: {error}", highlight=False, soft_wrap=True, markup=False)
