"""Deterministic checks of an answer, beside the judges: the same answer always gets the same outcome, at no cost.

`Checks` is what a caller sends, as a pydantic field; `run_checks` looks at one answer.
"""

from skill_benchmark.domain.checks.models import (
    Check,
    Checks,
    ContainsCheck,
    ExactCheck,
    JsonSchemaCheck,
    NumericCheck,
    RegexCheck,
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
    "run_checks",
]
