"""Gaps of ministack's Step Functions and Lambda."""

import contextlib
import contextvars
import hashlib
import json
import os
import tempfile
import threading
import types
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc, s3
from ministack.services import stepfunctions as sfn


def max_concurrency_path() -> None:
    """MaxConcurrencyPath is passed over, and a Map runs all its items at once."""
    items = sfn._run_map_items

    def resolved(state: dict[str, Any], given: Any, execution: Any, context: Any) -> Any:
        if path := state.get("MaxConcurrencyPath"):
            state = {**state, "MaxConcurrency": sfn._resolve_path_or_ctx(path, given, context)}
        return items(state, given, execution, context)

    sfn._run_map_items = resolved


def live_concurrency() -> None:
    """UpdateMapRun changes a number, and not how many children of a Map run."""
    distributed = sfn._run_distributed_map
    beginning: contextvars.ContextVar[str | None] = contextvars.ContextVar("execution whose Map begins", default=None)

    def begun(state: Any, given: Any, effective: Any, iterator: Any, execution: Any, context: Any) -> Any:
        beginning.set(execution["executionArn"])
        return distributed(state, given, effective, iterator, execution, context)

    class Pool(ThreadPoolExecutor):
        """Has a thread for each item of a Distributed Map, and lets as many work as its Map Run says at that moment."""

        def __init__(self, max_workers: int) -> None:
            execution = beginning.get()
            self._map_run: Any = None
            self._working, self._turn = 0, threading.Condition()
            if execution:
                beginning.set(None)
                self._map_run = [run for run in sfn._map_runs.values() if run["executionArn"] == execution][-1]
                max_workers = 1_000
            super().__init__(max_workers)

        def submit(self, call: Any, /, *args: Any, **options: Any) -> Any:
            if self._map_run:
                return super().submit(self._in_turn, call, *args)
            return super().submit(call, *args, **options)

        def _in_turn(self, call: Any, *args: Any) -> Any:
            with self._turn:
                while 0 < self._map_run["maxConcurrency"] <= self._working:
                    self._turn.wait(0.05)
                self._working += 1
            try:
                return call(*args)
            finally:
                with self._turn:
                    self._working -= 1
                    self._turn.notify_all()

    sfn._run_distributed_map, sfn.ThreadPoolExecutor = begun, Pool


def put_object() -> None:
    """aws-sdk:s3:putObject is not there. A string body is put as the service is reported to put it: as JSON."""
    sdk = sfn._invoke_aws_sdk_integration

    def put(resource: str, given: dict[str, Any]) -> Any:
        if not resource.endswith(":aws-sdk:s3:putObject"):
            return sdk(resource, given)
        bucket, key = given["Bucket"], given["Key"]
        if given.get("IfNoneMatch") == "*" and key in s3._buckets.get(bucket)["objects"]:
            raise sfn._ExecutionError("S3.S3Exception", "At least one of the pre-conditions you specified did not hold")
        headers = {"content-type": given.get("ContentType", "binary/octet-stream")}
        status, answered, text = s3._put_object(bucket, key, json.dumps(given["Body"]).encode(), headers)
        if status >= 400:
            raise sfn._ExecutionError("S3.S3Exception", text.decode())
        return {"ETag": {name.lower(): value for name, value in answered.items()}.get("etag", "")}

    sfn._invoke_aws_sdk_integration = put


def throttled_function() -> None:
    """A function at its reserved concurrency succeeds with an error as its result; Step Functions fails the task."""
    throttle = lambda_svc._throttle_response

    def failed(*args: Any, **options: Any) -> Any:
        result = throttle(*args, **options)
        return {**result, "body": {**result["body"], "errorType": "Lambda.TooManyRequestsException"}, "error": True}

    lambda_svc._throttle_response = failed


def error_types() -> None:
    """The error of a handler loses its class name, without which no retrier matches."""
    sent = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
    with_type = (
        '{"status": "ok", "result": {"__failed__": {"errorMessage": str(e), "errorType": type(e).__name__,'
        ' "stackTrace": traceback.format_exc().splitlines()}}}'
    )
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(sent) != 1:
        raise RuntimeError("ministack's worker is not the one that this was written for")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(sent, with_type)
    execute = lambda_svc._execute_function_warm

    def typed(*args: Any) -> Any:
        result = execute(*args)
        body = result.get("body")
        if isinstance(body, dict) and "__failed__" in body:
            return {"body": body["__failed__"], "error": True, "log": result.get("log", "")}
        return result

    lambda_svc._execute_function_warm = typed


def stopped_executions() -> None:
    """The children of an execution that was stopped run to their end; they begin no further state."""
    run, task = sfn._run_execution, sfn._execute_task
    root: contextvars.ContextVar[Any] = contextvars.ContextVar("root execution")

    def run_execution(arn: str) -> None:
        root.set(sfn._executions.get(arn))
        run(arn)

    def execute_task(state: Any, given: Any, execution: Any, context: Any) -> Any:
        if root.get()["status"] == "ABORTED":
            raise sfn._ExecutionError("States.Aborted", "the execution was stopped")
        return task(state, given, execution, context)

    sfn._run_execution, sfn._execute_task = run_execution, execute_task


def unpacked_once() -> None:
    """For speed: every sandbox checks the names in its layers and unpacks 50 to 220 MiB; here they share one copy."""
    folder = Path(tempfile.mkdtemp(prefix="unpacked-"))
    unpacking = threading.Lock()

    class Shared(zipfile.ZipFile):
        def namelist(self) -> list[str]:
            return []  # of what we built ourselves, no name leads elsewhere

        def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
            copy = folder / hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
            with unpacking:
                if not copy.exists():
                    super().extractall(copy.with_suffix(".part"), super().namelist(), pwd)
                    copy.with_suffix(".part").rename(copy)
            Path(path).rmdir()
            Path(path).symlink_to(copy)

    shim = types.ModuleType("zipfile")
    vars(shim).update({**vars(zipfile), "ZipFile": Shared})
    lambda_runtime.zipfile = shim


def recycled_sandboxes() -> None:
    """A published version's sandbox lives for ever; one whose function has a file in the folder is ended."""
    folder = Path(os.environ["EMULATED_RECYCLED"])
    acquire = lambda_svc.acquire_worker

    def acquired(function: str, *args: Any, **options: Any) -> Any:
        with contextlib.suppress(FileNotFoundError):
            (folder / function).unlink()
            lambda_runtime.invalidate_worker(function)
        return acquire(function, *args, **options)

    lambda_svc.acquire_worker = acquired


GAPS = [
    recycled_sandboxes,
    max_concurrency_path,
    live_concurrency,
    put_object,
    throttled_function,
    error_types,
    stopped_executions,
    unpacked_once,
]
