"""Numbers in text, exactly.

A number has ASCII digits, optionally a sign (`-`, `+` or U+2212), thousands set off by commas in threes, a decimal
point and an exponent. Decimal arithmetic, so that 1.1 is within 0.1 of 1.0.
"""

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation

MAX_NUMBER_LENGTH = 400

_GRAMMAR = re.compile(r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:(?<=[0-9])\.?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
# What looks like one number, readable or not. Digits behind a letter belong to a name ("Q3"), and a sign behind one or
# behind a digit is a hyphen or a subtraction ("2024-01-15").
_LOOKS_LIKE_A_NUMBER = re.compile(
    r"(?:(?<![A-Za-z0-9_.,])[-+\u2212])?(?<![A-Za-z0-9_.])\.?[0-9](?:[.,]?[0-9])*(?:[eE][-+\u2212]?[0-9]+)?"
)
# Wide enough for any number of the permitted length to be exact.
_ARITHMETIC = Context(prec=2 * MAX_NUMBER_LENGTH, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[InvalidOperation])


def number_of(text: str) -> Decimal | None:
    """The number that the text is, white space around it aside; None when it is none."""
    plain = text.strip().replace("\u2212", "-")
    if len(plain) > MAX_NUMBER_LENGTH or not _GRAMMAR.fullmatch(plain):
        return None
    try:
        number = _ARITHMETIC.create_decimal(plain.replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def first_number(text: str) -> str | None:
    """The first part of the text that looks like a number; it may still be unreadable, like `3,14` or `1.2.3`."""
    found = _LOOKS_LIKE_A_NUMBER.search(text)
    return found.group() if found else None


def last_number(text: str) -> str | None:
    last = None
    for last in _LOOKS_LIKE_A_NUMBER.finditer(text):  # noqa: B007 - the last one is what is wanted, the list is not
        pass
    return last.group() if last else None


def exactly(value: float) -> Decimal:
    """The number as it was written, not the binary fraction nearest to it."""
    return Decimal(repr(value))


def is_within(number: Decimal, value: Decimal, absolute: Decimal, relative: Decimal) -> bool:
    """Whether |number − value| is at most the wider of the tolerances, the relative one being of |value|."""
    difference = _ARITHMETIC.abs(_ARITHMETIC.subtract(number, value))
    allowed = max(absolute, _ARITHMETIC.multiply(relative, value.copy_abs()))
    return difference <= allowed
