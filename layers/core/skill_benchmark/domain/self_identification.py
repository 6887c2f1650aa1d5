"""A model that names itself in its answer is not blind any more; the judge is shown the answer without that name.

Only self-identification is taken out: a name in the first person ("I am …", "As …, I"), in a signature, or as the value
of a key such as `model`, in eleven languages. An answer *about* a model, or about Claude Monet, stays as it is. Limits:
a name in a language or turn of phrase that is not listed, a name that this list does not have, and style, by which a
judge may know a model without any name. Patterns are matched by RE2, in time linear in the answer.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import re2  # type: ignore[import-untyped]  # it ships no types

REMOVED = "[model name removed]"

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False


@cache
def _patterns() -> list[Any]:
    """They live in a file of their own, so that a change of them can be reviewed."""
    text = resources.files(__package__).joinpath("self_identification.toml").read_text(encoding="utf-8")
    rules = tomllib.loads(text)
    return [_compiled(pattern, rules["words"]) for pattern in rules["patterns"]["self_identification"]]


def _compiled(pattern: str, words: dict[str, str]) -> Any:
    # A name is made of versions, so that the words are put in until none is left.
    while (filled := _filled(pattern, words)) != pattern:
        pattern = filled
    return re2.compile(pattern, options=_OPTIONS)


def _filled(pattern: str, words: dict[str, str]) -> str:
    for name, alternatives in words.items():
        pattern = pattern.replace(f"{{{name}}}", alternatives)
    return pattern


@dataclass(frozen=True)
class Redacted:
    """An answer as a judge may see it, and whether a name was taken out."""

    text: str
    redacted: bool


def redact(answer: str) -> Redacted:
    """Take out the names by which a model identifies itself."""
    text = answer
    for pattern in _patterns():
        text = _without_names(pattern, text)
    return Redacted(text, text != answer)


def _without_names(pattern: Any, text: str) -> str:
    pieces, end = [], 0
    for found in pattern.finditer(text):
        start, stop = found.span(1)
        pieces += [text[end:start], REMOVED]
        end = stop
    return "".join([*pieces, text[end:]]) if pieces else text
