"""What callers and operators do with a deployed stack, each step with what must come of it.

A step's first line says what it proves; every step also fails as soon as IAM refuses anything.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config

from local.model_api import Fault, ModelApiProcess
from scripts.preflight.signed_api import SignedApi
from tests.emulated.deploy import STACK
from tests.emulated.emulator import Denials

MODELS = ["claude-sonnet-5-5", "claude-haiku-5-5"]
_UNFINISHED = {"queued", "running"}


class Denied(AssertionError):
    """IAM refused something that the scenario needs."""


class Scenario:
    def __init__(self, api: SignedApi, stranger: SignedApi, model_api: ModelApiProcess, denials: Denials) -> None:
        self.api, self.stranger, self.model_api, self.denials = api, stranger, model_api, denials
        self._keys = 0
        self._allowed = len(denials.all())
        self._run = ""

    def play(self, steps: "list[Step]", say: Callable[[str], None]) -> None:
        """Play the steps; raises AssertionError at the first expectation that does not hold."""
        for step in steps:
            self._allowed = len(self.denials.all())
            try:
                step(self)
                self.check_denials()
            finally:
                self.model_api.set_faults()
            say(f"proved: {(step.__doc__ or '').splitlines()[0]}")

    def check_denials(self) -> None:
        if denied := self.denials.all()[self._allowed :]:
            raise Denied("; ".join(sorted(set(denied))))

    # -- steps --------------------------------------------------------------------------------------------------------

    def reach(self) -> None:
        """the API refuses a stranger, lets a signed caller in, reaches the database, and knows its paths"""
        assert self.stranger("GET", "/v1/health")[0] == 403
        assert self._get("/v1/health")["database_reachable"]
        assert self.api("GET", "/nowhere")[0] == 404
        assert "openapi" in self._get("/v1/openapi.json")

    def migrate(self) -> None:
        """the schema is brought up to date by the role that owns it, and again without a change"""
        functions = boto3.client("lambda", config=Config(read_timeout=120, retries={"max_attempts": 0}))
        for _ in range(2):
            answered = functions.invoke(FunctionName=f"{STACK}-migrate")
            assert "FunctionError" not in answered, answered["Payload"].read()

    def whole_run(self) -> None:
        """a run over two models is started, answered, judged, counted while it runs, and completed in the database"""
        self._register("capitals")
        run = self.start(3, models=MODELS)
        seen = set()
        for answer in self._progress(run):
            seen.add(answer["status"])
        assert answer["status"] == "completed", answer
        assert answer["scored_results"] == 6, answer
        assert "running" in seen, seen
        self._run = run

    def reports(self) -> None:
        """results, verdicts, comparison, history and trends of that run are read"""
        run = self._finished_run()
        assert len(self._get(f"/v1/runs/{run}/comparison")["models"]) == 2
        result = self._get(f"/v1/runs/{run}/results")["items"][0]["id"]
        assert self._get(f"/v1/results/{result}/verdicts")["items"]
        assert self._get("/v1/skills/capitals/runs")["items"]
        assert self._get("/v1/skills/capitals/cost-trend")

    def rejudge(self) -> None:
        """a run that is there already is judged by another judge, and no answer is bought again"""
        run = self._finished_run()
        self.model_api.set_faults()
        status, answer = self.api("POST", f"/v1/runs/{run}/rejudge", {"judges": ["claude-haiku-5-5"]})
        assert status == 202, answer
        self.ended(answer["run_id"], "completed")
        bought = [name for name in self.model_api.calls() if name.startswith("answer ")]
        assert not bought, bought

    def expired(self) -> None:
        """a run whose plan has expired cannot be judged again, and the API says so"""
        self._register("capitals")
        run = self.start(1)
        self.ended(run, "completed")
        boto3.client("s3").delete_object(Bucket=self._bucket(), Key=f"runs/{run}/plan.json")
        status, answer = self.api("POST", f"/v1/runs/{run}/rejudge", {"judges": ["claude-haiku-5-5"]})
        assert 400 <= status < 500, answer

    def lost_events(self) -> None:
        """an event that a function fails on three times is kept in the queue"""
        functions, queues = boto3.client("lambda"), boto3.client("sqs")
        queue = queues.list_queues()["QueueUrls"][0]
        for name in [function["FunctionName"] for function in functions.list_functions()["Functions"]]:
            for config in functions.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]:
                arn = config["FunctionArn"]
                functions.invoke(FunctionName=arn, InvocationType="Event", Payload=b'{"an event": "of no kind"}')
                with self._patience(f"what {arn} failed on is not in the queue") as wait:
                    while not (found := queues.receive_message(QueueUrl=queue).get("Messages")):
                        wait()
                for message in found:
                    queues.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    def throttled(self) -> None:
        """a model that throttles is asked again until it answers"""
        self.model_api.set_faults(Fault(what="throttled", first=3, retry_after=0))
        assert self.ended(self.start(2), "completed")["scored_results"] == 2

    def recorded_failures(self) -> None:
        """a call that fails for good is recorded by the state machine itself, and the run goes on"""
        for kind, outcome in (("verdict", "judge_error"), ("answer", "model_error")):
            self.model_api.set_faults(Fault(what="rejected", kinds=[kind]))
            run = self.start(1)
            self.ended(run, "completed_with_failures")
            found = [item["outcome"] for item in self._get(f"/v1/runs/{run}/results")["items"]]
            assert found == [outcome], found

    def cancelled(self) -> None:
        """a run is cancelled, and the event of its execution's end brings what was done into the database"""
        run = self.start(60)
        self.until_answered(2)
        status, answer = self.api("POST", f"/v1/runs/{run}/cancel")
        assert status == 202, answer
        assert self.ended(run, "cancelled")["scored_results"] < 60

    def scheduled(self) -> None:
        """the template's schedule starts a run of a stale skill, with the role that it has"""
        self._keys += 1
        skill = f"nightly-{self._keys}"
        self._register(skill)
        example = {"example_input": "Spain", "expected_output": "Madrid"}
        status, answer = self.api("POST", f"/v1/skills/{skill}/training-examples", example)
        assert status == 201, answer
        self._fire(f"{STACK}-nightly")
        with self._patience("the schedule started nothing") as wait:
            while not (runs := self._get(f"/v1/skills/{skill}/runs")["items"]):
                wait()
        assert self.ended(runs[0]["id"], "completed")["triggered_by"] == "schedule"

    # -- what steps have in common ------------------------------------------------------------------------------------

    def start(self, cases: int, **more: Any) -> str:
        self._keys += 1
        body = {
            "test_cases": [{"input": f"{self._keys}.{n}", "expected_output": "Paris"} for n in range(cases)],
            "models": ["claude-haiku-5-5"],
            "max_concurrency": 2,
            **more,
        }
        key = f"key {self._keys} {time.time()}"
        status, answer = self.api("POST", "/v1/skills/capitals/runs", body, Idempotency_Key=key)
        self.check_denials()
        assert status == 202, answer
        run: str = answer["run_id"]
        return run

    def ended(self, run: str, *expected: str) -> dict[str, Any]:
        answer = list(self._progress(run))[-1]
        assert answer["status"] in expected, answer
        return answer

    def until_answered(self, times: int) -> None:
        """Until the model API has been asked for so many answers since its faults were set."""
        with self._patience("the model API is not asked") as wait:
            while sum(n for name, n in self.model_api.calls().items() if name.startswith("answer ")) < times:
                wait()

    def _progress(self, run: str) -> Iterator[dict[str, Any]]:
        """The run as the API shows it, until it has ended."""
        with self._patience(f"{run} does not end") as wait:
            while True:
                answer = self._get(f"/v1/runs/{run}")
                yield answer
                if answer["status"] not in _UNFINISHED and answer["scored_results"] is not None:
                    return
                wait()

    def _get(self, path: str) -> dict[str, Any]:
        status, answer = self.api("GET", path)
        self.check_denials()
        assert status == 200, answer
        found: dict[str, Any] = answer
        return found

    def _register(self, skill: str) -> None:
        body = {"name": skill, "content": "Answer with the capital."}
        status, answer = self.api("PUT", f"/v1/skills/{skill}", body)
        self.check_denials()
        assert status in {200, 201}, answer

    def _finished_run(self) -> str:
        if not self._run:
            self._register("capitals")
            self._run = self.start(3, models=MODELS)
            self.ended(self._run, "completed")
        return self._run

    def _bucket(self) -> str:
        described = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        return next(str(output["OutputValue"]) for output in described if output["OutputKey"] == "RecordsBucketName")

    def _fire(self, name: str) -> None:
        """Have a schedule fire now, and not again."""
        scheduler = boto3.client("scheduler")
        given = scheduler.get_schedule(Name=name)
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        target = given["Target"]
        if "Input" in target:
            # The emulator does not fill this in.
            target["Input"] = target["Input"].replace("<aws.scheduler.scheduled-time>", f"{now}Z")
        scheduler.update_schedule(
            Name=name,
            Target=target,
            FlexibleTimeWindow=given["FlexibleTimeWindow"],
            ScheduleExpression=f"at({now})",
            State="ENABLED",
        )

    @contextmanager
    def _patience(self, what: str, seconds: float = 60) -> Iterator[Callable[[], None]]:
        """What to call while something is not yet so; it fails in the end, or when something was denied."""
        deadline = time.monotonic() + seconds

        def wait() -> None:
            self.check_denials()
            assert time.monotonic() < deadline, what
            time.sleep(0.2)

        yield wait


Step = Callable[[Scenario], None]

STEPS: list[Step] = [
    Scenario.migrate,
    Scenario.reach,
    Scenario.whole_run,
    Scenario.reports,
    Scenario.rejudge,
    Scenario.expired,
    Scenario.throttled,
    Scenario.recorded_failures,
    Scenario.cancelled,
    Scenario.scheduled,
    Scenario.lost_events,
]
