"""Texts of others, before they are stored or logged."""

import json

import pytest

from skill_benchmark.domain.text import as_named, without

SKILL = 'Translate "this"\nfor our customer.'


@pytest.mark.parametrize("quoted", [SKILL, json.dumps(SKILL), repr(SKILL), f"<<{SKILL[5:25]}>>"])
def test_what_a_message_repeats_of_a_text_is_left_out_escaped_or_not(quoted: str) -> None:
    cleaned = without(f"max_tokens: 5 is too few for {quoted} here", [SKILL])
    assert cleaned.startswith("max_tokens: 5 is too few for ")
    assert cleaned.endswith(" here")
    assert "[…]" in cleaned
    assert "customer" not in cleaned


def test_a_short_text_is_left_out_where_it_stands_whole() -> None:
    assert without("bad input: France", ["France"]) == "bad input: […]"
    assert without("bad input: Franconia", ["France"]) == "bad input: Franconia"


@pytest.mark.parametrize("text", ["", "   ", "1", "for"])
def test_a_text_that_says_nothing_hides_nothing(text: str) -> None:
    assert without("429: wait    for 11 s", [text]) == "429: wait    for 11 s"


def test_a_message_of_which_nothing_can_be_stored_still_says_something() -> None:
    assert (as_named("a\x00b\ud800"), as_named("\x00"), as_named("")) == ("ab", "unknown", "unknown")


def test_no_more_than_the_beginning_of_a_long_message_is_read_and_a_quote_that_is_cut_there_is_left_out() -> None:
    secret = "sk-0123456789abcdef"
    before = "n " * 198
    shown = without(f"{before}{secret} and a megabyte more" + "." * 1_000_000, [secret])
    assert shown == before[:389] + "[…]"
    assert without(before, [secret]) == before
