"""Runs and results as the API gives them. What was not measured is null, never 0."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from skill_benchmark.adapters.workflow_engine import ExecutionStatus
from skill_benchmark.domain.plan import ModelProvider
from skill_benchmark.domain.results import Outcome
from skill_benchmark.domain.summaries import RankingBasis, RunStatus

Status = Literal["queued", "running"] | RunStatus

RUN_EXAMPLE: JsonDict = {
    "id": "run_01990c5a2b3c9f1e2d3c4b5a6978",
    "skill_id": "capitals",
    "skill_version_number": 2,
    "triggered_by": "api",
    "status": "completed",
    "model_provider": "anthropic",
    "simulated": False,
    "models": ["claude-sonnet-5-5", "claude-haiku-5-5"],
    "judges": ["claude-sonnet-5-5"],
    "verdicts_per_judge": 1,
    "exclude_same_family": False,
    "repeats": 1,
    "max_concurrency": 20,
    "planned_cases": 1,
    "planned_results": 2,
    "rejudged_run_id": None,
    "scored_results": 2,
    "best_model": "claude-sonnet-5-5",
    "best_quality_score": 97.0,
    "best_model_tied_with": ["claude-haiku-5-5"],
    "ranking_basis": "means",
    "warnings": [],
    "statistics_seed": None,
    "cheapest_model": "claude-haiku-5-5",
    "cheapest_cost_microcents": 21_000,
    "model_cost_microcents": 84_000,
    "model_cost_uncounted": 0,
    "lost_attempts_cost_microcents": None,
    "lost_attempts_cost_uncounted": 0,
    "judge_cost_microcents": 390_000,
    "judge_cost_uncounted": 0,
    "unfinished_answers": None,
    "unfinished_cost_microcents": None,
    "unfinished_cost_uncounted": None,
    "plan_sha256": "5f" * 32,
    "rubric_sha256": "a1" * 32,
    "rubric": None,
    "prompt_version": "judge-1",
    "execution_arn": None,
    "error_type": None,
    "error_message": None,
    "created_at": "2026-11-23T09:00:00Z",
    "started_at": "2026-11-23T09:00:01Z",
    "completed_at": "2026-11-23T09:00:09Z",
    "results_expired_at": None,
}

RESULT_EXAMPLE: JsonDict = {
    "id": "run_01990c5a2b3c9f1e2d3c4b5a6978.1",
    "benchmark_run_id": RUN_EXAMPLE["id"],
    "answer_id": "0f" * 16,
    "model_name": "claude-haiku-5-5",
    "model_provider": "anthropic",
    "test_case_index": 0,
    "repeat_index": 0,
    "outcome": "scored",
    "input_used": "France",
    "output_produced": "Paris",
    "expected_output": "Paris",
    "text_sanitized": False,
    "stop_reason": "end_turn",
    "input_tokens": 18,
    "output_tokens": 4,
    "cache_read_tokens": 0,
    "cache_write_tokens": 0,
    "total_tokens": 22,
    "latency_ms": 412,
    "first_token_ms": 233,
    "estimated_cost_microcents": 21_000,
    "cost_missing_reason": None,
    "lost_attempts_cost_microcents": None,
    "lost_attempts_cost_uncounted": 0,
    "judge_cost_microcents": 195_000,
    "valid_verdicts": 1,
    "quality_score": 97.0,
    "quality_spread": None,
    "quality_notes": "Right and to the point.",
    "faithfulness_score": 98.0,
    "relevancy_score": 97.0,
    "precision_score": 96.0,
    "recall_score": 97.0,
    "matches_expected": True,
    "check_passed": True,
    "check_results": [{"type": "exact", "passed": True, "detail": "the answer is the expected one"}],
    "injection_suspected": False,
    "injection_reasons": [],
    "self_identification_redacted": False,
    "attempts": 1,
    "error_type": None,
    "error_message": None,
    "created_at": "2026-11-23T09:00:09Z",
    "cut": [],
}


class Row(BaseModel):
    """An object whose every field is always there."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class CheckResult(Row):
    """What one check found."""

    type: str
    passed: bool | None = Field(description="Null: not applicable.")
    detail: str


class StartedRun(Row):
    """The run that was started, or that the same `Idempotency-Key` had started."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"run_id": RUN_EXAMPLE["id"]}]})

    run_id: str


class StoppingRun(Row):
    """The run that is being stopped. It is `cancelled` once what was done is kept, and from then on nothing changes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"run_id": RUN_EXAMPLE["id"]}]})

    run_id: str


