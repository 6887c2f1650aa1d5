""" "I am Claude", "As Claude, I", "I was made by Anthropic"."""

from collections.abc import Iterator
from dataclasses import dataclass

from skill_benchmark.domain.self_identification.names import Found, Kind, Span, is_in, is_lab, kind_of, pattern
from skill_benchmark.domain.self_identification.reading import NEAR, Reading, is_strong

_SHORT = 200
"""Characters after a name with nothing beside it, in which a person would have said more of themselves."""
_TRAIN = ("train", "entra", "entren", "trein", "getrain", "addestr", "wytren", "trän", "обуч")


def first_person(reading: Reading) -> Iterator[Span]:
    for statement in reading.statements:
        yield from statement.spans("before", "owner", "possessor")
        yield from _after_a_noun(reading, statement)
    yield from _names(reading)
    yield from _as_somebody(reading)
    yield from _makers(reading)


def _after_a_noun(reading: Reading, statement: Found) -> list[Span]:
    """ "… called Claude, made by Anthropic"."""
    place = statement.end("noun")
    taken = reading.makers_at(place)
    if named := reading.at("named", place):
        taken += reading.makers_at(named.end("name"))
        if kind_of(named["name"]) > Kind.COMMON or taken or is_strong(statement["noun"]):
            taken.append(named.span("name"))
    return taken


def _names(reading: Reading) -> Iterator[Span]:
    for found in reading.all("first_person"):
        beside = _beside(reading, found.end("name"))
        if _is_its_own(reading, found, beside):
            yield found.span("name")
            yield from beside.makers if beside else ()
            if kind_of(found["name"]) is Kind.UNMISTAKABLE and (
                helper := reading.at("a_helper_from", found.end("name"))
            ):
                yield helper.span("maker")
    for found in reading.all("runs_on"):
        if kind_of(found["name"]) > Kind.COMMON and reading.at("name_ends", found.end("name")):
            yield found.span("name")


@dataclass(frozen=True)
class _Beside:
    """What stands behind a name and speaks for a model: whether nobody else would say so, and the makers in it."""

    is_strong: bool
    makers: list[Span]


def _beside(reading: Reading, place: int) -> _Beside | None:
    place += len(reading.text[place : place + 3]) - len(reading.text[place : place + 3].lstrip("*_"))
    if found := reading.at("an_ai", place):
        makers = found.spans("owner") + reading.makers_at(found.end("noun"))
        return _Beside(is_strong=bool(makers) or is_strong(found["noun"]), makers=makers)
    if (found := reading.at("a_helper_made_by", place)) or (found := reading.at("from_lab", place)):
        return _Beside(is_strong=True, makers=found.spans("maker", "between"))
    if (found := reading.at("made_by", place)) and _is_said_of_models(reading, found):
        return _Beside(is_strong=True, makers=found.spans("maker", "between"))
    if reading.at("a_helper", place) or reading.at("not_another", place):
        return _Beside(is_strong=False, makers=[])
    return None


def _is_its_own(reading: Reading, found: Found, beside: _Beside | None) -> bool:
    if beside and beside.is_strong:
        return True
    if reading.is_quoted(found.start("phrase")):
        return False
    kind, ends = kind_of(found["name"]), reading.at("name_ends", found.end("name")) is not None
    if kind is Kind.UNMISTAKABLE:
        return ends or beside is not None
    if kind is Kind.COMMON:
        return ends and reading.is_language_model
    if reading.is_of_the_stars(found.start("name")):
        return False
    return beside is not None or (ends and reading.is_ai) or _is_alone(reading, found)


def _is_alone(reading: Reading, found: Found) -> bool:
    """A greeting, the name, and nothing that a person would say of themselves."""
    place = found.end("name")
    if found["call_me"] or not found["name"][0].isupper() or found.start("phrase") > NEAR:
        return False
    if not pattern("only_greeting").fullmatch(reading.text[: found.start("phrase")]):
        return False
    if reading.at("ends_answer", place) or reading.at("helps", place):
        return True
    rest = reading.text[place : place + _SHORT + 1]
    if len(rest) > _SHORT or not reading.at("goes_on", place):
        return False
    return not is_in("speaks_of_itself", rest)


def _as_somebody(reading: Reading) -> Iterator[Span]:
    for found in reading.all("as_name"):
        kind, name = kind_of(found["name"]), found["name"]
        is_ai = (
            found["speaking"].casefold() == "speaking as"
            or reading.is_ai
            or reading.at("speaks_as_ai", found.start("self")) is not None
        )
        is_capital = name[0].isupper() and not reading.is_of_the_stars(found.start("name"))
        if kind is Kind.UNMISTAKABLE or (kind is Kind.AMBIGUOUS and is_ai and is_capital):
            yield found.span("name")


def _makers(reading: Reading) -> Iterator[Span]:
    for found in reading.all("i_was_made"):
        [maker] = found.spans("maker", "between")
        as_a_model = reading.at("as_a_model", maker[1])
        is_model = reading.is_ai or as_a_model is not None or is_lab(reading.text[slice(*maker)])
        if not is_model or reading.is_quoted(found.start("phrase")):
            continue
        if as_a_model or _is_said_of_models(reading, found):
            yield maker
            yield from reading.makers_at(as_a_model.end("noun")) if as_a_model else ()
    for found in reading.all("made_me"):
        [maker] = found.spans("maker", "creator")
        if (reading.is_ai or is_lab(reading.text[slice(*maker)])) and not reading.is_quoted(found.start("phrase")):
            yield maker


def _is_said_of_models(reading: Reading, found: Found) -> bool:
    """People are trained too, by a company and as something; whatever else is made is no person."""
    [maker] = found.spans("maker", "between")
    return not found["verb"].casefold().startswith(_TRAIN) or reading.at("trained_ends", maker[1]) is not None
