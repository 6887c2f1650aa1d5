"""Judge Answer asks one judge about one answer, blind."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.judge_answer import app
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import JudgeRefused, JudgeTruncated, JudgeUnreadable, ModelThrottled
from skill_benchmark.domain.money import Usage
from skill_benchmark.domain.plan import Plan, TestCase
from skill_benchmark.domain.records import AnswerText, LostAttempt, VerdictRecord
from skill_benchmark.domain.replies import Reply
from skill_benchmark.settings import forget_settings
from tests.unit.domain.test_verdicts import VERDICT
from tests.unit.functions.conftest import Context, FakeModels, sent_twice

JUDGE = "claude-sonnet-5-5"
ANSWER_ID = "b" * 32


def reply(text: str | None = None, stop_reason: str = "end_turn") -> Reply:
    return Reply(JUDGE, text or json.dumps(VERDICT), stop_reason, Usage(input_tokens=500, output_tokens=50), 700, 100)


@pytest.fixture(autouse=True)
def _wired(wire: Callable[[Any], None], plan: Plan, store: ObjectStore) -> None:
    wire(app)
    store.put_once(record_keys.text(plan.run_id, ANSWER_ID), AnswerText(text="An answer."))


def task(plan: Plan, case_index: int = 0) -> dict[str, Any]:
    return {"run_id": plan.run_id, "case_index": case_index, "answer_id": ANSWER_ID, "judge": JUDGE, "retry_count": 0}


def recorded(plan: Plan, store: ObjectStore) -> VerdictRecord:
    return store.require(record_keys.verdict(plan.run_id, ANSWER_ID, JUDGE), VerdictRecord)


def test_a_verdict_is_recorded_with_the_hash_of_what_was_asked(
    plan: Plan, store: ObjectStore, models: FakeModels
) -> None:
    models.replies = [reply()]
    assert app.lambda_handler(task(plan), Context())["quality_score"] == 75
    record = recorded(plan, store)
    assert (record.status, record.verdict.quality_score, record.had_reference) == ("scored", 75, True)
    assert record.input_sha256
    assert record.call.cost_microcents == 150_000


def test_the_judges_notes_are_in_state_only_where_the_deployment_asks_for_them(
    plan: Plan, models: FakeModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.replies = [reply()]
    assert app.lambda_handler(task(plan), Context()) == {"quality_score": 75, "preview": ""}
    monkeypatch.setenv("CASE_PREVIEWS", "true")
    forget_settings()
    assert app.lambda_handler(task(plan), Context())["preview"] == VERDICT["quality_notes"]


def test_a_second_delivery_asks_nobody(plan: Plan, models: FakeModels) -> None:
    models.replies = [reply()]
    first = app.lambda_handler(task(plan), Context())
    assert app.lambda_handler(task(plan), Context()) == first
    assert len(models.calls) == 1


def test_a_case_without_an_expected_output_has_nothing_to_match(
    plan: Plan, store: ObjectStore, models: FakeModels
) -> None:
    models.replies = [reply()]
    app.lambda_handler(task(plan, case_index=1), Context())
    assert recorded(plan, store).verdict.matches_expected is None
    assert not recorded(plan, store).had_reference


def lost(plan: Plan, store: ObjectStore) -> list[LostAttempt]:
    keys = list(store.keys(record_keys.lost_verdicts(plan.run_id)))
    return [store.require(key, LostAttempt) for key in keys]


def test_a_judge_whose_reply_is_no_verdict_is_asked_once_more_and_both_calls_are_kept(
    plan: Plan, store: ObjectStore, models: FakeModels
) -> None:
    models.replies = [reply("I would say 85."), reply()]
    assert app.lambda_handler(task(plan), Context())["quality_score"] == 75
    record = recorded(plan, store)
    assert (record.repaired, record.call.cost_microcents) == (True, 150_000)
    [first] = lost(plan, store)
    assert (first.judge, first.error_type, first.call.cost_microcents) == (JUDGE, "JudgeUnreadable", 150_000)
    asked, asked_again = (call["user"] for _, call in models.calls)
    assert "was not a verdict" in asked_again
    assert "was not a verdict" not in asked
    assert "I would say 85." not in asked_again, "what a judge wrote is data, and has no place outside of a block"


def test_a_judge_is_not_asked_a_third_time(plan: Plan, store: ObjectStore, models: FakeModels) -> None:
    models.replies = [reply("I would say 85."), reply("85"), reply()]
    with pytest.raises(JudgeUnreadable):
        app.lambda_handler(task(plan), Context())
    assert [attempt.error_type for attempt in lost(plan, store)] == ["JudgeUnreadable"] * 2
    assert len(models.replies) == 1


def test_a_later_delivery_asks_no_third_time_and_fails_as_before(
    plan: Plan, store: ObjectStore, models: FakeModels
) -> None:
    """As a resume on a laptop does, which is a new execution over the same records."""
    models.replies = [reply("I would say 85."), reply("85"), reply()]
    for _ in range(3):
        with pytest.raises(JudgeUnreadable):
            app.lambda_handler(task(plan), Context())
    assert len(models.calls) == 2
    assert len(lost(plan, store)) == 2


@pytest.mark.parametrize(("stop_reason", "error"), [("refusal", JudgeRefused), ("max_tokens", JudgeTruncated)])
@pytest.mark.parametrize("first", [[], ["I would say 85."]])
def test_a_judge_that_refused_or_was_cut_off_is_not_asked_again(
    plan: Plan, store: ObjectStore, models: FakeModels, first: list[str], stop_reason: str, error: type[Exception]
) -> None:
    models.replies = [*(reply(text) for text in first), reply(stop_reason=stop_reason), reply()]
    said = []
    for _ in range(3):
        with pytest.raises(error) as raised:
            app.lambda_handler(task(plan), Context())
        said.append(str(raised.value))
    assert len(set(said)) == 1
    assert len(models.calls) == len(lost(plan, store)) == len(first) + 1


def test_each_verdict_of_a_judge_is_asked_for_on_its_own(plan: Plan, models: FakeModels) -> None:
    models.replies = [reply(stop_reason="refusal"), reply()]
    with pytest.raises(JudgeRefused):
        app.lambda_handler(task(plan), Context())
    assert app.lambda_handler(task(plan) | {"verdict_index": 1}, Context())["quality_score"] == 75


def test_of_two_deliveries_at_once_both_unreadable_replies_are_kept(
    plan: Plan, store: ObjectStore, models: FakeModels
) -> None:
    class Overtaken(FakeModels):
        def verdict(self, *args: Any, **options: Any) -> Reply:
            if not self.calls:
                self.calls.append(("verdict", {}))
                with pytest.raises(JudgeUnreadable):
                    app.lambda_handler(task(plan), Context())
            return reply("85")

    models.__class__ = Overtaken
    with pytest.raises(JudgeUnreadable):
        app.lambda_handler(task(plan), Context())
    assert len(lost(plan, store)) == 4, "all four were paid for"


def test_a_second_delivery_goes_on_behind_the_first_unreadable_reply(
    plan: Plan, store: ObjectStore, models: FakeModels
) -> None:
    models.replies = [reply("I would say 85."), ModelThrottled("HTTP 429")]
    with pytest.raises(ModelThrottled):
        app.lambda_handler(task(plan), Context())
    models.replies = [reply()]
    app.lambda_handler(task(plan), Context())
    assert recorded(plan, store).repaired
    assert len(lost(plan, store)) == 1


def test_a_record_that_was_sent_twice_because_a_response_was_lost_is_paid_for_once(
    plan: Plan, store: ObjectStore, models: FakeModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ObjectStore, "put_bytes_once", sent_twice(ObjectStore.put_bytes_once))
    models.replies = [reply()]
    app.lambda_handler(task(plan), Context())
    assert not [key for key in store.keys(f"runs/{plan.run_id}/") if "/lost/" in key]


def test_each_verdict_of_a_judge_has_a_record_of_its_own(plan: Plan, store: ObjectStore, models: FakeModels) -> None:
    models.replies = [reply(), reply(json.dumps(VERDICT | {"quality_score": 60}))]
    for index in range(2):
        app.lambda_handler(task(plan) | {"verdict_index": index}, Context())
    second = store.require(record_keys.verdict(plan.run_id, ANSWER_ID, JUDGE, 1), VerdictRecord)
    assert recorded(plan, store).verdict.quality_score == 75
    assert (second.verdict_index, second.verdict.quality_score) == (1, 60)


@pytest.mark.parametrize(("stop_reason", "error"), [("refusal", JudgeRefused), ("max_tokens", JudgeTruncated)])
def test_a_judge_that_refuses_or_runs_out_of_tokens_is_told_apart(
    plan: Plan, models: FakeModels, stop_reason: str, error: type[Exception]
) -> None:
    models.replies = [reply(stop_reason=stop_reason)]
    with pytest.raises(error):
        app.lambda_handler(task(plan), Context())


def test_an_empty_answer_is_scored_by_rule_and_no_judge_is_paid(
    plan: Plan, store: ObjectStore, models: FakeModels
) -> None:
    empty = task(plan) | {"answer_id": "c" * 32}
    store.put_once(record_keys.text(plan.run_id, "c" * 32), AnswerText(text=" …\n"))
    assert app.lambda_handler(empty, Context())["quality_score"] == 0
    record = store.require(record_keys.verdict(plan.run_id, "c" * 32, JUDGE), VerdictRecord)
    assert (record.status, record.call.cost_microcents, record.verdict.matches_expected) == ("by_rule", 0, False)
    assert models.calls == []


def test_an_answer_of_a_full_stop_is_judged_where_a_full_stop_is_expected(
    plan: Plan, store: ObjectStore, models: FakeModels
) -> None:
    store.put_once(record_keys.case(plan.run_id, 9), TestCase(input="Which mark ends a sentence?", expected_output="."))
    store.put_once(record_keys.text(plan.run_id, "c" * 32), AnswerText(text=" .\n"))
    models.replies = [reply()]
    assert app.lambda_handler(task(plan, 9) | {"answer_id": "c" * 32}, Context())["quality_score"] == 75
    assert store.require(record_keys.verdict(plan.run_id, "c" * 32, JUDGE), VerdictRecord).status == "scored"


def test_a_judge_with_slashes_in_its_name_has_one_record(plan: Plan, store: ObjectStore, models: FakeModels) -> None:
    models.replies = [reply()]
    app.lambda_handler(task(plan) | {"judge": "vendor/judge:1"}, Context())
    assert list(store.keys(record_keys.verdicts(plan.run_id))) == [
        f"runs/{plan.run_id}/verdicts/{ANSWER_ID}/vendor%2Fjudge%3A1.json"
    ]
