"""The answer without the names that its model gives itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from skill_benchmark.domain.self_identification.cjk import in_cjk
from skill_benchmark.domain.self_identification.credits import credited
from skill_benchmark.domain.self_identification.first_person import first_person
from skill_benchmark.domain.self_identification.names import is_told, pattern
from skill_benchmark.domain.self_identification.reading import Reading

REMOVED = "[model name removed]"


@dataclass(frozen=True)
class Redacted:
    """An answer as a judge may see it, and whether a name was taken out."""

    text: str
    redacted: bool


def redact(answer: str, told: Iterable[str] = ()) -> Redacted:
    """Take out the names by which a model identifies itself.

    `told` are the texts of the case: skill, input and expected output. A name that one of them has stays.
    """
    if not pattern("any").search(answer):
        return Redacted(answer, redacted=False)
    reading, told = Reading(answer), tuple(told)
    spans = {*first_person(reading), *in_cjk(reading), *credited(answer)}
    stays = {name: is_told(name, told) for name in {answer[start:stop] for start, stop in spans}}
    pieces, end = [], 0
    for start, stop in sorted(spans):
        if start >= end and not stays[answer[start:stop]]:
            pieces += [answer[end:start], REMOVED]
            end = stop
    return Redacted("".join([*pieces, answer[end:]]), redacted=bool(pieces))
