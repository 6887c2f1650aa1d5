"""Regular expressions in time linear in the text.

RE2 never backtracks, so no pattern can hang; what it costs at worst is the size of the compiled pattern times the bytes
of the text, and that product is limited. Its syntax is that of Python's `re` without what needs backtracking; `\\d`,
`\\w`, `\\s` and `\\b` know ASCII only, `$` is the very end of the text, and its last position is `\\z`, not `\\Z`.
"""

import functools
import re

import re2  # type: ignore[import-untyped] # ships no types

MAX_PATTERN_LENGTH = 1_000
MAX_COMPILED_SIZE = 2_000
"""Instructions of RE2's program: nested repetitions make many of few characters."""
MAX_STEPS = 400_000_000
"""Instructions × bytes; about two seconds when RE2 has to use the slowest of its engines."""
_MAX_MEMORY = 1_048_576
"""Bytes of each compiled pattern, of which a process keeps many; RE2 is slower with less, within MAX_STEPS."""

_UNSUPPORTED = {
    "(?=": "lookahead `(?=…)`",
    "(?!": "negative lookahead `(?!…)`",
    "(?<=": "lookbehind `(?<=…)`",
    "(?<!": "negative lookbehind `(?<!…)`",
    "(?>": "an atomic group `(?>…)`",
    "(?(": "a conditional group `(?(…)…)`",
    "(?#": "a comment `(?#…)`",
    "(?R": "recursion `(?R)`",
    "(?x": "the verbose flag `(?x)`",
    "(?P": "a backreference by name `(?P=…)`",
    "\\k": "a backreference by name `\\k<…>`",
    "\\Z": "`\\Z` (write `\\z`)",
    "\\u": "`\\u` (write `\\x{20AC}` or the character itself)",
}
_POSSESSIVE = ("*+", "++", "?+", "}+")


class TooManyStepsError(Exception):
    """This pattern on a text of this length could take longer than a check may."""


class Pattern:
    """A compiled pattern. Raises ValueError, saying what RE2 does not know, when the text is not one."""

    def __init__(self, source: str) -> None:
        if len(source) > MAX_PATTERN_LENGTH:
            raise ValueError(f"{len(source)} characters; a pattern may have {MAX_PATTERN_LENGTH}")
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _MAX_MEMORY
        options.never_capture = True  # only whether it matches is asked, so that groups need not cost anything
        try:
            self._compiled = re2.compile(source.encode(), options)
        except re2.error as error:
            raise ValueError(_explained(error)) from None
        self.size = max(self._compiled.programsize, self._compiled.reverseprogramsize)
        if self.size > MAX_COMPILED_SIZE:
            raise ValueError(
                f"its repetitions unfold to {self.size} steps of {MAX_COMPILED_SIZE}; repeat less, or use * or +"
            )

    def search(self, text: str) -> bool:
        """Whether it matches anywhere."""
        return self._compiled.search(self._affordable(text)) is not None

    def fullmatch(self, text: str) -> bool:
        return self._compiled.fullmatch(self._affordable(text)) is not None

    def _affordable(self, text: str) -> bytes:
        # A string inside a JSON answer can hold half of a surrogate pair, which UTF-8 cannot.
        encoded = text.encode("utf-8", "replace")
        if (steps := self.size * len(encoded)) > MAX_STEPS:
            raise TooManyStepsError(f"{steps} steps; a pattern may take {MAX_STEPS}")
        return encoded


@functools.lru_cache(maxsize=256)
def compiled(source: str) -> Pattern:
    """A plan's patterns are few and each is asked of many answers."""
    return Pattern(source)


def _explained(error: re2.error) -> str:
    reason = error.args[0]
    message = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    problem, _, part = message.rpartition(": ")
    if (name := _unsupported(problem, part)) is None:
        return f"is not a regular expression that RE2 knows: {message}"
    return (
        f"uses {name}, which RE2, the engine that cannot hang, does not know; rewrite the pattern without it, "
        "or use several checks, all of which must pass"
    )


def _unsupported(problem: str, part: str) -> str | None:
    if problem == "invalid escape sequence" and re.fullmatch(r"\\[1-9]", part):
        return f"the backreference `{part}`"
    if problem == "bad repetition operator" and part.endswith(_POSSESSIVE):
        return f"the possessive quantifier `{part}`"
    return _UNSUPPORTED.get(part)
