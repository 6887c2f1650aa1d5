"""What checks found in one answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from skill_benchmark.domain.text import preview, storable

MAX_DETAIL_LENGTH = 300
EXCERPT_LENGTH = 40

CheckType = Literal["exact", "contains", "regex", "json_schema", "numeric"]


@dataclass(frozen=True)
class Finding:
    """What one check found. `passed` is None where the check had nothing to compare the answer with."""

    passed: bool | None
    detail: str


class NotDecidedError(Exception):
    """Looking further at this answer would cost more than a check may. Says nothing for or against the answer."""


class CheckResult(BaseModel):
    """One check of one answer, fit for `jsonb`."""

    model_config = ConfigDict(frozen=True)

    type: CheckType
    passed: bool | None
    """None: the check did not apply, or could not be decided within its limits; `detail` says which."""
    detail: str = Field(max_length=MAX_DETAIL_LENGTH)
    """One line for a person; it quotes excerpts of the answer, never all of a long one."""


class CheckOutcome(BaseModel):
    """All checks of one answer: `passed` goes to `check_passed`, `results` to `check_results`.

    `passed` is False when any check failed, True when all that applied passed, and None when none applied or the
    others passed and one could not be decided.
    """

    model_config = ConfigDict(frozen=True)

    passed: bool | None
    results: Sequence[CheckResult]


def one_line(detail: str) -> str:
    return preview(storable(detail)[0], MAX_DETAIL_LENGTH)


def excerpt(text: str) -> str:
    return repr(text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1] + "…")
