"""Names that look like what they are."""

import re
import unicodedata

REFUSED_IN_NAMES = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
"""Characters of a regular expression's class: controls, line ends, and what changes the direction of text."""

_REFUSED_IN_NAME = re.compile(f"[{REFUSED_IN_NAMES}]")
# Letters by their category that are drawn as nothing.
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"


def checked_name(text: str) -> str:
    """A name that a person can see, on one line. Raises ValueError with what to change."""
    if "\x00" in text:
        # The other is U+0000 by now where a name is from a body.
        raise ValueError("holds U+0000 or half of a surrogate pair; remove it")
    if refused := _REFUSED_IN_NAME.search(text):
        raise ValueError(
            f"holds U+{ord(refused[0]):04X}, a control character or one that changes the direction of text; remove it"
        )
    if not any(unicodedata.category(character)[0] not in "CMZ" and character not in _FILLERS for character in text):
        raise ValueError("is blank; it should have a character that can be seen")
    return text
