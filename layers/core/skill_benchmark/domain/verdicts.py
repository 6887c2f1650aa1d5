"""A judge's verdict: its shape, and how a reply is read without guessing."""

import json
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skill_benchmark.domain.errors import JudgeUnreadable
from skill_benchmark.domain.text import storable

MAX_QUOTES = 20

Score = Annotated[int, Field(ge=0, le=100, strict=True)]

DIMENSIONS = ("faithfulness_score", "relevancy_score", "precision_score", "recall_score")


class Verdict(BaseModel):
    """Scores are whole numbers from 0 to 100. Evidence and notes come first, so that a judge reasons before it scores.

    Evidence is asked for and may be missing: verdicts that were recorded without it are still verdicts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    evidence_quotes: Annotated[tuple[Annotated[str, Field(strict=True)], ...], Field(max_length=MAX_QUOTES)] = ()
    quality_notes: Annotated[str, Field(strict=True)]
    faithfulness_score: Score
    relevancy_score: Score
    precision_score: Score
    recall_score: Score
    quality_score: Score
    matches_expected: Annotated[bool, Field(strict=True)] | None

    @classmethod
    def read(cls, reply: str, *, had_reference: bool) -> Self:
        """Read a judge's reply: exactly one JSON object with exactly these keys, never clamped, never guessed.

        Without an expected output there is nothing to match, whatever the judge says. Raises JudgeUnreadable.
        """
        try:
            verdict = cls.model_validate(
                json.loads(reply, parse_constant=_refuse_constant, object_pairs_hook=_refuse_duplicates)
            )
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            # A key that is not ours was written by the judge, and what it wrote has no place in a message.
            known = first["type"] != "extra_forbidden"
            where = (".".join(str(part) for part in first["loc"]) if known else "") or "reply"
            raise JudgeUnreadable(f"{where}: {first['msg']}") from error
        except (ValueError, RecursionError) as error:
            raise JudgeUnreadable(f"the reply is not one JSON object: {error}"[:300]) from error
        notes, _ = storable(verdict.quality_notes)
        quotes = tuple(storable(quote)[0] for quote in verdict.evidence_quotes)
        update: dict[str, Any] = {"quality_notes": notes, "evidence_quotes": quotes}
        if not had_reference:
            update["matches_expected"] = None
        return verdict.model_copy(update=update)

    @classmethod
    def by_rule(cls, note: str, *, had_reference: bool) -> Self:
        """The verdict on an answer with nothing in it; no judge needs to be asked."""
        return cls(
            quality_notes=note,
            faithfulness_score=0,
            relevancy_score=0,
            precision_score=0,
            recall_score=0,
            quality_score=0,
            matches_expected=False if had_reference else None,
        )


def verdict_schema(*, had_reference: bool) -> dict[str, Any]:
    """The JSON schema that the judge's reply is constrained to.

    The API enforces types and keys but neither minima nor maxima; `Verdict.read` checks those again.
    """
    whole_number = {"type": "integer", "description": "a whole number from 0 to 100"}
    properties: dict[str, Any] = {
        "evidence_quotes": {
            "type": "array",
            "items": {"type": "string"},
            "description": "up to five short pieces of the answer, word for word",
        },
        "quality_notes": {"type": "string", "description": "what is right and what is wrong, with evidence"},
        **dict.fromkeys((*DIMENSIONS, "quality_score"), whole_number),
        "matches_expected": {"type": "boolean"} if had_reference else {"type": "null"},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key is given twice")
    return dict(pairs)
