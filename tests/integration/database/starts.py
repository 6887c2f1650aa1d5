"""Runs that are started, re-judged, resumed and cancelled over real rows and records, and executions in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from skill_benchmark.adapters import postgres_runs, postgres_skills
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.postgres_skills import Registration, Skill
from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.domain.plan import ModelProvider, PlannedCase, TestCase
from skill_benchmark.domain.run_status import Attempt
from skill_benchmark.use_cases.cancel_run import RunCanceller
from skill_benchmark.use_cases.complete_run import RunCompleter
from skill_benchmark.use_cases.execution_end import ExecutionEnd
from skill_benchmark.use_cases.reconcile import Reconciler
from skill_benchmark.use_cases.rejudge import RejudgeRequest, rejudge
from skill_benchmark.use_cases.resume_run import RunResumer
from skill_benchmark.use_cases.share_places import PlaceSharer
from skill_benchmark.use_cases.start_run import Idempotency, RunStarter, StartRequest
from skill_benchmark.use_cases.write_results import ResultWriter, Shard
from tests.integration.database.step_functions import MACHINE, StepFunctions

TENANT = "acme"
KEY = Idempotency("key", "0" * 64)
CASES = [TestCase(input="Say a.", expected_output="a")]


@dataclass(frozen=True)
class Starts:
    """A deployment without its functions."""

    database: Database
    store: ObjectStore
    machine: StepFunctions = field(default_factory=StepFunctions)
    provider: ModelProvider = "anthropic"
    defaults: Sequence[str] = ("model-a",)

    def with_provider(self, provider: ModelProvider) -> "Starts":
        return replace(self, provider=provider)

    @property
    def engine(self) -> WorkflowEngine:
        return WorkflowEngine(MACHINE, cast("Any", self.machine))

    @property
    def starter(self) -> RunStarter:
        return RunStarter(
            database=self.database,
            store=self.store,
            engine=self.engine,
            model_provider=self.provider,
            default_models=self.defaults,
            default_judges=["judge-a"],
            capacity=1_000,
        )

    def start(self, idempotency: Idempotency = KEY, **changes: Any) -> str:
        asked: dict[str, Any] = {"skill_content": "Repeat.", "test_cases": CASES, **changes}
        return self.starter.start(StartRequest(TENANT, "echo", idempotency=idempotency, **asked))

    def rejudge(self, run_id: str, idempotency: Idempotency = KEY) -> str:
        return rejudge(self.starter, RejudgeRequest(TENANT, run_id, idempotency=idempotency))

    def cancel(self, run_id: str) -> None:
        RunCanceller(self.database, self.engine).cancel(TENANT, run_id)

    def resume(self, run_id: str, *, seconds_of_late_records: float = 0) -> None:
        RunResumer(self.database, self.store, self.engine, self.provider, seconds_of_late_records).resume(
            TENANT, run_id
        )

    def reconciler(self) -> Reconciler:
        sharer = PlaceSharer(self.database, self.engine, self.provider, 1_000)
        return Reconciler(self.database, self.store, self.engine, sharer)

    def end(self, run_id: str, name: str, status: str = "ABORTED") -> None:
        """What the rule on the end of executions has done in the end."""
        arn = self.engine.execution_arn(name)
        self.machine.ended(arn, status)
        attempt, ended = Attempt(arn, 0), ExecutionEnd(executionArn=arn, status=status)
        shard = Shard(run_id=run_id, tenant_id=TENANT, first_case=0, end_case=1)
        written = ResultWriter(self.database, self.store).write(shard, attempt, ended_early=True)
        RunCompleter(self.database).complete(TENANT, run_id, attempt, ended, [written.unfinished])

    def register(self, content: str, name: str = "Echo") -> Skill:
        with self.database.transaction(TENANT) as cursor:
            return postgres_skills.put_skill(cursor, "echo", content, Registration(name))

    def add_example(self, text: str) -> None:
        with self.database.transaction(TENANT) as cursor:
            case = PlannedCase(input=text, expected_output=text)
            postgres_skills.add_training_example(cursor, "echo", case)

    def row(self, run_id: str) -> dict[str, Any]:
        [row] = self.rows("benchmark_runs", "WHERE id = %s", run_id)
        return row

    def rows(self, table: str, where: str = "", *values: Any) -> list[dict[str, Any]]:
        with self.database.transaction(TENANT) as cursor:
            return cursor.execute(
                f"SELECT xmin::text AS version, * FROM {table} {where} ORDER BY id", values
            ).fetchall()

    def stale(self) -> list[str]:
        with self.database.transaction(TENANT) as cursor:
            return postgres_runs.stale_skills(cursor, 7, self.provider)
