"""Re-judge the answers of a run: another rubric, other judges, and no answer is bought again."""

from collections.abc import Sequence
from dataclasses import dataclass

from skill_benchmark.adapters import postgres_runs
from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.judging import PROMPT_VERSION, rubric_sha256
from skill_benchmark.domain.plan import (
    Plan,
    RejudgedRun,
    check_duration,
    check_panel,
    check_size,
    checked_rubric,
    new_run_id,
)
from skill_benchmark.domain.run_status import UNFINISHED
from skill_benchmark.use_cases.start_run import NOT_IDEMPOTENT, Idempotency, RunStarter


@dataclass(frozen=True)
class RejudgeRequest:
    """What somebody asks to be re-judged. What is None is as it was."""

    tenant_id: str
    run_id: str
    judges: Sequence[str] | None = None
    verdicts_per_judge: int | None = None
    exclude_same_family: bool | None = None
    rubric: str | None = None
    triggered_by: str = "api"
    idempotency: Idempotency = NOT_IDEMPOTENT


def rejudge(starter: RunStarter, request: RejudgeRequest) -> str:
    """Start a run on the stored answers of another. Returns its id.

    Raises NotFound, InvalidInput, or Conflict for a run that has not ended or whose records have expired.
    """
    if run_id := starter.repeated(request.tenant_id, request.idempotency):
        return run_id
    with starter.database.transaction(request.tenant_id) as cursor:
        status = postgres_runs.run_status(cursor, request.run_id)["status"]
    if status in UNFINISHED:
        raise Conflict(f"the run is {status}; its answers can be re-judged when it has ended", kind="run-not-ended")
    source = starter.store.get(record_keys.plan(request.run_id), Plan)
    if source is None:
        raise Conflict(
            "the records of the run have expired, and its answers with them; start a new run", kind="records-expired"
        )
    plan = _plan(source, request, starter)

    def plan_of(_: Cursor) -> Plan:
        return plan

    return starter.launch(request.tenant_id, plan_of, request.idempotency)


def _plan(source: Plan, request: RejudgeRequest, starter: RunStarter) -> Plan:
    judges = source.judges if request.judges is None else list(request.judges)
    verdicts = source.verdicts_per_judge if request.verdicts_per_judge is None else request.verdicts_per_judge
    other_family = source.exclude_same_family if request.exclude_same_family is None else request.exclude_same_family
    check_size(len(source.cases), source.models, judges, source.repeats, source.max_concurrency)
    check_panel(source.models, judges, verdicts, other_family=other_family)
    check_duration(source.planned_results, len(judges) * verdicts, source.max_concurrency, starter.capacity)
    rubric = source.rubric if request.rubric is None else checked_rubric(request.rubric)
    fixed = source.model_dump(exclude={"answer_key"})
    bought = source.rejudged or source
    return Plan.model_validate(
        {
            **fixed,
            "run_id": new_run_id(),
            "judges": judges,
            "verdicts_per_judge": verdicts,
            "exclude_same_family": other_family,
            "rubric": rubric,
            "rubric_sha256": rubric_sha256(rubric),
            "prompt_version": PROMPT_VERSION,
            "model_provider": starter.model_provider,
            "triggered_by": request.triggered_by,
            # Re-judged once more, they are still the answers of the run that bought them.
            "rejudged": RejudgedRun(
                run_id=bought.run_id, answer_key=bought.answer_key, model_provider=source.answered_by
            ),
        }
    )
