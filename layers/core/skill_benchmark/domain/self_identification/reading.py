"""An answer, read for what it says of whoever gave it."""

from functools import cached_property

from skill_benchmark.domain.self_identification.names import Found, Span, begins, every, is_in
from skill_benchmark.domain.self_identification.quotation import is_one_quotation, is_quoted

NEAR = 200
"""Characters that are read around a name."""

_ONLY_A_MODEL = (
    *("language", "llm", "sprachmodell", "langage", "linguistique", "langue", "lenguaje", "linguagem", "lingüístico"),
    *("linguaggio", "linguistico", "taalmodel", "językow", "språkmodell", "языков"),
)


class Reading:
    """Finds phrases at a place of the answer. A place is an index into `text`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def at(self, name: str, place: int) -> Found | None:
        """The phrase that begins there."""
        return begins(name, self.text, place, NEAR)

    def all(self, name: str) -> list[Found]:
        return every(name, self.text)

    def is_quoted(self, place: int) -> bool:
        """Whether somebody else says what begins there. An answer that is all JSON or one quotation is its model's."""
        return not self._is_in_one_piece and is_quoted(self.text, place)

    @cached_property
    def _is_in_one_piece(self) -> bool:
        return self.text[:NEAR].lstrip()[:1] in {"{", "["} or is_one_quotation(self.text)

    @cached_property
    def statements(self) -> list[Found]:
        """Where it says "I am an AI", or "As a language model, I"."""
        said = [found for found in self.all("statement") if not self.is_quoted(found.start("phrase"))]
        return said + [found for found in self.all("as_an_ai") if is_in("speaks_of_itself", found["after"])]

    @property
    def is_ai(self) -> bool:
        return bool(self.statements)

    @cached_property
    def is_language_model(self) -> bool:
        return any(is_strong(statement["noun"]) for statement in self.statements)

    def is_of_the_stars(self, place: int) -> bool:
        """Gemini is a sign of the zodiac, and was a spacecraft."""
        return is_in("of_the_stars", self.text[max(0, place - NEAR) : place + NEAR])

    def makers_at(self, place: int) -> list[Span]:
        """Of what a noun names that ends there: "… made by Anthropic"."""
        for name in ("made_by", "source", "later_lab"):
            if found := self.at(name, place):
                return found.spans("maker", "between")
        return []


def is_strong(noun: str) -> bool:
    """A ship may have an AI, and a bank a chatbot; a language model speaks of itself."""
    return any(word in noun.casefold() for word in _ONLY_A_MODEL)
