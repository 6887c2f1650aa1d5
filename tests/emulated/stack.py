"""A deployed stack as its callers and its operators see it; every question also fails when IAM refused anything."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import boto3

from local.database import LocalDatabase
from local.model_api import ModelApiProcess
from scripts.preflight.signed_api import SignedApi
from tests.emulated.account import TENANT
from tests.emulated.deploy import STACK
from tests.emulated.emulator import ACCOUNT, REGION, Denials

MODELS = ["claude-sonnet-5-5", "claude-haiku-5-5"]
STATE_MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{STACK}-benchmark-run"

_UNFINISHED = {"queued", "running"}


class Denied(AssertionError):
    """IAM refused something that the scenario needs."""


class Stack:
    def __init__(
        self,
        api: SignedApi,
        stranger: SignedApi,
        model_api: ModelApiProcess,
        database: LocalDatabase,
        denials: Denials,
    ) -> None:
        self.api, self.stranger, self.model_api = api, stranger, model_api
        self._database, self._denials = database, denials
        self._keys = 0
        self._allowed = 0
        self._finished_run = ""

    def forgive(self) -> None:
        """What was denied until now is no matter any more."""
        self._allowed = len(self._denials.all())

    def check_denials(self) -> None:
        if denied := self._denials.all()[self._allowed :]:
            raise Denied("; ".join(sorted(set(denied))))

    # -- as a caller --------------------------------------------------------------------------------------------------

    def get(self, path: str) -> dict[str, Any]:
        return self.ask("GET", path, expected=(200,))

    def ask(
        self, method: str, path: str, body: Any = None, *, expected: tuple[int, ...], **headers: str
    ) -> dict[str, Any]:
        status, answer = self.api(method, path, body, **headers)
        self.check_denials()
        assert status in expected, f"{method} {path} answered {status}: {answer}"
        found: dict[str, Any] = answer
        return found

    def register(self, skill: str) -> None:
        body = {"name": skill, "content": "Answer with the capital."}
        self.ask("PUT", f"/v1/skills/{skill}", body, expected=(200, 201))

    def start(self, cases: int, skill: str = "capitals", **more: Any) -> str:
        """Start a run of so many cases on one model; returns its id."""
        self._keys += 1
        body = {
            "test_cases": [{"input": f"{self._keys}.{n}", "expected_output": "Paris"} for n in range(cases)],
            "models": MODELS[1:],
            "max_concurrency": 2,
            **more,
        }
        key = f"key {self._keys} {time.time()}"
        answer = self.ask("POST", f"/v1/skills/{skill}/runs", body, expected=(202,), idempotency_key=key)
        return str(answer["run_id"])

    def progress(self, run: str) -> Iterator[dict[str, Any]]:
        """The run as the API shows it, until it has ended."""
        with self.patience(f"{run} does not end") as wait:
            while True:
                answer = self.get(f"/v1/runs/{run}")
                yield answer
                # The API says how an execution ended as soon as it has; the row ends a little later.
                if answer["status"] not in _UNFINISHED and answer["completed_at"]:
                    return
                wait()

    def ended(self, run: str, expected: str) -> dict[str, Any]:
        answer = list(self.progress(run))[-1]
        assert answer["status"] == expected, answer
        return answer

    def finished_run(self) -> str:
        """A run over two models that is completed; the same one every time."""
        if not self._finished_run:
            self.register("capitals")
            run = self.start(3, models=MODELS)
            self.ended(run, "completed")
            self._finished_run = run
        return self._finished_run

    # -- as an operator -----------------------------------------------------------------------------------------------

    def output(self, key: str) -> str:
        outputs = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        return next(str(output["OutputValue"]) for output in outputs if output["OutputKey"] == key)

    def fire(self, schedule: str) -> None:
        """Have what a schedule of the template does happen now and once, by another schedule with the same target."""
        scheduler = boto3.client("scheduler")
        given = scheduler.get_schedule(Name=f"{STACK}-{schedule}")
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        target = given["Target"]
        # The emulator does not fill this in.
        target["Input"] = target["Input"].replace("<aws.scheduler.scheduled-time>", f"{now}Z")
        scheduler.create_schedule(
            Name=f"{given['Name']}-{uuid4().hex}",
            Target=target,
            FlexibleTimeWindow=given["FlexibleTimeWindow"],
            ScheduleExpression=f"at({now})",
            ActionAfterCompletion="DELETE",
        )

    def entered(self, run: str) -> list[str]:
        """Names of the states that the execution of a run has entered, once that has succeeded."""
        states = boto3.client("stepfunctions")
        execution = f"{STATE_MACHINE.replace(':stateMachine:', ':execution:')}:{run}"
        with self.patience(f"the execution of {run} does not succeed") as wait:
            while states.describe_execution(executionArn=execution)["status"] != "SUCCEEDED":
                wait()
        pages = states.get_paginator("get_execution_history").paginate(executionArn=execution)
        events = [event for page in pages for event in page["events"] if event["type"].endswith("StateEntered")]
        return [event["stateEnteredEventDetails"]["name"] for event in events]

    def lose(self, run: str) -> None:
        """The run was queued an hour ago, and its execution is gone."""
        gone = STATE_MACHINE.replace(":stateMachine:", ":execution:") + f":{run}-9"
        with self._database.as_superuser() as connection:
            connection.execute("UPDATE benchmark_runs SET execution_arn = %s WHERE id = %s", [gone, run])
            connection.execute(
                "UPDATE run_admissions SET queued_at = now() - interval '1 hour' WHERE benchmark_run_id = %s", [run]
            )

    def age(self, run: str, hours: int) -> None:
        """The run ended so many hours ago."""
        with self._database.as_superuser() as connection:
            aged = "UPDATE benchmark_runs SET completed_at = now() - make_interval(hours => %s) WHERE id = %s"
            connection.execute(aged, [hours, run])

    def forget_runs(self) -> None:
        """No run is unfinished, and none holds places."""
        with self._database.as_superuser() as connection:
            # The trigger that frees the places is bound by row level security.
            connection.execute("SELECT set_config('app.current_tenant_id', %s, true)", [TENANT])
            connection.execute(
                "UPDATE benchmark_runs SET status = 'cancelled', completed_at = now() "
                "WHERE status IN ('queued', 'running')"
            )

    def delete_plan(self, run: str) -> None:
        boto3.client("s3").delete_object(Bucket=self.output("RecordsBucketName"), Key=f"runs/{run}/plan.json")

    # -- as the model API ---------------------------------------------------------------------------------------------

    def until_answered(self, times: int) -> None:
        """Until so many answers were bought since faults were set."""
        with self.patience("the model API is not asked") as wait:
            while self.bought()["answer"] < times:
                wait()

    def bought(self) -> dict[str, int]:
        """Answers and verdicts that the model API was asked for; the check of a model is neither."""
        return bought(self.model_api)

    @contextmanager
    def patience(self, what: str, seconds: float = 240) -> Iterator[Callable[[], None]]:
        """What to call while something is not yet so; it fails in the end, or when something was denied."""
        deadline = time.monotonic() + seconds

        def wait() -> None:
            self.check_denials()
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}; last events of the executions that run: {_last_events()}")
            time.sleep(0.2)

        yield wait


def bought(model_api: ModelApiProcess) -> dict[str, int]:
    """Answers and verdicts that a model API was asked for since its faults were set."""
    counted = {"answer": 0, "verdict": 0}
    for name, times in model_api.calls().items():
        kind = name.partition(" ")[0]
        if kind in counted:
            counted[kind] += times
    return counted


def _last_events() -> dict[str, list[str]]:
    """For whoever has to find out why a run hangs: of executions that run and of the last that failed."""
    states = boto3.client("stepfunctions")
    found = {}
    for status in ("RUNNING", "FAILED"):
        listed = states.list_executions(stateMachineArn=STATE_MACHINE, statusFilter=status, maxResults=3)["executions"]
        for execution in listed:
            events = states.get_execution_history(executionArn=execution["executionArn"])["events"]
            found[f"{status} {execution['name']}"] = [str(event)[:900] for event in events[-2:]]
    return found
