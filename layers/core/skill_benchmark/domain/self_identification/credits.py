"""Signatures, credit lines, and fields that say beside the answer who gave it."""

import json
import re
from collections.abc import Iterator

from skill_benchmark.domain.self_identification.names import Found, Kind, Span, begins, every, kind_of
from skill_benchmark.domain.self_identification.reading import NEAR

_CREDITS = frozenset({"generated_by", "answered_by", "written_by", "llm", "ai_model"})
"""Keys that say of themselves that a model answered. Others do so beside an answer."""
_ANSWERS = frozenset({"answer", "response", "result", "output", "content", "text", "reply", "message", "completion"})
_OTHERS = frozenset(
    (
        *("messages", "prompt", "temperature", "max_tokens", "stream", "tools", "system", "input"),
        *("brand", "make", "manufacturer", "maker", "product", "price", "year", "color", "colour", "sku", "parameters"),
    )
)
"""Keys of a request to a model, and of a product."""
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_FENCED = re.compile(r"\s*```\w*\n(.*)\n```\s*", flags=re.DOTALL)


def credited(text: str) -> Iterator[Span]:
    yield from _signature(text)
    yield from (found.span("name") for found in every("co_author", text))
    for found in every("this_answer", text) + every("in_brackets", text):
        if _is_credit(found):
            yield found.span("name")
    yield from _lines(text)
    yield from _json_fields(text)


def _signature(text: str) -> Iterator[Span]:
    signatures = every("signature", text, max(0, len(text) - NEAR))
    if not signatures:
        return
    found = signatures[-1]
    before, kind = text[: found.start("phrase")].rstrip(), kind_of(found["name"])
    line = before[-NEAR:].rpartition("\n")[2].lstrip()
    says_ai = found["ai"] or begins("an_ai", found["after"].lstrip())
    is_quotation = before.endswith(('"', "”", "»", "“", "’", "」")) or line.startswith((">", "“", "„", "«", '"'))
    is_item = found["dash"] == "-" and line.startswith("-")
    is_letter = begins("salutation", text, 0, NEAR) is not None
    # Somebody's first name under a letter is the sender's. Under an answer that is no letter it is the model's.
    is_alone = kind is Kind.AMBIGUOUS and found["dash"] and before and not is_letter and found["name"][0].isupper()
    is_signed = not (found["after"] or is_quotation or is_item) and (kind is Kind.UNMISTAKABLE or is_alone)
    if says_ai or is_signed:
        yield found.span("name")


def _lines(text: str) -> Iterator[Span]:
    """The first and the last line, where the next one is no field of a record about something else."""
    lines = [*_LINE.finditer(text)]
    for line, beside in ((lines[0], lines[1:2]), (lines[-1], lines[-2:-1])) if lines else ():
        found = begins("credit", line[0])
        if found is None and not any(begins("any_field", other[0]) for other in beside):
            found = begins("field_line", line[0])
        if found and _is_credit(found):
            yield line.start() + found.start("name"), line.start() + found.end("name")


def _is_credit(found: Found) -> bool:
    """A person may have written an answer; people do not generate any."""
    return kind_of(found["name"]) >= (Kind.AMBIGUOUS if found["machine"] else Kind.UNMISTAKABLE)


def _json_fields(text: str) -> Iterator[Span]:
    """Of an object that is the whole answer. What stands in a list, or in a request to a model, is about others."""
    fenced = _FENCED.fullmatch(text)
    fields = _object(fenced[1] if fenced else text)
    keys = {key.casefold() for key in fields}
    for found in every("json_field", text) if fields and not keys & _OTHERS else ():
        key, name = found["key"].casefold(), found["name"]
        is_credit, is_beside = key in _CREDITS, bool(keys & _ANSWERS)
        least = Kind.AMBIGUOUS if is_credit and key != "written_by" else Kind.UNMISTAKABLE
        if fields.get(found["key"]) == name and (is_credit or is_beside) and kind_of(name) >= least:
            yield found.span("name")


def _object(text: str) -> dict[str, object]:
    if not text[:NEAR].lstrip().startswith("{"):
        return {}
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
