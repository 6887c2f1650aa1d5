"""Skills and training examples as the API gives them."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue
from pydantic.config import JsonDict

from skill_benchmark.api.shapes.runs import Row

_EXAMPLE: JsonDict = {
    "id": "0b5e3f6c-8f0a-4b8e-9d5c-3d1f6f2a7e10",
    "skill_id": "capitals",
    "example_input": "France",
    "expected_output": "Paris",
    "text_sanitized": False,
    "checks": None,
    "created_at": "2026-11-23T09:00:00Z",
    "cut": [],
}


class Skill(Row):
    """A skill and the version of its text that is current. The same text again is the version that it was."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "capitals",
                    "name": "Capitals",
                    "version_number": 2,
                    "content_sha256": "c4" * 32,
                    "rubric": None,
                    "checks": [{"type": "regex", "pattern": "^[A-Z]", "match": "search"}],
                    "created_at": "2026-11-20T08:00:00Z",
                    "updated_at": "2026-11-23T09:00:00Z",
                }
            ]
        }
    )

    id: str
    name: str
    version_number: int
    content_sha256: str
    rubric: str | None = Field(description="By which judges score the skill's answers; null: the service's own.")
    checks: list[dict[str, JsonValue]] | None = Field(description="Of every answer, beside those of a test case.")
    created_at: datetime
    updated_at: datetime


class TrainingExample(Row):
    """An accepted training example: a test case of the skill."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: UUID
    skill_id: str
    example_input: str
    expected_output: str
    text_sanitized: bool = Field(description="Characters that cannot be stored were removed.")
    checks: list[dict[str, JsonValue]] | None
    created_at: datetime
    cut: list[str] = Field(
        default=[], description="Texts that are too long for a response, of which only the beginning is here."
    )


class TrainingExamplePage(Row):
    """Accepted training examples, the oldest first; one without input or output is none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[TrainingExample]
    next_cursor: str | None
