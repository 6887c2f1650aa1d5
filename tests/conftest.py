"""Options of all tests. No process that they have started is left when they have ended."""

import os
import time
from multiprocessing import forkserver, resource_tracker
from uuid import uuid4

import pytest

from tests.processes import command_line, processes_with

_SESSION = "SKILL_BENCHMARK_TEST_SESSION"
_SECONDS_TO_END = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record-calls", metavar="FILE", help="note what the functions of integration tests ask of AWS")


def pytest_sessionstart() -> None:
    os.environ[_SESSION] = uuid4().hex


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fixtures are torn down by now. What still runs would run on, as a database that nobody stops."""
    if left := _left():
        print("\nleft running by these tests:", *(f"{process} {name}" for process, name in left.items()), sep="\n  ")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _left() -> dict[int, str]:
    deadline = time.monotonic() + _SECONDS_TO_END
    while True:
        # The last two end with this process.
        ours = {os.getpid(), forkserver._forkserver._forkserver_pid, resource_tracker._resource_tracker._pid}  # type: ignore[attr-defined]  # no public name
        left = processes_with(f"{_SESSION}={os.environ[_SESSION]}") - ours
        if not left or time.monotonic() > deadline:
            return {process: command_line(process).replace(b"\0", b" ").decode()[:200] for process in left}
        time.sleep(0.1)
