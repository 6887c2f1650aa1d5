"""Checks of one answer."""

from collections.abc import Sequence
from typing import assert_never

from skill_benchmark.domain.checks import numbers, patterns
from skill_benchmark.domain.checks.models import (
    Check,
    ContainsCheck,
    ExactCheck,
    JsonSchemaCheck,
    NumericCheck,
    RegexCheck,
)
from skill_benchmark.domain.checks.outcome import (
    EXCERPT_LENGTH,
    CheckOutcome,
    CheckResult,
    Finding,
    NotDecidedError,
    excerpt,
    one_line,
)
from skill_benchmark.domain.text import storable

MAX_ANSWER_BYTES = 1_048_576

_NO_REFERENCE = Finding(None, "not applicable: it has no value and the case no expected_output; give it one of them")


def run_checks(checks: Sequence[Check], answer: str, expected_output: str | None) -> CheckOutcome:
    """Look at one answer with each check. Takes any answer at all, and raises for none.

    The answer is looked at as it is stored: without U+0000 and halves of surrogate pairs.
    """
    text = storable(answer)[0]
    expected = None if expected_output is None else storable(expected_output)[0]
    results = []
    undecided = False
    for check in checks:
        try:
            finding = _finding(check, text, expected)
        except NotDecidedError as reason:
            undecided = True
            finding = Finding(None, f"not decided: {reason}")
        results.append(CheckResult(type=check.type, passed=finding.passed, detail=one_line(finding.detail)))
    return CheckOutcome(passed=_all_passed([result.passed for result in results], undecided=undecided), results=results)


def _all_passed(passed: Sequence[bool | None], *, undecided: bool) -> bool | None:
    if False in passed:
        return False
    return True if True in passed and not undecided else None


def _finding(check: Check, answer: str, expected: str | None) -> Finding:
    if len(answer) > MAX_ANSWER_BYTES or len(answer.encode()) > MAX_ANSWER_BYTES:
        raise NotDecidedError(f"the answer has more than {MAX_ANSWER_BYTES} bytes")
    match check:
        case ExactCheck():
            return _exact(check, answer, expected)
        case ContainsCheck():
            return _contains(check, answer)
        case RegexCheck():
            return _regex(check, answer)
        case JsonSchemaCheck():
            from skill_benchmark.domain.checks import json_schema  # noqa: PLC0415 - slow to import; only its users pay

            return json_schema.finding(check.document, answer)
        case NumericCheck():
            return _numeric(check, answer, expected)
        case _:
            assert_never(check)


def _exact(check: ExactCheck, answer: str, expected: str | None) -> Finding:
    value = expected if check.value is None else check.value
    if value is None:
        return _NO_REFERENCE
    if check.trim:
        answer, value = answer.strip(), value.strip()
    if check.ignore_case:
        answer, value = answer.casefold(), value.casefold()
    if answer == value:
        return Finding(passed=True, detail="the answer is the value")
    at = next((i for i, (a, b) in enumerate(zip(answer, value, strict=False)) if a != b), min(len(answer), len(value)))
    return Finding(
        passed=False,
        detail=f"differs from the value at character {at + 1}: {_rest(answer, at)}, expected {_rest(value, at)}",
    )


def _rest(text: str, at: int) -> str:
    return excerpt(text[at : at + 2 * EXCERPT_LENGTH]) if at < len(text) else "the end"


def _contains(check: ContainsCheck, answer: str) -> Finding:
    if check.ignore_case:
        answer = answer.casefold()
    missing = [value for value in check.values if (value.casefold() if check.ignore_case else value) not in answer]
    found = len(check.values) - len(missing)
    passed = not missing if check.mode == "all" else found > 0
    first = f"; missing: {excerpt(missing[0])}" if missing and not passed else ""
    return Finding(passed=passed, detail=f"{found} of {len(check.values)} values found, {check.mode} needed{first}")


def _regex(check: RegexCheck, answer: str) -> Finding:
    pattern = patterns.compiled(check.pattern)
    try:
        matches = pattern.search(answer) if check.match == "search" else pattern.fullmatch(answer.strip())
    except patterns.TooManyStepsError as reason:
        raise NotDecidedError(f"the pattern is too large for an answer of this length: {reason}") from None
    what = "occurs in the answer" if check.match == "search" else "is the whole answer"
    return Finding(passed=matches, detail=f"the pattern {excerpt(check.pattern)} {what}: {'yes' if matches else 'no'}")


def _numeric(check: NumericCheck, answer: str, expected: str | None) -> Finding:
    if check.value is not None:
        value = numbers.exactly(check.value)
    elif expected is None:
        return _NO_REFERENCE
    elif (reference := numbers.number_of(expected)) is not None:
        value = reference
    else:
        return Finding(None, "not applicable: the expected_output is not a number alone; give the check a value")
    part = _numeric_part(check, answer)
    if part is None:
        return Finding(passed=False, detail="the answer holds no number")
    number = numbers.number_of(part)
    if number is None:
        return Finding(passed=False, detail=f"{excerpt(part)} is not one number such as -1,234.5 or 1e3")
    passed = numbers.is_within(
        number, value, numbers.exactly(check.absolute_tolerance), numbers.exactly(check.relative_tolerance)
    )
    relation = "is" if passed else "is not"
    return Finding(passed=passed, detail=f"{number:.12g} {relation} {value:.12g} within the tolerance")


def _numeric_part(check: NumericCheck, answer: str) -> str | None:
    match check.number:
        case "whole":
            return answer
        case "first":
            return numbers.first_number(answer)
        case "last":
            return numbers.last_number(answer)
