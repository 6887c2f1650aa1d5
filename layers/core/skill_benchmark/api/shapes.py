"""What the API takes: request bodies with their limits. What it gives are rows, named as the columns are."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from skill_benchmark.domain.plan import DEFAULT_CONCURRENCY, MAX_CASES, TestCase


class StartRunBody(BaseModel):
    """All fields may be left out: then the stored skill, its accepted examples and the default models are used."""

    model_config = ConfigDict(extra="forbid")

    skill_content: str | None = None
    test_cases: Annotated[list[TestCase], Field(max_length=MAX_CASES)] | None = None
    models: list[str] | None = None
    judges: list[str] | None = None
    repeats: Annotated[int, Field(strict=True)] = 1
    max_concurrency: Annotated[int, Field(strict=True)] = DEFAULT_CONCURRENCY
    triggered_by: Annotated[str, Field(min_length=1, max_length=200)] = "api"
