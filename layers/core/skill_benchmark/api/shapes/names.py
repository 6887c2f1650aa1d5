"""Ids, names and texts in requests: each with its pattern for the document, and words for who sent another."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from skill_benchmark.domain.names import REFUSED_IN_NAMES, checked_name

TENANT_ID = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$"
SKILL_ID = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}$"
RUN_ID = r"^run_[A-Za-z0-9_-]{1,76}$"
RESULT_ID = r"^run_[A-Za-z0-9_-]{1,76}\.(0|[1-9][0-9]{0,8})$"
IDEMPOTENCY_KEY = r"^[\x20-\x7e]{1,255}$"
CURSOR = r"^[A-Za-z0-9_-]{1,2000}$"

WORDS = {
    SKILL_ID: "should be 1 to 200 of A-Z a-z 0-9 _ . : - and begin with a letter or a digit",
    RUN_ID: "should be the id of a run, as its start gave it: run_ and letters, digits, _ or -",
    RESULT_ID: "should be the id of a result, as a list of results gives it: the run's id, a dot and a number",
    IDEMPOTENCY_KEY: "should be 1 to 255 printable ASCII characters",
    CURSOR: "is no cursor; send `next_cursor` of the page before as it is, or leave it out",
}


def matching(pattern: str) -> Callable[[str], str]:
    """A check of a whole text. It raises ValueError with the pattern's words."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(WORDS[pattern])
        return text

    return check


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank; it should have text")
    return text


Name = Annotated[
    str,
    Field(max_length=200),
    AfterValidator(checked_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200, "pattern": rf"^[^{REFUSED_IN_NAMES}]+$"}),
]
Text = Annotated[str, AfterValidator(_not_blank), WithJsonSchema({"type": "string", "minLength": 1, "pattern": r"\S"})]
SkillId = Annotated[str, AfterValidator(matching(SKILL_ID)), WithJsonSchema({"type": "string", "pattern": SKILL_ID})]
Cursor = Annotated[str, AfterValidator(matching(CURSOR)), WithJsonSchema({"type": "string", "pattern": CURSOR})]
