"""Text that both JSON and PostgreSQL can hold."""

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> tuple[str, bool]:
    """Remove what PostgreSQL (U+0000) or UTF-8 (lone surrogates) cannot hold.

    Returns the text and whether anything was removed.
    """
    cleaned = _UNSTORABLE.sub("", text)
    return cleaned, cleaned != text


def preview(text: str, length: int = 80) -> str:
    """The first characters on one line, for a reader of the Step Functions console."""
    line = " ".join(text[: length * 4].split())
    return line if len(line) <= length else line[: length - 1] + "…"
