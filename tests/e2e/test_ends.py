"""However the command ends, all that it has started ends too: PostgreSQL, the functions, the stand-in."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from local.model_api import Latency, ModelApiProcess
from local.paths import ROOT
from tests.e2e.conftest import Command, interrupt, skill_and_cases
from tests.e2e.test_command import CASES, await_lock, await_objects
from tests.processes import command_line, processes_with

SECONDS_TO_END = 30


@pytest.fixture
def marked(command: Command) -> tuple[Command, str]:
    """The command, and a variable by which to know whatever descends from it, whoever its parent is by then."""
    name, value = "OF_THIS_TEST", uuid4().hex
    return Command(command.folder, command.environment | {name: value}), f"{name}={value}"


def assert_nothing_left(variable: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_END
    while left := processes_with(variable):
        assert time.monotonic() < deadline, [command_line(one) for one in left]
        time.sleep(0.05)


def terminate(process: "subprocess.Popen[str]") -> None:
    process.terminate()


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()


def kill_the_group(process: "subprocess.Popen[str]") -> None:
    os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("end", [interrupt, terminate, kill, kill_the_group])
def test_an_end_in_the_middle_of_a_run_leaves_nothing(
    marked: tuple[Command, str], end: Callable[["subprocess.Popen[str]"], None]
) -> None:
    command, variable = marked
    skill, cases = skill_and_cases(command.folder, [json.dumps({"input": f"case {index}"}) for index in range(200)])
    with (
        ModelApiProcess(latency=Latency(median=0.2)) as api,
        command.with_model_api(api.base_url).begin(
            "run", "--skill", skill, "--cases", cases, "--max-concurrency", "4"
        ) as process,
    ):
        await_objects(command.folder / ".skill-benchmark" / "objects", process)
        names = b" ".join(command_line(one) for one in processes_with(variable))
        assert b"postgres" in names
        assert b"forkserver" in names
        end(process)
        process.communicate(timeout=60)
        assert_nothing_left(variable)


@pytest.mark.parametrize(
    ("end", "after_seconds"), [(terminate, 0.0), (kill_the_group, 0.1), (kill, 0.3), (terminate, 0.9), (kill, 2.0)]
)
def test_an_end_during_the_start_leaves_nothing_and_the_next_start_works(
    marked: tuple[Command, str], end: Callable[["subprocess.Popen[str]"], None], after_seconds: float
) -> None:
    command, variable = marked
    skill, cases = skill_and_cases(command.folder, CASES[:1])
    with command.begin("run", "--skill", skill, "--cases", cases) as process:
        await_lock(command.folder / ".skill-benchmark" / "lock")
        time.sleep(after_seconds)
        end(process)
        process.communicate(timeout=60)
    # At once, when what the first has started may not have ended yet.
    ended = command("run", "--skill", skill, "--cases", cases)
    assert ended.code == 0, ended.err
    assert_nothing_left(variable)


# In a process of its own, which looks for what it has left before it ends.
_FAIL = """
import os, sys
from pathlib import Path
from local.errors import LocalError
from local.stack import EmbeddedStack, ModelApi
from tests.processes import command_line, descendants

if __name__ == "__main__":
    try:
        with EmbeddedStack(Path("data"), ModelApi("key", "", simulated=False), root=Path("nowhere")):
            sys.exit("it has started")
    except LocalError as error:
        assert "template.yaml" in str(error), error
    names = [command_line(one) for one in descendants(os.getpid())]
    sys.exit(str(names) if any(b"postgres" in name for name in names) else 0)
"""


def test_a_start_that_fails_stops_what_it_had_started(tmp_path: Path) -> None:
    variable = f"OF_THIS_TEST={uuid4().hex}"
    (tmp_path / "fail.py").write_text(_FAIL, encoding="utf-8")
    name, _, value = variable.partition("=")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "core")])
    ended = subprocess.run(
        [sys.executable, "fail.py"],
        cwd=tmp_path,
        env=os.environ | {name: value, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert_nothing_left(variable)
