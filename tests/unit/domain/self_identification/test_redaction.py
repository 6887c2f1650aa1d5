"""A model that names itself is shown to judges without the name; a text about anybody else is not touched."""

import json

import pytest

from skill_benchmark.domain.self_identification import REMOVED, redact
from tests.recorded_data import recorded
from tests.unit.domain.self_identification.ordinary_answers import ORDINARY
from tests.unit.domain.self_identification.own_names import NAMES, OWN_NAMES


@pytest.mark.parametrize("answer", [answer for answers in OWN_NAMES.values() for answer in answers])
def test_a_model_that_says_who_it_is_is_shown_without_its_name_and_its_maker(answer: str) -> None:
    seen = redact(answer)
    assert seen.redacted
    assert REMOVED in seen.text
    assert not [name for name in NAMES if name in seen.text.casefold()]


@pytest.mark.parametrize("answer", ORDINARY)
def test_an_ordinary_answer_stays_as_it_is(answer: str) -> None:
    seen = redact(answer)
    assert seen.text == answer
    assert not seen.redacted


def test_what_stands_around_the_name_stays() -> None:
    assert redact("Sure. I'm Claude, and 2 + 2 = 4.").text == f"Sure. I'm {REMOVED}, and 2 + 2 = 4."
    assert redact('{"answer": 4, "model": "gpt-4o"}').text == f'{{"answer": 4, "model": "{REMOVED}"}}'
    assert redact("I am GPT-4. Ask me.").text == f"I am {REMOVED}. Ask me."


def test_its_maker_is_taken_out_too() -> None:
    seen = redact("I am an AI model made by Anthropic, and I was trained by OpenAI as a language model from Google.")
    assert seen.text.count(REMOVED) == 3


def test_the_name_of_another_model_stays() -> None:
    assert redact("I'm Claude, not ChatGPT.").text == f"I'm {REMOVED}, not ChatGPT."


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("I am Claude.", "Translate: Je suis Claude."),
        ("I am Claude.", "You are Claude, a butler."),
        ("I am Claude.", "claude's greeting"),
        ("I am Claude.", "用英语说：我是克劳德"),
        ("I am Claude.", "Переведи: Я Клод"),
        ("I'm Claude Sonnet 4.5.", "Are you Claude?"),
        ("I am ChatGPT.", "Repeat after me: chat-gpt is my name"),
        ("As GPT-4, I cannot.", "Play GPT 4."),
        ("I am Nova, an AI model made by Amazon.", "Nova is the robot of a shop of Amazon's."),
        ("I am an AI model made by OpenAI.", "Who made you? Open AI?"),
        ("我是Claude，一个人工智能助手。", "你是Claude吗"),
        ("I am Gemini, a language model.", "Gemini"),
        ('{"answer": 4, "model": "gpt-4o"}', '{"model": "gpt-4o"}'),
        ("The answer is 4.\n\n— Claude", "Sign as Claude."),
    ],
)
def test_a_name_of_the_case_stays_whichever_of_its_texts_has_it(answer: str, told: str) -> None:
    assert redact(answer, ["Be brief.", "What is 2 + 2?", "4"]).redacted
    for texts in ([told, "x", "y"], ["x", told, "y"], ["x", "y", told]):
        assert redact(answer, texts).text == answer
        assert not redact(answer, texts).redacted


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("I am Claude.", "Claudette asks Claudius."),
        ("As GPT-4o, I cannot.", "Compare GPT-3 and GPT-4."),
        ("I am Claude, made by Anthropic.", "Who are you, OpenAI's model?"),
        ("I am ChatGPT.", "What is a GPT partition?"),
    ],
)
def test_a_text_with_another_name_does_not_tell_of_this_one(answer: str, told: str) -> None:
    assert redact(answer, [told]).redacted


def test_of_several_names_the_one_that_the_case_has_stays() -> None:
    seen = redact("I am Claude, an AI assistant made by Anthropic.", ["You are Claude."])
    assert seen.text == f"I am Claude, an AI assistant made by {REMOVED}."
    assert seen.redacted


def test_none_of_the_recorded_ordinary_answers_is_touched() -> None:
    cases = [json.loads(line) for line in recorded("llmbar_replay.jsonl").splitlines()]
    answers = [case[output] for case in cases for output in ("output_1", "output_2")]
    assert len(answers) == 838
    assert not [answer for answer in answers if redact(answer).redacted]


@pytest.mark.parametrize(
    "part",
    ["I am ", "as a ", "model ", "claude ", '"model": "', "- Claude\n", "I am Claude Monet. ", '{"model": "gpt-4", '],
)
def test_a_long_answer_is_examined(part: str) -> None:
    redact(part * (200_000 // len(part)))
