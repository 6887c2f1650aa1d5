"""What a result, its verdicts and its measurement are as rows: columns, and values in their order."""

from typing import Any

from psycopg.types.json import Jsonb

from skill_benchmark.domain.judging import PROMPT_VERSION
from skill_benchmark.domain.measured import TOKENS
from skill_benchmark.domain.plan import Plan, PlannedCase
from skill_benchmark.domain.records import AnswerRecord, Call
from skill_benchmark.domain.results import JudgeCall, Result
from skill_benchmark.domain.verdicts import DIMENSIONS

RESULT_KEY = ("tenant_id", "benchmark_run_id", "model_name", "test_case_index", "repeat_index")
VERDICT_KEY = (*RESULT_KEY, "judge", "verdict_index")

# What the plan says of a row; it cannot change when the row gives way to a better one.
RESULT_FIXED = frozenset({"answer_id", "model_provider", "input_used", "expected_output"})
VERDICT_FIXED = frozenset({"same_family", "left_out", "had_reference", "rubric_sha256"})

RESULT_COLUMNS = (
    "tenant_id", "benchmark_run_id", "answer_id", "model_name", "model_provider", "test_case_index", "repeat_index",
    "input_used", "output_produced", "expected_output", "text_sanitized", *TOKENS, "latency_ms",
    "first_token_ms", "estimated_cost_microcents", "cost_missing_reason", "lost_attempts_cost_microcents",
    "lost_attempts_cost_uncounted",
    "judge_cost_microcents", "valid_verdicts", "quality_score", "quality_spread", "quality_notes", *DIMENSIONS,
    "matches_expected", "check_passed", "check_results", "injection_suspected", "injection_reasons",
    "self_identification_redacted", "outcome", "stop_reason", "error_type", "error_message", "attempts",
)  # fmt: skip
VERDICT_COLUMNS = (
    "tenant_id", "benchmark_run_id", "model_name", "test_case_index", "repeat_index", "judge", "verdict_index",
    "same_family", "left_out", "repaired", "status", "quality_score", "evidence_quotes", "quality_notes", *DIMENSIONS,
    "matches_expected", "had_reference", "input_sha256",
    "rubric_sha256", "prompt_version", *TOKENS, "estimated_cost_microcents", "cost_missing_reason", "latency_ms",
    "attempts", "error_type", "error_message",
)  # fmt: skip
MEASUREMENT_COLUMNS = (
    "tenant_id", "skill_id", "source", "benchmark_run_id", "deduplication_key", "model_name", "model_provider",
    *TOKENS, "estimated_cost_microcents", "latency_ms",
)  # fmt: skip


def result_row(plan: Plan, result: Result) -> tuple[Any, ...]:
    case: PlannedCase = plan.cases[result.case_index]
    answer = result.answer
    call = answer.call if answer else Call()
    notes = next((made.record.verdict.quality_notes for made in result.judge_calls if made.record), None)
    reasons = answer.injection_reasons if answer else None
    check = result.check
    return (
        plan.tenant_id,
        plan.run_id,
        result.branch.answer_id,
        result.branch.model,
        plan.answered_by,
        result.case_index,
        result.branch.repeat_index,
        case.input,
        answer.text if answer else None,
        case.expected_output,
        case.text_sanitized or bool(answer and answer.text_sanitized),
        *_token_values(call),
        call.latency_ms,
        call.first_token_ms,
        call.cost_microcents,
        call.cost_missing_reason,
        result.lost_cost_microcents,
        result.lost_cost_uncounted,
        result.judge_cost_microcents,
        result.valid_verdicts,
        result.quality_score,
        result.quality_spread,
        notes,
        *(result.dimensions[name] for name in DIMENSIONS),
        result.matches_expected,
        check.passed if check else None,
        Jsonb(check.model_dump(mode="json")["results"]) if check else None,
        None if reasons is None else bool(reasons),
        None if reasons is None else list(reasons),
        answer.self_identification_redacted if answer else None,
        result.outcome,
        answer.stop_reason if answer else None,
        result.error_type,
        result.error_message,
        call.attempts if answer else None,
    )


def verdict_row(plan: Plan, result: Result, made: JudgeCall) -> tuple[Any, ...]:
    record = made.record
    verdict = record.verdict if record else None
    call = record.call if record else Call()
    return (
        plan.tenant_id,
        plan.run_id,
        result.branch.model,
        result.case_index,
        result.branch.repeat_index,
        made.seat.judge,
        made.seat.verdict_index,
        made.same_family,
        made.left_out,
        bool(record and record.repaired),
        made.status,
        verdict.quality_score if verdict else None,
        list(verdict.evidence_quotes) if verdict else None,
        verdict.quality_notes if verdict else None,
        *(getattr(verdict, name) if verdict else None for name in DIMENSIONS),
        verdict.matches_expected if verdict else None,
        plan.cases[result.case_index].expected_output is not None,
        record.input_sha256 if record else None,
        plan.rubric_sha256,
        PROMPT_VERSION if record is None else record.prompt_version,
        *_token_values(call),
        made.cost_microcents,
        made.cost_missing_reason,
        call.latency_ms,
        made.attempts,
        made.failure.error_type if made.failure else None,
        made.failure.message if made.failure else None,
    )


def measurement_row(plan: Plan, answer: AnswerRecord) -> tuple[Any, ...]:
    return (
        plan.tenant_id,
        plan.skill_id,
        "benchmark",
        plan.run_id,
        answer.answer_id,
        answer.model,
        plan.model_provider,
        *_token_values(answer.call),
        answer.call.cost_microcents,
        answer.call.latency_ms,
    )


def _token_values(call: Call) -> tuple[int | None, ...]:
    usage = call.usage
    if usage is None:
        return (None, None, None, None)
    return (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