class Run(Row):
    """One run. Money is whole microcents (1e-8 US dollar), scores are 0 to 100."""

    model_config = ConfigDict(json_schema_extra={"examples": [RUN_EXAMPLE]})

    id: str
    skill_id: str
    skill_version_number: int | None = Field(
        description="Of this skill. Null: the text was given with the run and is no version of the skill."
    )
    triggered_by: str
    status: Status
    model_provider: ModelProvider
    simulated: bool = Field(
        description="The stand-in for the model API answered or judged; no score is a real judge's of a real model."
    )
    models: list[str]
    judges: list[str]
    verdicts_per_judge: int
    exclude_same_family: bool = Field(description="Verdicts of judges of an answer's own model family do not count.")
    repeats: int
    max_concurrency: int
    planned_cases: int
    planned_results: int
    rejudged_run_id: str | None = Field(description="The run whose answers were re-judged; this one bought none.")
    scored_results: int | None
    best_model: str | None
    best_quality_score: float | None
    best_model_tied_with: list[str] = Field(description="Models that the best one is not shown to be better than.")
    ranking_basis: RankingBasis | None = Field(
        description="What the best model was ranked by: the means, or, where models were scored on different test "
        "cases, the means adjusted to the same ones. Null without a best model, or by an earlier release."
    )
    warnings: list[str] = Field(description="What to know before the figures are believed.")
    statistics_seed: int | None = Field(
        description="Of what earlier releases drew at random; nothing is drawn any more."
    )
    cheapest_model: str | None
    cheapest_cost_microcents: int | None = Field(description="Average price of a scored answer of the cheapest model.")
    model_cost_microcents: int | None
    model_cost_uncounted: int | None = Field(description="Answers whose price is not known.")
    lost_attempts_cost_microcents: int | None
    lost_attempts_cost_uncounted: int | None = Field(
        description="Lost attempts whose cost is not known; null where they were not counted."
    )
    judge_cost_microcents: int | None
    judge_cost_uncounted: int | None
    unfinished_answers: int | None = Field(
        description="Of a run that ended early: answers that were begun and are in no result. Resuming finishes them."
    )
    unfinished_cost_microcents: int | None = Field(description="What these have cost; it is in no other sum.")
    unfinished_cost_uncounted: int | None = Field(description="Calls of these whose price is not known.")
    plan_sha256: str
    rubric_sha256: str
    rubric: str | None = Field(description="Null: the service's own.")
    prompt_version: str
    execution_arn: str | None
    error_type: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    results_expired_at: datetime | None
    """When its results were deleted, because the deployment keeps them for a time only; its summaries stay."""


class RunProgress(Row):
    """Test cases of a run that has not ended: done and failed as the Map Run of its execution counts them."""

    done: int = Field(description="Finished, the failed ones included.")
    planned: int
    failed: int


class RunWithProgress(Run):
    """One run, and how far it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**RUN_EXAMPLE, "execution_status": None, "progress": None, "queue_position": None}]
        },
    )

    execution_status: ExecutionStatus | None = Field(
        description="Of a run that has not ended: its execution as Step Functions has it. `ABORTED` is a run that was "
        "stopped and is `cancelled` once what it had finished is written. Null: there is none, or it is not known."
    )
    progress: RunProgress | None = Field(
        description="Null once the run has ended: then its row says what came of it. Null, too, while it is not known."
    )
    queue_position: int | None = Field(
        description="Of a run that waits for calls of models to be free: 1 is admitted next. Null for every other run."
    )


class RunPage(Row):
    """Runs, the newest first. A status is as the run's row says it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [RUN_EXAMPLE], "next_cursor": None}]})

    items: list[Run]
    next_cursor: str | None


class Result(Row):
    """One answer of one model to one test case, and what the judges said of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [RESULT_EXAMPLE]})

    id: str = Field(description="The run's id, and the place of the answer among those that the run planned.")
    benchmark_run_id: str
    answer_id: str
    model_name: str
    model_provider: ModelProvider
    test_case_index: int
    repeat_index: int
    outcome: Outcome
    input_used: str
    output_produced: str | None
    expected_output: str | None
    text_sanitized: bool = Field(description="Characters that cannot be stored were removed from a text.")
    stop_reason: str | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    total_tokens: int | None
    latency_ms: int | None
    first_token_ms: int | None
    estimated_cost_microcents: int | None
    cost_missing_reason: str | None
    lost_attempts_cost_microcents: int | None
    lost_attempts_cost_uncounted: int | None = Field(
        description="Lost attempts whose cost is not known; null where they were not counted."
    )
    judge_cost_microcents: int | None
    valid_verdicts: int = Field(description="The scores are means of these.")
    quality_score: float | None
    quality_spread: float | None = Field(description="Standard deviation of the verdicts; null for fewer than two.")
    quality_notes: str | None
    faithfulness_score: float | None
    relevancy_score: float | None
    precision_score: float | None
    recall_score: float | None
    matches_expected: bool | None = Field(description="What the judges say.")
    check_passed: bool | None = Field(description="What the checks say; where there is one, it decides.")
    check_results: list[CheckResult] | None
    injection_suspected: bool | None = Field(description="The answer looks as if it addressed a judge; null: unknown.")
    injection_reasons: list[str] | None
    self_identification_redacted: bool | None = Field(description="The judges were shown it without the model's name.")
    attempts: int | None
    error_type: str | None
    error_message: str | None
    created_at: datetime
    cut: list[str] = Field(
        default=[], description="Texts that are too long for a response, of which only the beginning is here."
    )


class ResultPage(Row):
    """Results by model, test case and repeat."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [RESULT_EXAMPLE], "next_cursor": None}]})

    items: list[Result]
    next_cursor: str | None


class LatestRun(Row):
    """The latest completed run of a skill; `results.next_cursor` continues with the results of this run."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"run": RUN_EXAMPLE, "results": {"items": [RESULT_EXAMPLE], "next_cursor": None}}]
        }
    )

    run: Run
    results: ResultPage
