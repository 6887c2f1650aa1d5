"""The names of models and of their makers, and the phrases around them, as patterns.toml lists them."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib import resources
from typing import Any

import re2  # type: ignore[import-untyped]  # it ships no types

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 256 << 20  # Of one pattern; what all languages say in one is larger than the default.


Span = tuple[int, int]


class Kind(IntEnum):
    """How sure a name is to be a model's, which says how much has to stand beside it."""

    COMMON = 1
    AMBIGUOUS = 2
    UNMISTAKABLE = 3


@dataclass(frozen=True)
class Found:
    """A phrase in a text. Places are of the whole text, though only a piece of it may have been searched."""

    match: Any
    offset: int = 0

    def __getitem__(self, group: str) -> str:
        """What the group matched; empty where the pattern has no such group."""
        return (self.match[group] or "") if group in self.match.re.groupindex else ""

    def span(self, group: str) -> Span:
        start, stop = self.match.span(self.match.re.groupindex[group])
        return self.offset + start, self.offset + stop

    def start(self, group: str) -> int:
        return self.span(group)[0]

    def end(self, group: str) -> int:
        return self.span(group)[1]

    def spans(self, *groups: str) -> list[Span]:
        """Where those of the groups are that matched."""
        return [self.span(group) for group in groups if self[group]]


@cache
def pattern(name: str) -> Any:
    """One of the file's patterns, compiled. They live in a file of their own, so that a change can be reviewed."""
    return _compiled(_rules()["patterns"][name])


def begins(name: str, text: str, place: int = 0, length: int | None = None) -> Found | None:
    """The pattern where it begins at a place of a text, in so many characters."""
    match = pattern(name).match(text[place : place + length if length else None])
    return Found(match, place) if match else None


def every(name: str, text: str, offset: int = 0) -> list[Found]:
    """All that match the pattern from a place on."""
    return [Found(match, offset) for match in pattern(name).finditer(text[offset:])]


def is_in(name: str, text: str) -> bool:
    return pattern(name).search(text) is not None


def kind_of(name: str) -> Kind:
    for kind in sorted(Kind, reverse=True):
        if _names(kind).fullmatch(name):
            return kind
    raise ValueError(f"{name!r} is no name of the list")


def is_lab(maker: str) -> bool:
    """Whether the maker is known for its models alone; others employ many people, and sell much else."""
    return _word("lab").fullmatch(maker) is not None


def is_told(name: str, texts: Iterable[str]) -> bool:
    """Whether a text has the name, or its first word, or what another language calls it.

    A version counts where the list has no first word: "GPT-3" does not tell of GPT-4.
    """
    wanted = _squeezed(name)
    family = next((word for word in _rules()["told"] if word in wanted), wanted)
    others = _rules()["told"].get(family, [])
    return any(_has(text, family) or any(other in text for other in others) for text in map(_folded, texts))


def _has(text: str, word: str) -> bool:
    """As a word of its own, however it is spaced and hyphenated. Letters without spaces between words may adjoin."""
    spaced = "[ .-]?".join(map(re.escape, word))
    return re.search(rf"(?<![a-z0-9]){spaced}(?:s|'s)?(?![a-z0-9])", text) is not None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")


def _squeezed(name: str) -> str:
    return re.sub(r"[\s.-]", "", _folded(name))


@cache
def _rules() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("patterns.toml").read_text(encoding="utf-8")
    rules = tomllib.loads(text)
    names = {kind.name.lower(): "|".join(rules["names"][kind.name.lower()]) for kind in Kind}
    every = "|".join(names[kind.name.lower()] for kind in sorted(Kind, reverse=True))
    rules["words"] |= names | {"name": f"(?:{every})"}
    return rules


@cache
def _names(kind: Kind) -> Any:
    return _compiled(f"{{{kind.name.lower()}}}")


@cache
def _word(name: str) -> Any:
    return _compiled(f"{{{name}}}")


def _compiled(text: str) -> Any:
    # A word is made of other words, so that they are put in until none is left.
    words = _rules()["words"]
    while (filled := _filled(text, words)) != text:
        text = filled
    return re2.compile(text, options=_OPTIONS)


def _filled(text: str, words: dict[str, str]) -> str:
    for name, alternatives in words.items():
        text = text.replace(f"{{{name}}}", alternatives)
    return text
