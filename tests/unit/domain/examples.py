"""Plans and records that are valid, for tests to vary."""

from typing import Any

from skill_benchmark.domain.money import Usage
from skill_benchmark.domain.plan import Plan, PlannedCase, Seat
from skill_benchmark.domain.records import AnswerRecord, Call, VerdictRecord
from skill_benchmark.domain.verdicts import Verdict

SHA256 = "0" * 64


def a_plan(**changes: Any) -> Plan:
    return Plan(
        **{
            "run_id": "run_1",
            "tenant_id": "tenant",
            "skill_id": "skill",
            "skill_version_id": 1,
            "skill_content": "Answer.",
            "cases": [PlannedCase(input="one", expected_output="1"), PlannedCase(input="two")],
            "models": ["model-a", "model-b"],
            "judges": ["judge-1"],
            "rubric_sha256": SHA256,
            "prompt_version": "judge-1",
            **changes,
        }
    )


def a_call(cost: int | None = 100, latency_ms: int = 1000) -> Call:
    return Call(
        usage=Usage(input_tokens=10, output_tokens=5),
        latency_ms=latency_ms,
        first_token_ms=latency_ms // 2,
        cost_microcents=cost,
        cost_missing_reason="no price is known" if cost is None else None,
    )


def an_answer(**changes: Any) -> AnswerRecord:
    return AnswerRecord(
        **{
            "answer_id": "a" * 32,
            "case_index": 0,
            "model": "model-a",
            "repeat_index": 0,
            "outcome": "answered",
            "text": "1",
            "stop_reason": "end_turn",
            "call": a_call(),
            **changes,
        }
    )


def a_verdict(quality_score: int = 80, *, judge: str = "judge-1", **changes: Any) -> VerdictRecord:
    verdict = Verdict(
        quality_notes="Fine.",
        faithfulness_score=90,
        relevancy_score=80,
        precision_score=70,
        recall_score=60,
        quality_score=quality_score,
        matches_expected=changes.pop("matches_expected", True),
    )
    return VerdictRecord(
        **{
            "answer_id": "a" * 32,
            "judge": judge,
            "status": "scored",
            "verdict": verdict,
            "had_reference": True,
            "input_sha256": SHA256,
            "rubric_sha256": SHA256,
            "prompt_version": "judge-1",
            "call": a_call(cost=40),
            **changes,
        }
    )


def by_seat(*verdicts: VerdictRecord) -> dict[Seat, VerdictRecord]:
    return {Seat(judge=verdict.judge, verdict_index=verdict.verdict_index): verdict for verdict in verdicts}
