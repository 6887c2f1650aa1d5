"""The processes of functions, at the end of their stack."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from local.aws_pipe import Answer
from local.cli.session import session
from local.cli.terminal import Terminal
from local.errors import LocalError
from local.function_process import FunctionConfig
from local.functions import Functions


def test_no_process_is_started_for_an_execution_that_outlives_the_stack(tmp_path: Path) -> None:
    held, _ = multiprocessing.Pipe(duplex=False)
    functions = Functions(tmp_path, tmp_path, tmp_path / "lock", held, lambda _: Answer(501, {}, b""))
    functions.deploy(FunctionConfig("reads", "functions.read_api.app", "lambda_handler", {}, 5, 128))
    functions.stop()
    outcome = functions.invoke("reads", b"{}")
    assert (outcome.failed, b"the stack has stopped" in outcome.payload) == (True, True)
    assert functions._sandboxes == {}


_LOADING = """
import os
from local.functions import _start_fork_server, stop_fork_server
from tests.processes import command_line, descendants
def fork_servers():
    return sum(b"forkserver" in command_line(process) for process in descendants(os.getpid()))
_start_fork_server()
before = fork_servers()
stop_fork_server()
print(before, fork_servers())
stop_fork_server()
"""


def test_the_fork_server_ends_with_the_command_also_while_it_loads() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADING], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 0\n", "")


def test_a_stack_that_did_not_start_leaves_no_fork_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = []
    monkeypatch.setattr("local.cli.session.stop_fork_server", lambda: stopped.append(True))
    (tmp_path / "file").touch()
    with pytest.raises(LocalError), session(tmp_path / "file", Terminal(stderr=True)):
        pass
    assert stopped
