"""Text that JSON and PostgreSQL can hold, and text that only shows and does nothing."""

import json
import re
from collections.abc import Iterable

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# What a terminal, a viewer or an editor obeys instead of showing it: control characters (C0, DEL, C1), line and
# paragraph separators, and what has no shape but an effect: soft hyphen, marks and overrides of direction, invisible
# operators, tags. Joiners (U+200C, U+200D) stay, because scripts and emoji are written with them.
_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


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
    return _ACTIVE.sub(lambda found: json.dumps(found[0])[1:-1], text)


def without(message: str, texts: Iterable[str], run: int = 12) -> str:
    """The message of somebody else, without what it repeats of the texts, as they are or escaped.

    Repeated is what has `run` characters in a row in common with a text, or holds all of a shorter one; of three
    characters and fewer nobody can say where they are from.
    """
    repeated = [False] * len(message)
    for text in texts:
        forms = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}
        for form in forms if len(text.strip()) > 3 else ():
            length = min(run, len(form))
            for start in range(len(message) - length + 1):
                if message[start : start + length] in form:
                    repeated[start : start + length] = [True] * length
    parts = re.finditer("(.)\\1*", "".join("x" if hidden else "." for hidden in repeated))
    return "".join("[…]" if part[1] == "x" else message[part.start() : part.end()] for part in parts)
