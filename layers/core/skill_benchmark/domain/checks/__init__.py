"""Deterministic checks of an answer, beside the judges: the same answer always gets the same outcome, at no cost.

`parse_checks` reads what a caller sent, `Checks` is the same as a pydantic field, `run_checks` looks at one answer.
"""

from skill_benchmark.domain.checks.models import (
    Check,
    Checks,
    ContainsCheck,
    ExactCheck,
    JsonSchemaCheck,
    NumericCheck,
    RegexCheck,
    parse_checks,
)
from skill_benchmark.domain.checks.outcome import CheckOutcome, CheckResult
from skill_benchmark.domain.checks.run import run_checks

__all__ = [
    "Check",
    "CheckOutcome",
    "CheckResult",
    "Checks",
    "ContainsCheck",
    "ExactCheck",
    "JsonSchemaCheck",
    "NumericCheck",
    "RegexCheck",
    "parse_checks",
    "run_checks",
]
