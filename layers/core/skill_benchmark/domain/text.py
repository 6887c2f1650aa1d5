"""Text that JSON and PostgreSQL can hold, and text that only shows and does nothing."""

import json
import re
from collections.abc import Iterable

_CHARACTERS_OF_A_MESSAGE = 400

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# What a terminal, a viewer or an editor obeys instead of showing it. Joiners (U+200C, U+200D) are not among it, because
# scripts and emoji are written with them.
_ACTING = (
    *(range(0x20), range(0x7F, 0xA0)),  # control characters: C0, DEL, C1
    *(range(0xAD, 0xAE), range(0x180E, 0x180F), range(0x200B, 0x200C)),  # a soft hyphen, and what has no width
    *(range(0x061C, 0x061D), range(0x200E, 0x2010)),  # marks of direction
    range(0x2028, 0x202F),  # ends of lines and paragraphs, and overrides of direction
    range(0x2060, 0x2070),  # invisible operators, and isolates of direction
    *(range(0xFEFF, 0xFF00), range(0xFFF9, 0xFFFC)),  # the byte order mark, and annotations
    range(0xD800, 0xE000),  # halves of surrogate pairs
    range(0xE0000, 0xE0080),  # tags
)
_ESCAPES = {code: json.dumps(chr(code))[1:-1] for codes in _ACTING for code in codes}
# As ranges, which are searched forty times as fast as the characters one by one.
_ACTIVE = re.compile("[" + "".join(f"{chr(codes[0])}-{chr(codes[-1])}" for codes in _ACTING) + "]")


def storable(text: str) -> tuple[str, bool]:
    """Remove what PostgreSQL (U+0000) or UTF-8 (lone surrogates) cannot hold.

    Returns the text and whether anything was removed.
    """
    cleaned = _UNSTORABLE.sub("", text)
    return cleaned, cleaned != text


def as_named(name: object) -> str:
    """What somebody else calls something, such as a provider its error or a stop reason: storable, and never empty."""
    return storable(str(name))[0] or "unknown"


def preview(text: str, length: int = 80) -> str:
    """The first characters on one line, for a reader of the Step Functions console."""
    line = " ".join(text[: length * 4].split())
    return line if len(line) <= length else line[: length - 1] + "…"


def visible(text: str) -> str:
    """The text with each character that acts instead of showing written as its JSON escape (`\\u001b`, `\\n`).

    For text that somebody else wrote and that goes to a terminal or a log. Of serialized JSON it is the same document.
    """
    # A response may be of megabytes that all act; and one in which nothing acts is not written again.
    return text.translate(_ESCAPES) if _ACTIVE.search(text) else text


def without(message: str, texts: Iterable[str], run: int = 12) -> str:
    """The message of somebody else, without what it repeats of the texts, as they are or escaped.

    Repeated is what has `run` characters in a row in common with a text, or holds all of a shorter one; of three
    characters and fewer nobody can say where they are from. No more than the first characters of a message are read:
    each is looked for in every text, and a server may send the whole request back.
    """
    is_cut = len(message) > _CHARACTERS_OF_A_MESSAGE
    message = message[:_CHARACTERS_OF_A_MESSAGE]
    repeated = [False] * len(message)
    for text in texts:
        forms = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}
        for form in forms if len(text.strip()) > 3 else ():
            length = min(run, len(form))
            for start in range(len(message) - length + 1):
                if message[start : start + length] in form:
                    repeated[start : start + length] = [True] * length
    if is_cut:
        # Too few to tell whether a text begins there.
        repeated[1 - run :] = [True] * (run - 1)
    parts = re.finditer("(.)\\1*", "".join("x" if hidden else "." for hidden in repeated))
    return "".join("[…]" if part[1] == "x" else message[part.start() : part.end()] for part in parts)
