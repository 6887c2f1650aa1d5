"""ministack in a process of its own, over TLS and with IAM enforced."""

import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.paths import ROOT

REGION, ACCOUNT = "eu-central-1", "123456789012"
ROOT_USER = {"AWS_ACCESS_KEY_ID": "AKIAROOTROOTROOTROOT", "AWS_SECRET_ACCESS_KEY": "rootsecret"}

PACE = 0.02
"""Of a second that a state or a retrier waits, this much is waited."""

_SECONDS_TO_START, _SECONDS_TO_STOP = 30, 20


class Denials:
    """What IAM refused, in the order in which it did; the launcher writes it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.touch()

    def all(self) -> list[str]:
        # The refusal of a stranger is what the API is for.
        lines = self._file.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if ": execute-api:Invoke on " not in line]


@dataclass(frozen=True)
class Emulator:
    endpoint: str
    certificate: Path
    log: Path
    denials: Denials
    recycled: Path
    """A file with a function's name in this folder has its sandboxes replaced at the next invocation."""


@contextmanager
def emulator(python: Path, folder: Path) -> Iterator[Emulator]:
    """ministack until the end of the block; its environment holds nothing of this process's."""
    port = _free_port()
    running = Emulator(
        endpoint=f"https://127.0.0.1:{port}",
        certificate=folder / "ministack-tls" / "server.crt",
        log=folder / "ministack.log",
        denials=Denials(folder / "denials"),
        recycled=folder / "recycled",
    )
    running.recycled.mkdir()
    environment = {
        **ROOT_USER,
        # Functions run with the interpreter that is found first.
        "PATH": f"{python.parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "EMULATED_DENIALS": str(folder / "denials"),
        "EMULATED_RECYCLED": str(running.recycled),
        "AUTH": "true",
        "USE_SSL": "1",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
        "SFN_WAIT_SCALE": str(PACE),
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": str(PACE),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with running.log.open("w") as output:
        command: list[str | Path] = [python, "-m", "tests.emulated.launcher"]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=ROOT)
    try:
        _wait_for(running, process)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _wait_for(running: Emulator, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            trusted = ssl.create_default_context(cafile=str(running.certificate))
            urllib.request.urlopen(f"{running.endpoint}/_ministack/health", context=trusted, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"ministack did not start:\n{running.log.read_text(errors='replace')[-2000:]}")
