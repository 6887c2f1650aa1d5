"""Start a run: its plan, its row, and the execution."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skill_benchmark.adapters import postgres_runs, postgres_skills
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Cursor, Database
from skill_benchmark.adapters.postgres_daily_calls import check_daily_calls, lock_daily_calls
from skill_benchmark.adapters.workflow_engine import WorkflowEngine
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.judging import PROMPT_VERSION, rubric_sha256
from skill_benchmark.domain.limits import DEFAULT_CONCURRENCY
from skill_benchmark.domain.plan import (
    ModelProvider,
    Plan,
    TestCase,
    check_duration,
    check_panel,
    check_size,
    checked_cases,
    checked_rubric,
    checked_skill,
    new_run_id,
)
from skill_benchmark.use_cases.begin_run import begin_run, require_provider


@dataclass(frozen=True)
class Idempotency:
    """The caller's key, if there is one, and the hash of the request that it stands for."""

    key: str | None = None
    request_sha256: str | None = None


NOT_IDEMPOTENT = Idempotency()


@dataclass(frozen=True)
class StartRequest:
    """What somebody asks to be run. What is None comes from the stored skill or the defaults."""

    tenant_id: str
    skill_id: str
    skill_content: str | None = None
    """Run as it is; the skill's own text stays what it is."""
    test_cases: Sequence[TestCase] | None = None
    models: Sequence[str] | None = None
    judges: Sequence[str] | None = None
    verdicts_per_judge: int = 1
    exclude_same_family: bool = False
    rubric: str | None = None
    repeats: int = 1
    max_concurrency: int = DEFAULT_CONCURRENCY
    triggered_by: str = "api"
    idempotency: Idempotency = NOT_IDEMPOTENT


@dataclass(frozen=True)
class RunStarter:
    """Starts runs. Everything it does can be done again: the same idempotency key ends at the same execution."""

    database: Database
    store: ObjectStore
    engine: WorkflowEngine
    model_provider: ModelProvider
    default_models: Sequence[str]
    default_judges: Sequence[str]
    capacity: int
    """Calls in flight of all runs together."""
    daily_calls: int = 0
    """Calls that the runs of a tenant may plan in a day; 0 for no limit."""

    def start(self, request: StartRequest) -> str:
        """Returns the run's id. Raises InvalidInput, NotFound, Conflict or DailyCallsReached, with nothing written.

        What AWS does not do at this moment is raised too; the same key starts the same run then.
        """
        return self.repeated(request.tenant_id, request.idempotency) or self.launch(
            request.tenant_id, lambda cursor: self._plan(cursor, request), request.idempotency
        )

    def repeated(self, tenant_id: str, idempotency: Idempotency) -> str | None:
        """The run that the key has made before, started if it was not; None for a new request.

        Nothing else is looked at before: what a repeated request names may have changed meanwhile. Raises Conflict.
        """
        if idempotency.key is None or idempotency.request_sha256 is None:
            return None
        with self.database.transaction(tenant_id) as cursor:
            run_id = postgres_runs.known_run(cursor, idempotency.key, idempotency.request_sha256)
            if run_id is None:
                return None
            row = postgres_runs.run_status(cursor, run_id)
        if row["status"] == "queued" and row["execution_arn"] is None:
            require_provider(row["model_provider"], self.model_provider)
            begin_run(self.database, self.engine, self.store.require(record_keys.plan(run_id), Plan))
        return run_id

    def launch(self, tenant_id: str, plan_of: Callable[[Cursor], Plan], idempotency: Idempotency) -> str:
        """Start the run of a plan that is made in the transaction of the run's row. Returns the run's id."""
        with self.database.transaction(tenant_id) as cursor:
            plan = plan_of(cursor)
            if self.daily_calls:
                lock_daily_calls(cursor)
            run_id = postgres_runs.create_run(cursor, plan, idempotency.key, idempotency.request_sha256)
            if run_id == plan.run_id:
                if self.daily_calls:
                    check_daily_calls(cursor, run_id, self.daily_calls)
                # Before the row is there for anyone: who finds a run that was not started finds its plan too. What
                # models and judges read is made of it by the workflow, which has no request waiting.
                self.store.put_once(record_keys.plan(run_id), plan)
        if run_id == plan.run_id:
            begin_run(self.database, self.engine, plan)
        return run_id

    def _plan(self, cursor: Cursor, request: StartRequest) -> Plan:
        models = list(self.default_models if request.models is None else request.models)
        judges = list(self.default_judges if request.judges is None else request.judges)
        given = request.test_cases
        if request.skill_content is None:
            skill = postgres_skills.current_skill(cursor, request.skill_id)
        else:
            content = checked_skill(request.skill_content)
        cases = checked_cases(postgres_skills.training_examples(cursor, request.skill_id) if given is None else given)
        check_size(len(cases), models, judges, request.repeats, request.max_concurrency)
        check_panel(models, judges, request.verdicts_per_judge, other_family=request.exclude_same_family)
        results = len(cases) * len(models) * request.repeats
        seats = len(judges) * request.verdicts_per_judge
        check_duration(results, seats, request.max_concurrency, self.capacity)
        if request.skill_content is not None:
            skill = postgres_skills.unregistered_version(cursor, request.skill_id, content)
        rubric = skill.rubric if request.rubric is None else checked_rubric(request.rubric)
        return Plan(
            run_id=new_run_id(),
            tenant_id=request.tenant_id,
            skill_id=request.skill_id,
            skill_version_id=skill.version_id,
            skill_content=skill.content,
            checks=postgres_skills.stored_checks(skill.checks, f"skill {request.skill_id!r}"),
            cases=cases,
            models=models,
            judges=judges,
            verdicts_per_judge=request.verdicts_per_judge,
            exclude_same_family=request.exclude_same_family,
            repeats=request.repeats,
            max_concurrency=request.max_concurrency,
            model_provider=self.model_provider,
            rubric=rubric,
            rubric_sha256=rubric_sha256(rubric),
            prompt_version=PROMPT_VERSION,
            triggered_by=request.triggered_by,
        )
