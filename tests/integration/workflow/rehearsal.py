"""A run by the second interpreter of the state machine, over the functions and the records of the stack."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from skill_benchmark.adapters.workflow_engine import Execution as Described
from skill_benchmark.adapters.workflow_engine import ExecutionInput, WorkflowEngine
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Plan, TestCase
from skill_benchmark.use_cases.resume_run import RunResumer
from skill_benchmark.use_cases.start_run import RunStarter, StartRequest
from tests.asl.interpreter import Aborted, Execution, TaskFailed
from tests.integration.conftest import JUDGE, MODELS, Service

ROOT = Path(__file__).parents[3]
DEFINITION: dict[str, Any] = yaml.safe_load((ROOT / "workflow/benchmark_run.asl.yaml").read_text(encoding="utf-8"))
TENANT = "local"


class Unstarted(WorkflowEngine):
    """Starts nothing: the test runs the execution itself. What it has run has ended."""

    fails: Exception | None = None

    def start(self, plan: Plan, name: str | None = None) -> str:
        if self.fails:
            raise self.fails
        return self.execution_arn(name or plan.run_id)

    def describe(self, execution_arn: str) -> Described | None:
        return Described(execution_arn, "FAILED", "{}", None, 0, None, None)


@dataclass
class Rehearsal:
    """One run, started and not yet executed. Functions in `down` fail, as they do when what they need is not there."""

    service: Service
    plan: Plan
    down: set[str] = field(default_factory=set)
    aborts_after: int | None = None
    """Calls of Call Model after which somebody stops the execution."""
    aborts_after_verdicts: int | None = None
    """Calls of Judge Answer after which somebody stops it."""
    announced: list[dict[str, Any]] = field(default_factory=list)
    invoked: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, service: Service, cases: int, **changes: Any) -> "Rehearsal":
        service.model_api.set_faults()
        starter = RunStarter(
            database=service.stack.database,
            store=service.stack.store,
            engine=_engine(service),
            model_provider="simulated",
            default_models=MODELS,
            default_judges=[JUDGE],
            capacity=1_000,
            daily_calls=0,
        )
        given = [TestCase(input=f"Repeat case {index}.", expected_output=f"case {index}") for index in range(cases)]
        request = StartRequest(TENANT, "echo", skill_content="Repeat the input.", test_cases=given, **changes)
        run_id = starter.start(request)
        return cls(service, service.stack.store.require(record_keys.plan(run_id), Plan))

    def execution(self, name: str | None = None) -> Execution:
        arn = _engine(self.service).execution_arn(name or self.plan.run_id)
        given = ExecutionInput.of(self.plan).model_dump(mode="json")
        return Execution(DEFINITION, given, self._invoke, arn, self._items)

    def end_of(self, execution: Execution) -> Execution:
        """The execution that EventBridge starts when another has ended."""
        assert execution.status != "SUCCEEDED"
        name = f"end-of-{execution.arn.rpartition(':')[2]}"
        return Execution(DEFINITION, execution.end_event(), self._invoke, _engine(self.service).execution_arn(name))

    def resume(self, *, seconds_of_late_records: float = 0, fails: Exception | None = None) -> None:
        """As the API does, when no redrive is possible any more."""
        stack, engine = self.service.stack, _engine(self.service)
        engine.fails = fails
        resumer = RunResumer(stack.database, stack.store, engine, "simulated", seconds_of_late_records)
        resumer.resume(TENANT, self.plan.run_id)

    def run(self) -> dict[str, Any]:
        """The row of the run."""
        with self.service.database() as cursor:
            row: dict[str, Any] = cursor.execute(
                "SELECT * FROM benchmark_runs WHERE id = %s", [self.plan.run_id]
            ).fetchone()
        return row

    def bought(self) -> int:
        """Answers and verdicts that the model API was asked for."""
        return sum(count for call, count in self.service.model_api.calls().items() if not call.startswith("check "))

    def _items(self, given: dict[str, Any]) -> list[Any]:
        items: list[Any] = json.loads(self.service.stack.store.get_bytes(given["cases_key"]) or b"")
        return items

    def _invoke(self, resource: str, parameters: dict[str, Any]) -> Any:
        match resource.removeprefix("arn:aws:states:::"):
            case "lambda:invoke":
                return {"Payload": self._function(parameters["FunctionName"], parameters["Payload"])}
            case "aws-sdk:s3:putObject":
                if not self.service.stack.store.put_bytes_once(parameters["Key"], parameters["Body"].encode()):
                    raise TaskFailed("S3.S3Exception", "At least one of the pre-conditions you specified did not hold")
                return {"ETag": "x"}
            case "events:putEvents":
                self.announced += [entry["Detail"] for entry in parameters["Entries"]]
                return {"FailedEntryCount": 0}
        raise NotImplementedError(resource)

    def _function(self, placeholder: str, payload: dict[str, Any]) -> Any:
        name = placeholder.removeprefix("${").removesuffix("FunctionArn}")
        folder = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
        self.invoked.append(folder)
        if folder in self.down:
            raise TaskFailed("OperationalError", "the database cannot be reached")
        if folder == "call_model" and self.aborts_after is not None:
            self.aborts_after -= 1
            if self.aborts_after < 0:
                raise Aborted
        if folder == "judge_answer" and self.aborts_after_verdicts is not None:
            self.aborts_after_verdicts -= 1
            if self.aborts_after_verdicts < 0:
                raise Aborted
        functions = self.service.stack.functions
        outcome = functions.invoke(self.service.stack.function_name(folder), json.dumps(payload).encode())
        answer = json.loads(outcome.payload)
        if outcome.failed:
            raise TaskFailed(answer["errorType"], outcome.payload.decode())
        return answer


def _engine(service: Service) -> Unstarted:
    return Unstarted(service.stack.workflow._state_machine_arn)
