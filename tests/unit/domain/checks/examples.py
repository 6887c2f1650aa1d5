"""One check and one answer at a time."""

from typing import Any

from pydantic import TypeAdapter

from skill_benchmark.domain.checks import Check, CheckResult, Checks, run_checks

_CHECKS = TypeAdapter[list[Check]](Checks)


def parse_checks(raw: object) -> list[Check]:
    return _CHECKS.validate_python(raw)


def result(check: dict[str, Any], answer: str, expected_output: str | None = None) -> CheckResult:
    (only,) = run_checks(parse_checks([check]), answer, expected_output).results
    return only


def passes(check: dict[str, Any], answer: str, expected_output: str | None = None) -> bool | None:
    return result(check, answer, expected_output).passed
