"""Self-identification in Chinese, Japanese and Korean, where what stands in the sentence decides."""

import re
from collections.abc import Iterator

from skill_benchmark.domain.self_identification.names import Found, Kind, Span, is_in, is_lab, kind_of, pattern
from skill_benchmark.domain.self_identification.reading import NEAR, Reading

_END_OF_SENTENCE = re.compile(r"[。！？!?\n]|\.(?!\d)")


def in_cjk(reading: Reading) -> Iterator[Span]:
    for found in reading.all("cjk_name"):
        if reading.at("cjk_is", found.end("name")) and not reading.is_quoted(found.start("phrase")):
            kind = kind_of(found["name"])
            made_by = reading.at("cjk_made_by", found.end("name"))
            is_ai = made_by or _is_about_an_ai(reading, found) or _is_alone(reading, found)
            if kind is Kind.UNMISTAKABLE or (kind is Kind.AMBIGUOUS and is_ai):
                yield found.span("name")
                yield from made_by.spans("maker") if made_by else ()
    for found in reading.all("cjk_named"):
        if reading.at("cjk_is", found.end("name")) and _is_about_an_ai(reading, found):
            yield found.span("name")
    for found in reading.all("cjk_maker") + reading.all("cjk_owner"):
        if _is_about_an_ai(reading, found) or (is_lab(found["maker"]) and not _is_about_work(reading, found)):
            yield found.span("maker")


def _is_about_an_ai(reading: Reading, found: Found) -> bool:
    sentence = _sentence(reading, found)
    return is_in("cjk_ai", sentence) and not _is_about_work(reading, found)


def _is_about_work(reading: Reading, found: Found) -> bool:
    """Somebody who uses it, or works for it."""
    return is_in("cjk_uses", _sentence(reading, found))


def _sentence(reading: Reading, found: Found) -> str:
    start = found.start("phrase")
    ends = _END_OF_SENTENCE.search(reading.text, start, start + NEAR)
    return reading.text[start : ends.start() if ends else start + NEAR]


def _is_alone(reading: Reading, found: Found) -> bool:
    start, place = found.start("phrase"), found.end("name")
    is_first = start <= NEAR and pattern("only_greeting").fullmatch(reading.text[:start]) is not None
    return is_first and bool(reading.at("cjk_whole", place) or reading.at("helps", place))
