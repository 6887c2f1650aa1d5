"""The grammar of a Metrics Insights query as CloudWatch's user guide gives it.

SELECT FUNCTION(metric) FROM namespace | SCHEMA(namespace [, label …]) [WHERE label = | != value [AND …]]
[GROUP BY label [, …]] [ORDER BY FUNCTION() [ASC | DESC]] [LIMIT number]
"""

import re
from collections.abc import Sequence

_TOKEN = re.compile(r"""\s*(?:("[^"]*")|('[^']*')|(!=|[=(),])|([A-Za-z0-9_./:-]+))""")
_FUNCTIONS = {"AVG", "COUNT", "MAX", "MIN", "SUM"}


def is_query(expression: str) -> bool:
    return bool(re.match(r"\s*SELECT\b", expression, re.IGNORECASE))


def check(query: str) -> None:
    """Raises ValueError with the token where the query leaves the grammar."""
    _Reader(_tokens(query)).query()


def _tokens(query: str) -> list[str]:
    found, at = [], 0
    text = query.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"no token at {text[at : at + 20]!r}")
        found.append(match.group().strip())
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = [*tokens, ""]

    def query(self) -> None:
        self._word("SELECT")
        self._function()
        self._word("(")
        self._name()
        self._word(")")
        self._word("FROM")
        self._source()
        if self._taken("WHERE"):
            self._condition()
            while self._taken("AND"):
                self._condition()
        if self._taken("GROUP"):
            self._word("BY")
            self._names()
        if self._taken("ORDER"):
            self._word("BY")
            self._function()
            self._word("(")
            self._word(")")
            _ = self._taken("ASC") or self._taken("DESC")
        if self._taken("LIMIT") and not self._next().isdigit():
            raise ValueError("LIMIT needs a number")
        self._word("")

    def _source(self) -> None:
        if self._taken("SCHEMA"):
            self._word("(")
            self._names()
            self._word(")")
        else:
            self._name()

    def _condition(self) -> None:
        if self._taken("("):
            self._condition()
            while self._taken("AND"):
                self._condition()
            self._word(")")
            return
        self._name()
        if (operator := self._next()) not in {"=", "!="}:
            raise ValueError(f"{operator!r} is no operator")
        if not (value := self._next()).startswith("'"):
            raise ValueError(f"{value!r} is no value in single quotes")

    def _function(self) -> None:
        if (name := self._next()).upper() not in _FUNCTIONS:
            raise ValueError(f"{name!r} is no function")

    def _names(self) -> None:
        self._name()
        while self._taken(","):
            self._name()

    def _name(self) -> None:
        if not re.fullmatch(r'"[^"]+"|\w+', name := self._next()):
            raise ValueError(f"{name!r} needs double quotes, or is no name")

    def _taken(self, word: str) -> bool:
        if self._tokens[0].upper() != word:
            return False
        self._tokens.pop(0)
        return True

    def _word(self, word: str) -> None:
        if not self._taken(word):
            raise ValueError(f"{self._tokens[0]!r} where {word or 'the end'} belongs")

    def _next(self) -> str:
        return self._tokens.pop(0)
