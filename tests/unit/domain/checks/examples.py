"""One check and one answer at a time."""

from typing import Any

from skill_benchmark.domain.checks import CheckResult, parse_checks, run_checks


def result(check: dict[str, Any], answer: str, expected_output: str | None = None) -> CheckResult:
    (only,) = run_checks(parse_checks([check]), answer, expected_output).results
    return only


def passes(check: dict[str, Any], answer: str, expected_output: str | None = None) -> bool | None:
    return result(check, answer, expected_output).passed
