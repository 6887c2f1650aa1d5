"""Data blocks that no content can leave, and in which a judge sees what a person would not.

`<data-NONCE name="…">`, the text, `</data-NONCE>`. The nonce is random, new for each request and in none of the texts.
Text is shown to the last space, but for two things:

- a `<` that begins anything like a block tag is written `&lt;`, whatever nonce follows, and however it is disguised
  (upper case, spaces, full-width signs, invisible characters in between);
- a character that cannot be seen, or that turns the direction of text around, is written `⟦U+200B⟧`. Joiners between
  letters or emoji, which Persian, Indic scripts and families of emoji are written with, stay.
"""

import re
import secrets
import unicodedata
from collections.abc import Mapping

_LESS_THAN = "<\uff1c\ufe64"
_JOINERS = "\u200c\u200d"
# Controls, format characters, separators of lines and paragraphs, private use, tags and the supplementary variation
# selectors: what Unicode has that is not drawn. Tab, line feed and carriage return are layout and stay.
_HIDDEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ue000-\uf8ff\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
)
_NOT_AS_IT_IS = re.compile(f"[{_LESS_THAN}{_HIDDEN}]")
_IS_HIDDEN = re.compile(f"[{_HIDDEN}]")
_TAG = "data"
_LONGEST_DISGUISE = 64
"""Characters between `<` and the end of `data`; a tag that is longer than this nobody reads as one."""


def fenced(texts: Mapping[str, str]) -> tuple[str, str]:
    """All texts in blocks of their names, and the nonce."""
    shown_texts = {name: shown(text) for name, text in texts.items()}
    nonce = secrets.token_hex(16)
    while any(nonce in text for text in shown_texts.values()):
        nonce = secrets.token_hex(16)
    blocks = (f'<data-{nonce} name="{name}">\n{text}\n</data-{nonce}>' for name, text in shown_texts.items())
    return "\n\n".join(blocks), nonce


def shown(text: str) -> str:
    """A text as it stands inside of a block."""

    def replaced(found: re.Match[str]) -> str:
        if found[0] in _LESS_THAN:
            return "&lt;" if _begins_a_tag(text, found.start()) else found[0]
        return f"⟦U+{ord(found[0]):04X}⟧" if is_hidden(text, found.start()) else found[0]

    return _NOT_AS_IT_IS.sub(replaced, text)


def is_hidden(text: str, index: int) -> bool:
    """Whether the character cannot be seen, or turns text around, where it stands."""
    character = text[index]
    if character in _JOINERS:
        return not (_is_joined(text, index - 1) and _is_joined(text, index + 1))
    return _IS_HIDDEN.match(character) is not None


def _begins_a_tag(text: str, index: int) -> bool:
    """Whether `<`, perhaps `/`, and then `data` follow one another when all that cannot be seen is left out."""
    wanted = 0
    for at in range(index + 1, min(len(text), index + 1 + _LONGEST_DISGUISE)):
        if is_hidden(text, at) or text[at].isspace() or unicodedata.category(text[at]) == "Mn":
            continue
        letter = unicodedata.normalize("NFKC", text[at]).casefold()
        if wanted == 0 and letter in {"/", "\\", "\u2215", "\u2044"}:
            continue
        if letter != _TAG[wanted]:
            return False
        wanted += 1
        if wanted == len(_TAG):
            return True
    return False


def _is_joined(text: str, index: int) -> bool:
    """A letter or a mark of a script that joins, or an emoji."""
    if not 0 <= index < len(text) or text[index].isascii():
        return False
    return unicodedata.category(text[index])[0] in "LM" or unicodedata.category(text[index]) in {"So", "Sk"}
