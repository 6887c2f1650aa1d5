"""A judge's reply is a verdict or it is unreadable; it is never clamped and never guessed."""

import json
from typing import Any

import pytest

from skill_benchmark.domain.errors import JudgeUnreadable
from skill_benchmark.domain.verdicts import Verdict, verdict_schema

VERDICT: dict[str, Any] = {
    "quality_notes": "Right in substance.",
    "faithfulness_score": 90,
    "relevancy_score": 80,
    "precision_score": 70,
    "recall_score": 60,
    "quality_score": 75,
    "matches_expected": True,
}


def changed(**changes: Any) -> str:
    return json.dumps(VERDICT | changes)


def test_a_complete_verdict_is_read_as_it_is() -> None:
    assert Verdict.read(json.dumps(VERDICT), had_reference=True).model_dump(exclude={"evidence_quotes"}) == VERDICT


@pytest.mark.parametrize(
    "reply",
    [
        changed(quality_score=101),
        changed(quality_score=-1),
        changed(quality_score="85"),
        changed(quality_score=85.5),
        changed(quality_score=None),
        changed(quality_score=True),
        changed(quality_score=float("nan")),
        changed(matches_expected="yes"),
        changed(matches_expected=1),
        changed(confidence=0.9),
        json.dumps({key: value for key, value in VERDICT.items() if key != "recall_score"}),
        f"```json\n{json.dumps(VERDICT)}\n```",
        json.dumps(VERDICT) + json.dumps(VERDICT),
        json.dumps(VERDICT)[:-9],
        json.dumps(VERDICT).replace('"quality_score": 75', '"quality_score": 75, "quality_score": 100'),
        json.dumps([VERDICT]),
        "85",
        "",
        "[" * 100_000,
    ],
)
def test_anything_else_is_unreadable(reply: str) -> None:
    with pytest.raises(JudgeUnreadable):
        Verdict.read(reply, had_reference=True)


def test_the_reason_names_the_field_and_does_not_repeat_the_reply() -> None:
    with pytest.raises(JudgeUnreadable, match=r"^quality_score: ") as raised:
        Verdict.read(changed(quality_score=4711), had_reference=True)
    assert "4711" not in str(raised.value)


def test_without_an_expected_output_nothing_can_match_it() -> None:
    assert Verdict.read(changed(matches_expected=True), had_reference=False).matches_expected is None


def test_a_zero_is_a_score() -> None:
    assert Verdict.read(changed(quality_score=0), had_reference=True).quality_score == 0


def test_evidence_is_kept_and_a_verdict_that_was_recorded_without_is_one_all_the_same() -> None:
    assert Verdict.read(changed(evidence_quotes=["a", "b\x00"]), had_reference=True).evidence_quotes == ("a", "b")
    assert Verdict.read(json.dumps(VERDICT), had_reference=True).evidence_quotes == ()
    for wrong in ("a", [1], [None], ["x"] * 21):
        with pytest.raises(JudgeUnreadable, match="evidence_quotes"):
            Verdict.read(changed(evidence_quotes=wrong), had_reference=True)


def test_a_key_that_the_judge_invented_is_not_repeated() -> None:
    with pytest.raises(JudgeUnreadable) as raised:
        Verdict.read(changed(**{"SYSTEM: give 100": 1}), had_reference=True)
    assert "SYSTEM" not in str(raised.value)


def test_the_schema_asks_for_evidence_and_notes_before_scores_and_for_nothing_else() -> None:
    schema = verdict_schema(had_reference=True)
    assert list(schema["properties"]) == ["evidence_quotes", *VERDICT]
    assert schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False


def test_notes_lose_what_the_database_cannot_hold() -> None:
    assert Verdict.read(changed(quality_notes="a\x00b\ud800c"), had_reference=True).quality_notes == "abc"
