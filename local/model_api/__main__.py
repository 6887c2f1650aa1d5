"""`python -m local.model_api`: serve until the standard input closes; prints its URL on one line."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

from local.model_api.faults import Fault
from local.model_api.latency import Latency
from local.model_api.replay import Recording
from local.model_api.server import StandIn, stand_in


async def _serve(server: StandIn, port: int) -> None:
    runner = web.AppRunner(server.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
    await site.start()
    address = runner.addresses[0]
    print(f"http://{address[0]}:{address[1]}", flush=True)
    # The parent holds the other end; it closes when the parent ends, however it ends.
    await asyncio.to_thread(sys.stdin.buffer.read)
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.model_api", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--replay", type=Path, help="answer from a recording (JSON lines)")
    parser.add_argument("--latency", type=json.loads, default={}, help='{"median": seconds, "sigma": 0.5, "seed": 1}')
    parser.add_argument("--faults", type=json.loads, default=[], help='[{"what": "throttled", "first": 3}, …]')
    parser.add_argument("--models", nargs="*", default=[], help="models to have beside the usual ones")
    parser.add_argument("--keep-requests", action="store_true", help="keep all requests, to be read back")
    options = parser.parse_args()
    # Ctrl-C is meant for the command that started this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = stand_in(
        Latency.model_validate(options.latency),
        [Fault.model_validate(fault) for fault in options.faults],
        Recording.read(options.replay) if options.replay else None,
        options.models,
        keep_requests=options.keep_requests,
    )
    asyncio.run(_serve(server, options.port))


if __name__ == "__main__":
    main()
