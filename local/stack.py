"""The embedded stack: PostgreSQL, AWS and the functions of the service, started and stopped together."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import boto3

from local.bucket import BucketDirectory
from local.cloud import ACCOUNT, CREDENTIALS, REGION, STACK, Cloud, DeployedFunction
from local.data_dir import DataDir
from local.database import LocalDatabase
from local.errors import InvocationFailed, LocalError, TemplateError
from local.function_process import FunctionConfig
from local.functions import Functions
from local.paths import ROOT
from local.template import Route, Schedule
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.postgres_runs import run_status
from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.domain.limits import MAX_CONCURRENCY
from skill_benchmark.domain.run_status import UNFINISHED

TENANT = "local"
CALLER = f"arn:aws:iam::{ACCOUNT}:user/local"
"""Whom IAM would have let in, of every request over HTTP."""

_SECONDS_TO_STOP = 10
_SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"

# What a function's process needs of the machine, beside what the template gives it.
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class ModelApi:
    """Where answers come from: the real API, or the stand-in, and then all data says `simulated`."""

    api_key: str
    base_url: str
    simulated: bool


class EmbeddedStack:
    """One deployment of `template.yaml` on this machine, kept in a data directory."""

    def __init__(self, data_dir: Path, model_api: ModelApi, *, root: Path = ROOT, pace: float = 1.0) -> None:
        self._root = root
        self._model_api = model_api
        self._pace = pace
        self._data_dir = DataDir(data_dir)
        self._exit = ExitStack()
        self.cloud: Cloud
        self.functions: Functions
        self.postgres: LocalDatabase
        self.store: ObjectStore
        self.database: Database
        self._names: dict[str, str] = {}
        self.routes: list[Route] = []
        self.schedules: list[Schedule] = []
        self.workflow: WorkflowEngine

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._start(undo)
            self._exit = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def _start(self, undo: ExitStack) -> None:
        data = undo.enter_context(self._data_dir)
        lock_file = data.await_orphans()
        # Both after the functions, which may still have something to record.
        self.postgres = LocalDatabase(data.folder("postgres"), lock_file)
        undo.callback(self.postgres.stop)
        self.cloud = Cloud()
        undo.callback(self.cloud.stop)
        bucket_root = data.folder("objects")
        bucket = BucketDirectory(bucket_root)
        bucket.install()
        undo.callback(bucket.uninstall)
        self.functions = Functions(bucket_root, data.folder("logs"), lock_file, self.postgres.held, self.cloud.respond)
        undo.callback(self.functions.stop)
        with ThreadPoolExecutor(1) as aside:
            starting = aside.submit(self.postgres.start)
            self.cloud.start()
            owner, runtime = starting.result()
        self.database = Database(runtime.as_secret)
        undo.callback(self.database.close)
        parameters = {
            "ModelProvider": "simulated" if self._model_api.simulated else "anthropic",
            "ModelApiBaseUrl": self._model_api.base_url,
            "ModelApiKeySecretArn": self.cloud.put_secret("model-api-key", self._model_api.api_key),
            "DatabaseSecretArn": self.cloud.put_secret("database", runtime.as_secret()),
            "DatabaseOwnerSecretArn": self.cloud.put_secret("database-owner", owner.as_secret()),
            "NightlyTenantId": TENANT,
            "TenantCallerRoleArns": CALLER,
            # One person's machine: a run gets the calls in flight that it asks for.
            "ModelCallConcurrency": str(MAX_CONCURRENCY),
        }
        from local.engine import connect_engine  # noqa: PLC0415 - moto's interpreter, after the mock has started

        connect_engine(self.functions.invoke, self._pace)
        deployment = self.cloud.deploy(self._root, parameters)
        self.routes = deployment.routes
        self.schedules = deployment.schedules
        for function in deployment.functions:
            self._deploy(function)
        self.store = ObjectStore(STACK, boto3.client("s3"))
        self.workflow = WorkflowEngine(f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{STACK}-benchmark-run")
        try:
            self.invoke("migrate", {})
        except InvocationFailed as error:
            raise LocalError(f"--data-dir {data.path}: {error}; or name another directory") from error

    def _deploy(self, function: DeployedFunction) -> None:
        module, _, handler = function.handler.rpartition(".")
        machine = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        runtime = {
            **CREDENTIALS,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "POWERTOOLS_TRACE_DISABLED": "true",
        }
        self._names[function.folder] = function.name
        self.functions.deploy(
            FunctionConfig(
                name=function.name,
                module=f"functions.{function.folder}.{module}",
                handler=handler,
                environment={**machine, **function.environment, **runtime},
                timeout_seconds=function.timeout_seconds,
                memory_mb=function.memory_mb,
            )
        )

    def cancel(self, run_id: str) -> None:
        """Stop the run's execution. Its row says `cancelled` when this returns, and keeps what was done."""
        execution_arn = self.execution_of(run_id)
        self.workflow.stop(execution_arn, "cancelled by the user")
        deadline = time.monotonic() + _SECONDS_TO_STOP
        while self.is_unfinished(run_id):
            if time.monotonic() > deadline:
                # A call that hangs keeps the interpreter from ending; what is recorded by now is kept without it.
                execution = self.workflow.describe(execution_arn)
                assert execution is not None
                self.workflow.write_end(
                    f"end_{run_id}", {"executionArn": execution_arn, "status": "ABORTED", "input": execution.input}
                )
                deadline = time.monotonic() + _SECONDS_TO_STOP
            time.sleep(0.05)

    def execution_of(self, run_id: str) -> str:
        """ARN of the execution that runs the run, or did so last."""
        with self.database.transaction(TENANT) as cursor:
            arn: str | None = run_status(cursor, run_id)["execution_arn"]
        return arn or self.workflow.execution_arn(run_id)

    def is_unfinished(self, run_id: str, tenant_id: str = TENANT) -> bool:
        """Whether the run's row has not ended yet."""
        with self.database.transaction(tenant_id) as cursor:
            return run_status(cursor, run_id)["status"] in UNFINISHED

    def fire(self, schedule: Schedule, at: str) -> Any:
        """Fire a schedule of the template as EventBridge does at this time (ISO 8601). Returns what came of it."""
        return self.invoke(schedule.folder, json.loads(schedule.input.replace(_SCHEDULED_TIME, at)))

    def function_name(self, folder: str) -> str:
        """The deployed name of a function. Raises TemplateError when the template has none for this folder."""
        if folder not in self._names:
            raise TemplateError(f"template.yaml: no function has CodeUri functions/{folder}")
        return self._names[folder]

    def invoke(self, folder: str, event: dict[str, Any]) -> Any:
        """Run a function once. Raises InvocationFailed."""
        outcome = self.functions.invoke(self.function_name(folder), json.dumps(event).encode())
        payload = json.loads(outcome.payload)
        if outcome.failed:
            raise InvocationFailed(f"{folder}: {payload['errorType']}: {payload['errorMessage']}")
        return payload
