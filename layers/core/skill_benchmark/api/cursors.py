"""Opaque cursors: the key of the last row of a page, and which list it is of."""

import base64
import json
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter
from pydantic_core import to_jsonable_python

from skill_benchmark.api.problems import InvalidParameter
from skill_benchmark.api.shapes.names import CURSOR, WORDS

P = TypeVar("P")

_Name = Annotated[str, Field(pattern=r"^[^\x00]+$")]
_Int = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Cursors(Generic[P]):
    """The cursors of one kind of list, whose rows are ordered by `P`.

    Anyone can read a cursor: nothing is in it that a row does not show.

    A row that is inserted later moves no cursor, because a cursor is a key and not a number of rows.
    """

    def __init__(self, kind: str, position: TypeAdapter[tuple[str, P]]) -> None:
        self._kind = kind
        self._adapter = position

    def at(self, owner: str, position: P) -> str:
        """The cursor behind this row of the owner's list; the owner is the id of a run, a skill or a result."""
        content = json.dumps([f"{self._kind} {owner}", to_jsonable_python(position)])
        return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")

    def read(self, cursor: str | None, owner: str) -> P | None:
        """Raises InvalidParameter for what is no cursor of the owner's list."""
        if cursor is None:
            return None
        try:
            of, position = self._adapter.validate_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except ValueError:
            of = None
        if of != f"{self._kind} {owner}":
            raise InvalidParameter("query", "cursor", WORDS[CURSOR])
        return position


def _adapter(position: Any) -> Any:
    return TypeAdapter(tuple[str, position])


RESULTS: Cursors[tuple[str, int, int]] = Cursors("results", _adapter(tuple[_Name, _Int, _Int]))
RUNS: Cursors[tuple[datetime, str]] = Cursors("runs", _adapter(tuple[AwareDatetime, _Name]))
TRAINING_EXAMPLES: Cursors[tuple[datetime, UUID]] = Cursors("training-examples", _adapter(tuple[AwareDatetime, UUID]))
VERDICTS: Cursors[tuple[str, int]] = Cursors("verdicts", _adapter(tuple[_Name, _Int]))
LABELS: Cursors[tuple[str, str]] = Cursors("labels", _adapter(tuple[_Name, _Name]))
PAIRS: Cursors[tuple[str, str]] = Cursors("pairs", _adapter(tuple[_Name, _Name]))
MODELS: Cursors[tuple[bool, str]] = Cursors("models", _adapter(tuple[bool, _Name]))
