"""What the stand-in says and does, without its HTTP side."""

import json
from pathlib import Path

import pytest

from local.model_api import simulation
from local.model_api.faults import Fault, Schedule
from local.model_api.latency import Clock, Latency
from local.model_api.replay import UNREADABLE, NotRecorded, Recording
from skill_benchmark.domain.judging import JudgeMaterial, compose_request
from skill_benchmark.domain.self_identification import redact
from skill_benchmark.domain.verdicts import Verdict, verdict_schema

INPUT = "The quick brown fox jumps over the lazy dog while twelve wizards watch from a bridge. " * 3


def judged(answer: str) -> Verdict:
    request = compose_request(JudgeMaterial("Repeat.", INPUT, None, answer))
    reply = simulation.verdict("judge", request.user, request.schema)
    return Verdict.read(reply, had_reference=False)


def test_the_same_request_gets_the_same_answer_and_a_repeat_another() -> None:
    first, again, repeat = (simulation.answer("claude-haiku-5-5", "Repeat.", INPUT, n) for n in (0, 0, 1))
    assert first == again
    assert first != repeat


def test_an_answer_and_a_verdict_say_that_they_are_simulated() -> None:
    answer = simulation.answer("claude-haiku-5-5", "Repeat.", INPUT, 0)
    assert answer.startswith(simulation.MARK)
    assert judged(answer).quality_notes.startswith(simulation.MARK)


def test_an_abler_model_is_judged_better_by_a_judge_who_cannot_see_which_it_was() -> None:
    scores = {
        model: [judged(simulation.answer(model, "Repeat.", INPUT, n)).quality_score for n in range(30)]
        for model in ("claude-opus-5-5", "claude-haiku-5-5")
    }
    assert sum(scores["claude-opus-5-5"]) > sum(scores["claude-haiku-5-5"])
    assert len(set(scores["claude-haiku-5-5"])) > 3


def test_a_schema_with_more_properties_gets_a_value_for_each() -> None:
    schema = verdict_schema(had_reference=True)
    schema["properties"]["evidence"] = {"type": "array", "items": {"type": "string"}}
    reply = json.loads(simulation.verdict("judge", "nothing", schema))
    assert list(reply) == list(schema["properties"])
    assert reply["evidence"] == []


@pytest.mark.parametrize(
    ("fault", "hits"),
    [
        ({"first": 2}, [1, 2]),
        ({"every": 3}, [3, 6]),
        ({"model": "another"}, []),
        ({"kinds": ["verdict"]}, []),
        ({"contains": "needle"}, []),
        ({"probability": 0}, []),
        ({}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_fault_happens_on_its_schedule(fault: dict[str, object], hits: list[int]) -> None:
    schedule = Schedule([Fault.model_validate({"what": "throttled", **fault})])
    assert [n for n in range(1, 7) if schedule.meet("answer", "model", "text")] == hits


def test_a_fault_by_chance_is_the_same_chance_again() -> None:
    def run() -> list[bool]:
        schedule = Schedule([Fault(what="reset", probability=0.5, seed=7)])
        return [schedule.meet("answer", "m", "t") is not None for _ in range(50)]

    assert run() == run()
    assert 10 < sum(run()) < 40


def test_latency_is_fixed_or_spread_around_its_median() -> None:
    assert {Clock(Latency(median=0.2)).next() for _ in range(5)} == {0.2}
    clock = Clock(Latency(median=0.2, sigma=0.5, seed=1))
    taken = sorted(clock.next() for _ in range(1001))
    assert 0.18 < taken[500] < 0.22
    assert taken[0] < 0.1
    assert taken[-1] > 0.4


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    path = tmp_path / "recording.jsonl"
    lines = [
        {"model": "m", "input": "same", "output": "first"},
        {"model": "m", "input": "same", "output": "second\u2028"},
        {"input": "same", "output": "first", "verdict": {"quality_score": 10}},
        {"input": "same", "output": "second\u2028", "verdict": None},
        {"input": "same", "output": "second\u2028", "verdict": "as it was", "judge": "j"},
        {"input": "same", "output": "I am Claude.", "verdict": {"quality_score": 20}},
    ]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return Recording.read(path)


def test_recorded_answers_come_in_their_order(recording: Recording) -> None:
    assert [recording.answer("m", "same").output for _ in range(3)] == ["first", "second\u2028", "first"]


def test_recorded_verdicts_are_found_by_the_answer_as_the_judge_is_shown_it(recording: Recording) -> None:
    def verdict(judge: str, answer: str) -> str:
        blocks = simulation.blocks(compose_request(JudgeMaterial("Repeat.", "same", None, answer)).user)
        return recording.verdict(judge, blocks["input"], blocks["answer"])

    assert json.loads(verdict("any", "first")) == {"quality_score": 10}
    assert verdict("any", "second\u2028") == UNREADABLE
    assert verdict("j", "second\u2028") == "as it was"
    assert json.loads(verdict("any", redact("I am Claude.").text)) == {"quality_score": 20}
    told = recording.verdict("any", "same", "I am Claude.", others=["You are Claude."])
    assert json.loads(told) == {"quality_score": 20}, "a name that the case has stays"


def test_what_was_not_recorded_is_said(recording: Recording) -> None:
    with pytest.raises(NotRecorded, match="no answer of m to the input that begins 'other'"):
        recording.answer("m", "other")
    with pytest.raises(NotRecorded, match="no verdict"):
        recording.verdict("any", "same", "third")


def test_a_broken_line_of_a_recording_is_named(tmp_path: Path) -> None:
    path = tmp_path / "recording.jsonl"
    path.write_text('{"model": "m", "input": "i", "output": "o"}\n{"model": 1}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 2: "):
        Recording.read(path)
