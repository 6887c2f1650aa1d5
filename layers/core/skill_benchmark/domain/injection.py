"""Answers that look as if they addressed the judge. They are flagged for people, and never scored differently.

What keeps such an answer from moving a score is the fence around it; the flag is there so that somebody looks. Texts
are compared after NFKC, without what cannot be seen and in lower case, so that a disguise is no help. Patterns are
matched by RE2, in time linear in the answer.
"""

import base64
import binascii
import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Any

import re2  # type: ignore[import-untyped]  # it ships no types

from skill_benchmark.domain.fences import is_hidden

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False


@cache
def _patterns() -> dict[str, list[Any]]:
    """By reason; they live in a file of their own, so that a change of them can be reviewed."""
    rules = tomllib.loads(resources.files(__package__).joinpath("injection_rules.toml").read_text(encoding="utf-8"))
    words = {f"{{{name}}}": f"(?:{'|'.join(parts)})" for name, parts in rules["words"].items()}
    return {reason: [_compiled(pattern, words) for pattern in found] for reason, found in rules["reasons"].items()}


def _compiled(pattern: str, words: dict[str, str]) -> Any:
    for name, alternatives in words.items():
        pattern = pattern.replace(name, alternatives)
    return re2.compile(pattern, options=_OPTIONS)


_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,4000}={0,2}")
_MOST_BASE64 = 50
_FEW_HIDDEN = 2


def suspected(answer: str) -> tuple[str, ...]:
    """Why the answer looks as if it addressed a judge: codes in a fixed order; none for most answers."""
    hidden = [index for index in range(len(answer)) if is_hidden(answer, index)] if not answer.isascii() else []
    bare = (
        "".join(character for index, character in enumerate(answer) if not is_hidden(answer, index))
        if hidden
        else answer
    )
    texts = [unicodedata.normalize("NFKC", bare), *_decoded(bare)]
    found = [code for code, rules in _patterns().items() if any(rule.search(text) for rule in rules for text in texts)]
    # A soft hyphen or a mark at the beginning of a file is what word processors leave behind.
    if sum(answer[index] not in "\xad\ufeff" for index in hidden) >= _FEW_HIDDEN:
        found.append("hidden_text")
    return tuple(found)


def _decoded(text: str) -> list[str]:
    """What base64 hides in it, where that is text."""
    texts = []
    for found in _BASE64.findall(text)[:_MOST_BASE64]:
        try:
            texts.append(base64.b64decode(found + "=" * (-len(found) % 4), validate=True).decode())
        except (binascii.Error, ValueError):
            continue
    return texts
