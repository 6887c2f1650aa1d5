"""By rule only what is empty: whatever shows something is an answer, and a judge is asked about it."""

import sys
import unicodedata

import pytest

from skill_benchmark.domain.emptiness import is_empty

SYMBOLS = (
    *(
        "=",
        "∞",
        "→",
        "$",
        "+",
        "-",
        "✓",
        "©",
        "€",
        "±",
        "<",
        ">",
        "|",
        "~",
        "^",
        "`",
        "°",
        "½",
        "²",
        "√",
        "∅",
        "⊥",
        "¬",
        "♥",
    ),
    *(
        "?",
        "!",
        "!?",
        "—!?",
        "*",
        "#",
        "@",
        "%",
        "&",
        "/",
        "\\",
        ";",
        "'",
        '"',
        "_",
        "—",
        "–",
        "·",
        "•",
        "§",
        "¿",
        "、-",
    ),
    *("()", "[]", "{}", '""', "''", "«»", "「」", "<>", "</>", "[ ]", "{ }", "- -", "---", "***", "___", "... --- ..."),
    *("東", "é", "e\u0301", "\u0301", "👍", "🇫🇷", "1️⃣", "👩‍👩‍👧", "🏴\U000e0067\U000e0062\U000e007f", "❤\ufe0f"),
    *("⠁", "⠿", "𝄞", "𝅘𝅥𝅮", "\ue000", "\U000f0000", "𓀀", "\u0600", "\ufffd", "☐", "〇", "々", "ー", "ㄱ", "ʻ", "́a", "₿"),
)
"""One sign each, or the values of JSON and of other notations that look bare."""

WORDS = (
    *("analysis", "Analysis.", "Response", "Answer", "Solution", "Thought", "Reasoning", "Result", "thought process"),
    *(
        "Final answer",
        "Antwort",
        "Lösung",
        "Réponse",
        "Respuesta",
        "Risposta",
        "Odpowiedź",
        "Ответ",
        "答案",
        "答え",
        "解",
        "정답",
    ),
    *(
        "Here you go.",
        "Here it is",
        "**Answer**",
        "# Solution",
        "The solution",
        "ok",
        "No.",
        "5",
        "ja",
        "x",
        "null",
        "None",
        "N/A",
    ),
)


@pytest.mark.parametrize("answer", SYMBOLS)
def test_a_sign_is_an_answer(answer: str) -> None:
    assert not is_empty(answer)
    assert not is_empty(f" {answer}\n")


@pytest.mark.parametrize("answer", WORDS)
def test_a_word_is_an_answer_also_one_that_others_begin_with(answer: str) -> None:
    assert not is_empty(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        " \n\t ",
        "\u00a0\u3000",
        "\u200b",
        "\u2060\ufeff",
        "\u00ad",
        "\U000e0041",
        "\u2800",
        "\u3164",
        "\x00\x07",
        "\ufe0f",
    ],
)
def test_what_is_not_drawn_is_nothing(answer: str) -> None:
    assert is_empty(answer)


@pytest.mark.parametrize("answer", [".", "...", "…", " …\n", ",", ":", "：", "。", "、", ". . .", ".\u200b.", "،"])
def test_marks_that_end_or_divide_a_sentence_are_nothing_without_one(answer: str) -> None:
    assert is_empty(answer)


@pytest.mark.parametrize(
    "answer",
    [
        *(
            "```\n```",
            "```json\n```",
            "```json\n\n```\n",
            "```",
            "~~~\n~~~",
            "```python\n \u200b\n```",
            "```c++\n```\n\n```\n```",
        ),
        *("<!-- -->", "<!---->", "<!--\n\n-->\n", " <!-- --> <!-- -->", "```\n<!-- -->\n```"),
    ],
)
def test_markup_around_nothing_is_nothing(answer: str) -> None:
    assert is_empty(answer)


@pytest.mark.parametrize(
    "answer",
    [
        *("```json\n{}\n```", "```\n[]\n```", "```\n-\n```", "`x`", "```python```", "``` ```x"),
        *("<!-- TODO -->", "<br>", "<p></p>", "&nbsp;", '{"answer": ""}', "- ", "> ", "1."),
    ],
)
def test_markup_that_holds_something_is_an_answer(answer: str) -> None:
    assert not is_empty(answer)


@pytest.mark.parametrize(
    "answer",
    [
        *(
            "Thought process:",
            "Solution:",
            "Answer:",
            "**Answer:**",
            "**Answer**:",
            "## Final answer:",
            "> Response :",
            "答案：",
            "解：",
        ),
        *(
            "Antwort:",
            "Here is my answer:",
            "Here’s the answer:",
            "Respuesta:",
            "Ответ:",
            "Answer: …",
            "Thought process:\u200b\n\n",
        ),
        *(
            " Let me think step by step. ",
            "Let's solve this problem step by step.",
            "Let’s think step by step...",
            "かいせつ：",
        ),
        *("Let's think step by step.\n\nAnswer:", "Thought process:\n\n```\n```", "_Analysis:_", "Answer:\n:\n."),
    ],
)
def test_an_answer_that_only_opens_is_nothing(answer: str) -> None:
    assert is_empty(answer)


@pytest.mark.parametrize(
    "answer",
    [
        *(
            "Answer: 42",
            "Answer: ∞",
            "Answer: -",
            "Answer: []",
            "Answer: ?",
            'Answer: ""',
            "Solution of salt in water:",
            "Okay.",
            "Of course.",
        ),
        *(
            "Let's think step by step. 2 + 2 = 4",
            "Thought process:\n1",
            "Capital:",
            "Answer:\n```\n{}\n```",
            "Answer:\n_",
            "x\nAnswer:",
        ),
    ],
)
def test_an_answer_that_opens_and_says_more_is_an_answer(answer: str) -> None:
    assert not is_empty(answer)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        *(
            (".", "."),
            ("...", " ...\n"),
            (",", ","),
            ("Thought process:", "thought  process:"),
            ("```\n```", "```\n```"),
        ),
        *(("", ""), (" \n", ""), ("LET'S THINK STEP BY STEP.", "Let's think step by step."), ("\u200b", "\u200b")),
    ],
)
def test_what_equals_the_expected_output_but_for_case_and_white_space_is_never_nothing(
    answer: str, expected: str
) -> None:
    assert is_empty(answer)
    assert is_empty(answer, "Paris")
    assert not is_empty(answer, expected)


def test_no_character_that_is_drawn_is_nothing_but_the_four_marks() -> None:
    """Over all of Unicode, by Python's own tables: letters, digits, signs of money and mathematics, pictures, marks."""
    drawn = "LNSMPC"
    nothing = {
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(character)[0] in drawn
        and unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Cn"}
        and is_empty(character)
    }
    marks = {character for character in nothing if unicodedata.category(character) == "Po"}
    names = {unicodedata.name(character) for character in marks}
    kinds = ("FULL STOP", "COMMA", "COLON", "ELLIPSIS", "DANDA", "DOT LEADER")
    assert all(any(kind in name for kind in kinds) for name in names), names
    blank = nothing - marks
    kinds = ("FILLER", "VARIATION SELECTOR", "INHERENT", "BLANK", "JOINER", "NULL NOTEHEAD")
    assert all(any(kind in unicodedata.name(character) for kind in kinds) for character in blank), blank


@pytest.mark.parametrize("part", [" ", "\n", ">", "<!--", "<!-- ", "Answer:\n", "`", "```\n", ".\u200b", "Answer "])
def test_an_answer_of_a_megabyte_is_examined(part: str) -> None:
    is_empty(part * (1_000_000 // len(part)))
