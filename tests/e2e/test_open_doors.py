"""What another program of this machine finds while the command runs: no port, no key, and no file to read."""

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.model_api import Latency, ModelApiProcess
from tests.e2e.conftest import Command, interrupt, skill_and_cases
from tests.e2e.test_command import await_objects
from tests.e2e.test_serve import serving
from tests.processes import abstract_sockets, command_line, descendants, environment, listening_ports

KEY = b"a-key-of-a-test"


@contextmanager
def running(command: Command) -> Iterator["subprocess.Popen[str]"]:
    """A run of the command that has some answers and does not end by itself."""
    lines = [json.dumps({"input": f"case {index}"}) for index in range(200)]
    skill, cases = skill_and_cases(command.folder, lines)
    with command.begin("run", "--skill", skill, "--cases", cases, "--max-concurrency", "4") as process:
        await_objects(command.folder / ".skill-benchmark" / "objects", process)
        yield process
        interrupt(process)
        process.communicate(timeout=60)


def test_a_run_listens_on_no_port_and_gives_the_key_to_nobody(command: Command) -> None:
    with (
        ModelApiProcess(latency=Latency(median=0.2)) as api,
        running(command.with_model_api(api.base_url)) as process,
    ):
        ours = descendants(process.pid)
        functions = [one for one in ours if b"forkserver" in command_line(one)]
        assert len(functions) > 3
        assert any(b"postgres" in command_line(one) for one in ours)
        assert listening_ports(ours | {process.pid}) == set()
        assert abstract_sockets(ours | {process.pid}) == set()
        assert KEY in environment(process.pid), "whoever started the command gave it the key"
        for one in ours:
            assert KEY not in environment(one), command_line(one)
            assert KEY not in command_line(one)
        _assert_owner_only(command.folder / ".skill-benchmark")
        files = [path for path in command.folder.rglob("*") if path.is_file()]
        assert len(files) > 100
        assert not [path for path in files if KEY in _content(path)]


def test_a_simulated_run_listens_with_the_stand_in_alone(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, [json.dumps({"input": f"case {index}"}) for index in range(200)])
    with command.begin("run", "--skill", skill, "--cases", cases) as process:
        await_objects(command.folder / ".skill-benchmark" / "objects", process)
        ours = descendants(process.pid)
        stand_in = {one for one in ours if b"local.model_api" in command_line(one)}
        assert len(listening_ports(stand_in)) == 1
        assert listening_ports((ours | {process.pid}) - stand_in) == set()
        interrupt(process)
        process.communicate(timeout=60)


def test_a_server_listens_on_the_port_that_it_names_alone(command: Command) -> None:
    with ModelApiProcess() as api, serving(command.with_model_api(api.base_url)) as (url, process):
        assert listening_ports(descendants(process.pid) | {process.pid}) == {int(url.rpartition(":")[2])}


def _assert_owner_only(folder: Path) -> None:
    """Nobody else lists or reads it; root lets the user of PostgreSQL through, as one of root's own group."""
    assert stat.S_IMODE(folder.stat().st_mode) == (0o710 if os.geteuid() == 0 else 0o700)
    inside = [path for path in folder.iterdir() if path.is_dir()]
    assert {path.name for path in inside} == {"logs", "objects", "postgres"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in inside} == {0o700}
    logs = [*folder.glob("logs/*"), folder / "postgres" / "log"]
    assert len(logs) > 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in logs} == {0o600}


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # PostgreSQL removes files of its own
        return b""
