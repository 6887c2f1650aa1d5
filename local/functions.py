"""Lambda, embedded: one warm process a function, several invocations at a time in each."""

import multiprocessing
import os
import signal
import time
import uuid
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from local.aws_pipe import Respond, answer_requests
from local.function_process import FunctionConfig, Invocation, Outcome, Surroundings, error_payload, serve

_SECONDS_TO_FINISH = 5
# Forked from a server that has these loaded, a function's process is there in milliseconds.
_PRELOADED = ["local.preload"]


class _Stopped(Exception):
    """No process is started any more."""


@dataclass
class _Sandbox:
    """A process of a function and the invocations that wait for it."""

    process: ForkServerProcess
    connection: Connection
    waiting: dict[str, "Future[Outcome]"] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def submit(self, payload: bytes) -> "Future[Outcome]":
        invocation = Invocation(str(uuid.uuid4()), payload)
        future: Future[Outcome] = Future()
        with self.lock:
            self.waiting[invocation.request_id] = future
            self.connection.send(invocation)
        return future

    def receive(self) -> None:
        """Hand out outcomes until the process ends; what it had begun ends with it, as on Lambda."""
        while True:
            try:
                outcome: Outcome = self.connection.recv()
            except (EOFError, OSError):
                break
            with self.lock:
                future = self.waiting.pop(outcome.request_id, None)
            if future:
                future.set_result(outcome)
        self.process.join()
        self.connection.close()
        with self.lock:
            orphans, self.waiting = self.waiting, {}
        for request_id, future in orphans.items():
            message = f"RequestId: {request_id} Error: Runtime exited with code {self.process.exitcode}"
            future.set_result(Outcome(request_id, error_payload("Runtime.ExitError", message), failed=True))


class Functions:
    """All functions of the stack, by name."""

    def __init__(
        self, bucket_root: Path, log_dir: Path, lock_file: Path, database: Connection, respond_to_aws: Respond
    ) -> None:
        self._bucket_root = bucket_root
        self._log_dir = log_dir
        self._lock_file = lock_file
        self._database = database
        self._respond_to_aws = respond_to_aws
        self._stopped = False
        self._configs: dict[str, FunctionConfig] = {}
        self._sandboxes: dict[str, _Sandbox] = {}
        self._starting = Lock()
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_PRELOADED)
        _start_fork_server()

    def deploy(self, config: FunctionConfig) -> None:
        self._configs[config.name] = config

    def invoke(self, name: str, payload: bytes) -> Outcome:
        """Run the function and wait, at most for its timeout. A failure is an outcome, as Lambda reports it.

        `name` may be an ARN, with a version or without: here there is one version of everything.
        """
        config = self._configs[name.split(":")[6] if name.startswith("arn:") else name]
        try:
            future = self._submit(config, payload)
        except _Stopped:
            # An execution does not know that the stack ends. A process that was started for it now would outlive us.
            return Outcome(
                "-", error_payload("Runtime.ExitError", "RequestId: - Error: the stack has stopped"), failed=True
            )
        try:
            return future.result(timeout=config.timeout_seconds)
        except TimeoutError:
            message = f"RequestId: - Error: Task timed out after {config.timeout_seconds:.2f} seconds"
            return Outcome("-", error_payload("Sandbox.Timedout", message), failed=True)

    def kill(self, name: str) -> None:
        """End the function's process at once, as Lambda may at any time."""
        if sandbox := self._sandboxes.get(name):
            sandbox.process.kill()

    def stop(self) -> None:
        """End all processes; what has begun may take a few seconds to be finished and recorded."""
        with self._starting:
            self._stopped = True
        deadline = time.monotonic() + _SECONDS_TO_FINISH
        for sandbox in self._sandboxes.values():
            with suppress(OSError):
                sandbox.connection.send(None)
        for sandbox in self._sandboxes.values():
            sandbox.process.join(timeout=max(0.1, deadline - time.monotonic()))
            sandbox.process.kill()
            sandbox.process.join()

    def _submit(self, config: FunctionConfig, payload: bytes) -> "Future[Outcome]":
        try:
            return self._sandbox(config).submit(payload)
        except OSError:  # it ended after it was looked at
            return self._sandbox(config).submit(payload)

    def _sandbox(self, config: FunctionConfig) -> _Sandbox:
        with self._starting:
            if self._stopped:
                raise _Stopped
            sandbox = self._sandboxes.get(config.name)
            if sandbox is None or not sandbox.process.is_alive():
                sandbox = self._sandboxes[config.name] = self._start(config)
            return sandbox

    def _start(self, config: FunctionConfig) -> _Sandbox:
        invocations, theirs = self._context.Pipe()
        aws, their_aws = self._context.Pipe()
        surroundings = Surroundings(
            invocations=theirs,
            aws=their_aws,
            database=self._database,
            bucket_root=self._bucket_root,
            log_file=self._log_dir / f"{config.module.split('.')[1]}.log",
            lock_file=self._lock_file,
        )
        process = self._context.Process(target=serve, args=(surroundings, config), name=config.name, daemon=True)
        process.start()
        theirs.close()
        their_aws.close()
        sandbox = _Sandbox(process, invocations)
        Thread(target=sandbox.receive, name=f"{config.name}-outcomes", daemon=True).start()
        Thread(target=answer_requests, args=(aws, self._respond_to_aws), name=f"{config.name}-aws", daemon=True).start()
        return sandbox


def _start_fork_server() -> None:
    """It loads while the rest of the stack starts. Ctrl-C, which a terminal sends it too, is not its to end by."""
    resource_tracker.ensure_running()  # which the fork server needs, and which unblocks signals when it is started
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def stop_fork_server() -> None:
    """End the process that functions are forked from, at once: one that is still loading would notice only later.

    To be called when no stack of this process is left; another one starts another.
    """
    server: Any = forkserver._forkserver  # noqa: SLF001 - the module has no other way to stop it
    if server._forkserver_pid is not None:  # noqa: SLF001 - as above
        os.kill(server._forkserver_pid, signal.SIGKILL)  # noqa: SLF001 - as above
        server._stop()  # noqa: SLF001 - as above
