"""The inside of a function's process: its environment is exactly what the template gives it."""

import fcntl
import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import Any

from local.aws_pipe import AwsPipe
from local.bucket import BucketDirectory
from skill_benchmark.domain.text import visible

_INVOCATIONS_AT_ONCE = 256

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class FunctionConfig:
    """A Lambda function as the template declares it. `module` is the handler's module (`functions.call_model.app`)."""

    name: str
    module: str
    handler: str
    environment: Mapping[str, str]
    timeout_seconds: int
    memory_mb: int


@dataclass(frozen=True)
class LambdaContext:
    """The part of Lambda's context object that handlers and Powertools read."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str
    deadline: float

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{os.environ['AWS_REGION']}:{os.environ['AWS_ACCOUNT_ID']}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self.deadline - time.monotonic()) * 1000))


@dataclass(frozen=True)
class Invocation:
    request_id: str
    payload: bytes


@dataclass(frozen=True)
class Outcome:
    request_id: str
    payload: bytes
    failed: bool


@dataclass(frozen=True)
class Surroundings:
    """What a function's process has of the stack that it belongs to."""

    invocations: Connection
    aws: Connection
    database: Connection
    """Never read or written: to have it keeps the database running."""
    bucket_root: Path
    log_file: Path
    lock_file: Path


def serve(stack: Surroundings, config: FunctionConfig) -> None:
    """Run invocations from the pipe, several at a time, until the pipe closes, and finish those that have begun.

    The last also when the parent was killed: an answer that is being paid for is recorded. The lock says so to a stack
    that starts meanwhile.
    """
    lock = stack.lock_file.open("a")
    fcntl.flock(lock, fcntl.LOCK_SH)
    # Ctrl-C reaches the whole process group; the parent decides when its functions end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(config.environment)
    _log_to(stack.log_file)
    BucketDirectory(stack.bucket_root).install()
    AwsPipe(stack.aws).install()
    handler: Handler = getattr(importlib.import_module(config.module), config.handler)
    sending = Lock()

    def run(invocation: Invocation) -> None:
        outcome = _run(handler, invocation, config)
        with sending, suppress(OSError):
            stack.invocations.send(outcome)

    threads = ThreadPoolExecutor(_INVOCATIONS_AT_ONCE)
    while (invocation := _next(stack.invocations)) is not None:
        threads.submit(run, invocation)
    threads.shutdown(wait=True)
    os._exit(0)


def _next(connection: Connection) -> Invocation | None:
    """The next invocation; None at the end, or when the parent has died."""
    try:
        invocation: Invocation | None = connection.recv()
    except (EOFError, OSError):
        return None
    return invocation


def _run(handler: Handler, invocation: Invocation, config: FunctionConfig) -> Outcome:
    deadline = time.monotonic() + config.timeout_seconds
    context = LambdaContext(config.name, config.memory_mb, invocation.request_id, deadline)
    try:
        result = handler(json.loads(invocation.payload), context)
        return Outcome(invocation.request_id, json.dumps(result).encode(), failed=False)
    except Exception as error:
        # People read the log in terminals, where nothing of a message that quotes somebody acts.
        sys.stderr.write("\n".join(map(visible, traceback.format_exc().split("\n"))))
        return Outcome(invocation.request_id, error_payload(type(error).__name__, str(error)), failed=True)


def error_payload(error_type: str, message: str) -> bytes:
    """A function error as Lambda reports it."""
    return json.dumps({"errorMessage": message, "errorType": error_type}).encode()


def _log_to(log_file: Path) -> None:
    handle = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sys.stdout.flush()
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream in every process started so
