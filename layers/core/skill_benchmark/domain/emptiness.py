"""Which answers hold nothing at all, so that no judge has to be asked about them.

Whatever shows something is content, whether it is a letter or not: `=`, `∞`, `-`, `?`, `[]`, `""`, an emoji, a
character of a private script. A judge can give it 0; nobody can appeal against a rule. Nothing is only
- white space and characters that are not drawn;
- full stops, commas, colons and ellipses;
- a code fence without code, an HTML comment without a comment;
- an opener ("Thought process:"), which announces an answer that never comes.

Such marks and openers talk judges into high scores (Zhao et al., "One Token to Fool LLM-as-a-Judge", 2025).
"""

import re
import unicodedata
from functools import cache
from importlib import resources

# Unicode's Default_Ignorable_Code_Point and noncharacters, format characters that join what is not there, and two
# blanks that are neither white space nor ignorable by the standard's own list (U+2800, U+1D159).
_NOT_DRAWN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d159"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_MARKS = ".,:…。．｡，、､：،۔।॥︰\u0589\u2024\u2025\ufe12\ufe50\ufe52\ufe55"
_NOTHING = re.compile(rf"[\s{_NOT_DRAWN}{re.escape(_MARKS)}]*")
_DROPPED = re.compile(f"[{_NOT_DRAWN}]")
_EMPTY_COMMENT = re.compile(r"<!--\s*-->")
_FENCE = re.compile(r"(?:`{3,}|~{3,})[\w+#.-]*")
_COLON = "[:：︰\ufe55]"
_OPENER = re.compile(
    rf"[>#\s]*(?:\*\*|__|[*_])?(?P<words>[\w' ]+?)\s*"
    rf"(?P<end>(?:\*\*|__|[*_])?{_COLON}?(?:\*\*|__|[*_])?[\s{re.escape(_MARKS)}]*)"
)
_LONGEST_OPENER = 80


def is_empty(answer: str, expected_output: str | None = None) -> bool:
    """Whether there is nothing to judge. What equals the expected output, apart from case and white space, never is."""
    if expected_output is not None and _normalised(answer) == _normalised(expected_output):
        return False
    return all(_says_nothing(line) for line in _EMPTY_COMMENT.sub("", answer).splitlines())


def _normalised(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _says_nothing(line: str) -> bool:
    if _NOTHING.fullmatch(line):
        return True
    seen = _DROPPED.sub("", line).strip()
    return _FENCE.fullmatch(seen) is not None or (len(seen) <= _LONGEST_OPENER and _only_opens(seen))


def _only_opens(line: str) -> bool:
    found = _OPENER.fullmatch(line.replace("\u2019", "'"))
    if found is None:
        return False
    openers, sentences = _openers()
    words = " ".join(found["words"].casefold().split())
    return words in sentences or (words in openers and re.search(_COLON, found["end"]) is not None)


@cache
def _openers() -> tuple[frozenset[str], frozenset[str]]:
    """Those that need a colon to be one, and those that do not."""
    text = resources.files(__package__).joinpath("openers.txt").read_text(encoding="utf-8")
    with_colon, without = text.split("[sentences]")
    return _lines(with_colon), _lines(without)


def _lines(text: str) -> frozenset[str]:
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
