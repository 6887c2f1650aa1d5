"""Runs that a schedule starts: one for each skill, each on its own."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt

from skill_benchmark.adapters import postgres_runs
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.domain.errors import SkillBenchmarkError
from skill_benchmark.domain.plan import ModelProvider
from skill_benchmark.use_cases.start_run import Idempotency, RunStarter, StartRequest


def _filled_in(scheduled_at: str) -> str:
    """Every night would have the same time, and the runs of the first one would be those of all."""
    if "<" in scheduled_at or "aws.scheduler" in scheduled_at:
        raise ValueError(
            "is the placeholder of EventBridge Scheduler, which nobody has filled in; send the time of the firing"
        )
    return scheduled_at


class ScheduledRuns(BaseModel):
    """What an EventBridge schedule sends."""

    model_config = ConfigDict(extra="forbid")

    tenant_id: str = Field(min_length=1)
    skills: Annotated[list[str], Field(min_length=1)] | Literal["all stale"]
    """Ids of skills, or all that have no completed run of the last `stale_after_days` days by the same provider."""
    stale_after_days: PositiveInt = 7
    scheduled_at: Annotated[str, Field(min_length=1), AfterValidator(_filled_in)]
    """The same in every delivery of one firing, so that a second delivery starts nothing."""
    models: list[str] | None = None
    judges: list[str] | None = None


class StartedRun(BaseModel):
    skill_id: str
    run_id: str


class NotStarted(BaseModel):
    skill_id: str
    reason: str


class Started(BaseModel):
    """What came of a firing; one skill that cannot be run does not stop the others."""

    started: list[StartedRun]
    not_started: list[NotStarted]


def start_scheduled(schedule: ScheduledRuns, database: Database, starter: RunStarter) -> Started:
    """Start a run for each skill. Fired twice, it finds the runs of the first time."""
    # Of what the schedule asks for and not of what it finds: an example added between two deliveries is no other
    # request. Nor is a field that a release adds between them.
    firing = hashlib.sha256(schedule.model_dump_json(exclude_defaults=True).encode()).hexdigest()
    result = Started(started=[], not_started=[])
    for skill_id in _skills(schedule, database, starter.model_provider):
        request = StartRequest(
            tenant_id=schedule.tenant_id,
            skill_id=skill_id,
            models=schedule.models,
            judges=schedule.judges,
            triggered_by="schedule",
            idempotency=Idempotency(f"schedule {firing[:32]} {skill_id}"[:255], firing),
        )
        try:
            result.started.append(StartedRun(skill_id=skill_id, run_id=starter.start(request)))
        except SkillBenchmarkError as error:
            result.not_started.append(NotStarted(skill_id=skill_id, reason=str(error)))
    return result


def _skills(schedule: ScheduledRuns, database: Database, model_provider: ModelProvider) -> Sequence[str]:
    if schedule.skills != "all stale":
        return list(dict.fromkeys(schedule.skills))
    with database.transaction(schedule.tenant_id) as cursor:
        return postgres_runs.stale_skills(cursor, schedule.stale_after_days, model_provider)
