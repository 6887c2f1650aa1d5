"""Whether words of an answer are somebody else's: a quotation, a line of dialogue, a part in a script."""

import re

_OPENING = "\"“„«‘‚「『'"
_CLOSING = "\"”“»’‘」』'"
_PAIRS = (("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"))
_NEAR = 400
"""Characters of the line before that are read."""
_DIALOGUE = re.compile(r"\s*(?:[—–>-]\s*)+[*_]*")
_PART = re.compile(r"\s*[*_]*(?P<who>[^\W\d_][\w .'’-]{0,30})[*_]*\s*:\s*[*_]*\s*")
_NO_PART = frozenset(
    (
        *(
            "answer",
            "response",
            "reply",
            "assistant",
            "ai",
            "bot",
            "chatbot",
            "model",
            "note",
            "disclaimer",
            "final answer",
        ),
        *(
            "antwort",
            "hinweis",
            "réponse",
            "remarque",
            "respuesta",
            "nota",
            "resposta",
            "risposta",
            "antwoord",
            "ответ",
        ),
    )
)


def is_quoted(text: str, start: int) -> bool:
    """Whether what begins at `start` is quoted on its line, follows a dash of dialogue, or is said by a part."""
    near = text[max(0, start - _NEAR) : start]
    line = near[near.rfind("\n") + 1 :]
    before = line.rstrip(" \u00a0*_")
    if before and before[-1] in _OPENING:
        return True
    is_open = line.count('"') % 2 == 1 or line.count("„") > line.count("“") + line.count("”")
    if is_open or any(line.count(opening) > line.count(closing) for opening, closing in _PAIRS if "„" not in line):
        return True
    return _DIALOGUE.fullmatch(line) is not None or _is_a_part(line)


def _is_a_part(line: str) -> bool:
    part = _PART.fullmatch(line)
    if part is None or part["who"].strip().casefold() in _NO_PART:
        return False
    words = part["who"].split()
    return len(words) <= 3 and all(word[0].isupper() or not word[0].isalpha() for word in words)


def is_one_quotation(text: str) -> bool:
    """Whether all of it stands in one pair of quotation marks."""
    bare = text.strip()
    if len(bare) < 2 or bare[0] not in _OPENING or bare[-1] not in _CLOSING:
        return False
    inside = bare[1:-1]
    return bare[0] not in inside and bare[-1] not in inside
