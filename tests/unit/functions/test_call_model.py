"""Call Model buys one answer, once, however often it is delivered."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.call_model import app
from skill_benchmark.adapters.anthropic_models import CallBroke
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import ModelThrottled, ModelUnavailable
from skill_benchmark.domain.money import Usage
from skill_benchmark.domain.plan import Plan, StoredAnswer, TestCase
from skill_benchmark.domain.records import AnswerRecord, AnswerText, Brief, Call, LostAttempt
from skill_benchmark.domain.replies import Reply
from skill_benchmark.settings import forget_settings
from tests.unit.functions.conftest import Context, FakeModels, sent_twice

USAGE = Usage(input_tokens=1000, output_tokens=100)
MODEL = "claude-sonnet-5-5"
PANEL = [{"judge": "claude-opus-5-5", "verdict_index": 0}]


def reply(text: str = "An answer.", stop_reason: str = "end_turn") -> Reply:
    return Reply(MODEL, text, stop_reason, USAGE, latency_ms=900, first_token_ms=300)


@pytest.fixture(autouse=True)
def _wired(wire: Callable[[Any], None]) -> None:
    wire(app)


def task(plan: Plan, **changes: Any) -> dict[str, Any]:
    answer_id = plan.answer_id(0, MODEL, 0)
    event = {"run_id": plan.run_id, "case_index": 0, "model": MODEL, "repeat_index": 0, "answer_id": answer_id}
    return event | {"tenant_id": "tenant", "panel": PANEL, "retry_count": 0} | changes


def test_an_answer_is_recorded_with_its_price_and_its_times(plan: Plan, store: ObjectStore, models: FakeModels) -> None:
    models.replies = [reply()]
    assert app.lambda_handler(task(plan), Context())["outcome"] == "answered"
    record = store.require(record_keys.answer(plan.run_id, plan.answer_id(0, MODEL, 0)), AnswerRecord)
    assert (record.text, record.call.latency_ms, record.call.first_token_ms) == ("An answer.", 900, 300)
    assert record.call.cost_microcents == 300_000


def test_the_model_is_given_the_skill_and_the_input_and_nothing_else(plan: Plan, models: FakeModels) -> None:
    models.replies = [reply()]
    app.lambda_handler(task(plan), Context())
    call = models.calls[0][1]
    assert (call["model"], call["skill"], call["text"], call["max_tokens"]) == (MODEL, "Answer.", "one", 100)


def test_the_answers_text_is_in_state_only_where_the_deployment_asks_for_it(
    plan: Plan, models: FakeModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.replies = [reply("A private answer.")]
    assert "private" not in json.dumps(app.lambda_handler(task(plan), Context()))
    monkeypatch.setenv("CASE_PREVIEWS", "true")
    forget_settings()
    assert app.lambda_handler(task(plan), Context())["preview"] == "A private answer."


def test_a_second_delivery_finds_the_record_and_buys_nothing(
    plan: Plan, store: ObjectStore, models: FakeModels
) -> None:
    models.replies = [reply("first")]
    first = app.lambda_handler(task(plan), Context())
    assert app.lambda_handler(task(plan), Context()) == first
    assert len(models.calls) == 1


def test_of_two_at_once_the_first_record_wins_for_both(plan: Plan, store: ObjectStore, models: FakeModels) -> None:
    key = record_keys.answer(plan.run_id, plan.answer_id(0, MODEL, 0))

    class Overtaken(FakeModels):
        def answer(self, *_: Any, **__: Any) -> Reply:
            if not self.calls:
                self.calls.append(("answer", {}))
                app.lambda_handler(task(plan), Context())
                return reply("second")
            return reply("first")

    models.__class__ = Overtaken
    assert app.lambda_handler(task(plan), Context())["outcome"] == "answered"
    assert store.require(key, AnswerRecord).text == "first"
    lost = [key for key in store.keys(f"runs/{plan.run_id}/") if "/lost/" in key]
    assert [store.require(key, LostAttempt).error_type for key in lost] == ["Superseded"], "both were paid for"
    assert store.require(lost[0], LostAttempt).call.cost_microcents == 300_000


def test_a_record_that_was_sent_twice_because_a_response_was_lost_is_paid_for_once(
    plan: Plan, store: ObjectStore, models: FakeModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ObjectStore, "put_bytes_once", sent_twice(ObjectStore.put_bytes_once))
    models.replies = [reply()]
    app.lambda_handler(task(plan), Context())
    assert not [key for key in store.keys(f"runs/{plan.run_id}/") if "/lost/" in key]


def test_the_judge_is_given_the_text_alone(plan: Plan, store: ObjectStore, models: FakeModels) -> None:
    models.replies = [reply()]
    app.lambda_handler(task(plan), Context())
    body = store.get_bytes(record_keys.text(plan.run_id, plan.answer_id(0, MODEL, 0)))
    assert body == b'{"record_version":1,"text":"An answer."}'


def judged(plan: Plan, store: ObjectStore) -> tuple[str, bool | None]:
    """What a judge is shown of the answer, and whether its record says that a name was taken out."""
    answer_id = plan.answer_id(0, MODEL, 0)
    text = store.require(record_keys.text(plan.run_id, answer_id), AnswerText).text
    record = store.require(record_keys.answer(plan.run_id, answer_id), AnswerRecord)
    return text, record.self_identification_redacted


@pytest.mark.parametrize(
    "told", [{}, {"input": "Is Claude at home?"}, {"expected_output": "I am Claude."}, {"skill": "You are Claude."}]
)
def test_a_name_goes_unless_the_skill_the_input_or_the_expected_output_has_it_and_the_record_says_what_happened(
    plan: Plan, store: ObjectStore, models: FakeModels, told: dict[str, str]
) -> None:
    brief = store.require(record_keys.brief(plan.run_id), Brief)
    other = plan.model_copy(update={"run_id": f"{plan.run_id}_other"})
    skill = told.get("skill", brief.skill)
    store.put_once(record_keys.brief(other.run_id), brief.model_copy(update={"skill": skill}))
    case = TestCase(input="Who is there?").model_copy(update={key: told[key] for key in told if key != "skill"})
    store.put_once(record_keys.case(other.run_id, 0), case)
    models.replies = [reply("I am Claude.")]
    app.lambda_handler(task(other), Context())
    expected = ("I am Claude.", False) if told else ("I am [model name removed].", True)
    assert judged(other, store) == expected


def test_of_an_answer_that_is_judged_again_the_record_says_what_its_new_judges_were_shown(
    plan: Plan, store: ObjectStore
) -> None:
    source = StoredAnswer(run_id="run_before", answer_id="e" * 32)
    call = Call(cost_microcents=1)
    before = AnswerRecord(
        answer_id=source.answer_id,
        case_index=0,
        model=MODEL,
        repeat_index=0,
        outcome="answered",
        text="Claude Monet was trained by Amazon.",
        self_identification_redacted=True,
        stop_reason="end_turn",
        call=call,
    )
    store.put_once(record_keys.answer(source.run_id, source.answer_id), before)
    app.lambda_handler(task(plan, source=source.model_dump()), Context())
    assert judged(plan, store) == ("Claude Monet was trained by Amazon.", False)


@pytest.mark.parametrize(
    ("stop_reason", "outcome"),
    [
        ("refusal", "refused"),
        ("max_tokens", "truncated"),
        ("model_context_window_exceeded", "truncated"),
        ("a_reason_of_next_year", "model_error"),
    ],
)
def test_an_answer_that_is_none_is_an_outcome_and_nobody_judges_it(
    plan: Plan, store: ObjectStore, models: FakeModels, stop_reason: str, outcome: str
) -> None:
    models.replies = [reply(stop_reason=stop_reason)]
    assert app.lambda_handler(task(plan), Context())["outcome"] == outcome
    assert store.get(record_keys.text(plan.run_id, plan.answer_id(0, MODEL, 0)), AnswerText) is None


def test_an_error_of_the_model_is_raised_for_the_workflow_to_retry(plan: Plan, models: FakeModels) -> None:
    models.replies = [ModelThrottled("HTTP 429: slow down")]
    with pytest.raises(ModelThrottled):
        app.lambda_handler(task(plan), Context())


def test_a_retry_after_an_error_counts_its_attempts(plan: Plan, store: ObjectStore, models: FakeModels) -> None:
    models.replies = [reply()]
    app.lambda_handler(task(plan, retry_count=2), Context())
    assert store.require(record_keys.answer(plan.run_id, plan.answer_id(0, MODEL, 0)), AnswerRecord).call.attempts == 3


def test_what_was_billed_and_lost_is_recorded(plan: Plan, store: ObjectStore, models: FakeModels) -> None:
    broken = Reply(MODEL, "half an ans", None, USAGE)
    models.replies = [CallBroke(ModelUnavailable("cut"), broken)]
    with pytest.raises(ModelUnavailable):
        app.lambda_handler(task(plan), Context())
    [key] = store.keys(record_keys.lost_answers(plan.run_id))
    lost = store.require(key, LostAttempt)
    assert (lost.error_type, lost.call.cost_microcents) == ("ModelUnavailable", 300_000)


def test_what_goes_into_the_state_stays_small(plan: Plan, models: FakeModels) -> None:
    models.replies = [reply("word " * 100_000)]
    assert len(str(app.lambda_handler(task(plan), Context()))) < 300


def test_an_answer_that_cannot_be_stored_is_cleaned_and_flagged(
    plan: Plan, store: ObjectStore, models: FakeModels
) -> None:
    models.replies = [reply("a\x00b\ud800")]
    app.lambda_handler(task(plan), Context())
    record = store.require(record_keys.answer(plan.run_id, plan.answer_id(0, MODEL, 0)), AnswerRecord)
    assert (record.text, record.text_sanitized) == ("ab", True)
