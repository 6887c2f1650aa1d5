"""What the API takes: bodies and query parameters, with their limits. What it does not know it refuses."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from skill_benchmark.api.shapes.names import Cursor, Name, SkillId, Text
from skill_benchmark.domain.checks import Checks
from skill_benchmark.domain.labels import Dimension
from skill_benchmark.domain.limits import (
    DEFAULT_CONCURRENCY,
    MAX_BRANCHES,
    MAX_CASES,
    MAX_CONCURRENCY,
    MAX_JUDGES,
    MAX_VERDICTS_PER_JUDGE,
)
from skill_benchmark.domain.plan import TestCase
from skill_benchmark.domain.results import Outcome

MAX_PAGE = 500
DEFAULT_PAGE = 100
MAX_DAYS = 365
DEFAULT_DAYS = 90


def _whole_number(text: object) -> object:
    # Left to itself pydantic also takes "1_0" and "5.0", which the document does not allow.
    if isinstance(text, str) and not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise ValueError("should be a whole number")
    return text


_AsWholeNumber = BeforeValidator(_whole_number)


def _number(text: object) -> object:
    # As JSON writes numbers, for the same reason.
    if isinstance(text, str) and not re.fullmatch(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", text):
        raise ValueError("should be a number")
    return text


_AsNumber = BeforeValidator(_number)


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NoBody(Request):
    """Nothing is taken."""


class StartRunBody(Request):
    """All fields may be left out: then the stored skill, its accepted examples and the default models are used."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "skill_content": "Answer with the name of the capital city and nothing else.",
                    "test_cases": [
                        {"input": "France", "expected_output": "Paris", "checks": [{"type": "exact"}]},
                        {"input": "Peru"},
                    ],
                    "models": ["claude-sonnet-5-5", "claude-haiku-5-5"],
                    "judges": ["claude-sonnet-5-5"],
                    "repeats": 3,
                }
            ]
        }
    )

    skill_content: Text | None = Field(
        default=None,
        description="Run instead of the skill's registered text, which stays what it is: this one is kept as a version "
        "without a number until it is registered. A skill that does not exist is made, without a registered text.",
    )
    test_cases: Annotated[list[TestCase], Field(min_length=1, max_length=MAX_CASES)] | None = None
    models: Annotated[list[Name], Field(min_length=1, max_length=MAX_BRANCHES)] | None = None
    judges: Annotated[list[Name], Field(min_length=1, max_length=MAX_JUDGES)] | None = None
    verdicts_per_judge: Annotated[int, Field(strict=True, ge=1, le=MAX_VERDICTS_PER_JUDGE)] = 1
    exclude_same_family: Annotated[bool, Field(strict=True)] = False
    """Verdicts of judges of an answer's own model family do not count."""
    rubric: Text | None = None
    """Instead of the skill's, or the service's own."""
    repeats: Annotated[int, Field(strict=True, ge=1, le=MAX_BRANCHES)] = 1
    max_concurrency: Annotated[int, Field(strict=True, ge=1, le=MAX_CONCURRENCY)] = DEFAULT_CONCURRENCY
    """Model calls in flight."""
    triggered_by: Name = "api"


class RejudgeBody(Request):
    """How the answers of a run are re-judged. What is left out is as it was."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"judges": ["claude-opus-5-5"], "verdicts_per_judge": 3}]}
    )

    judges: Annotated[list[Name], Field(min_length=1, max_length=MAX_JUDGES)] | None = None
    verdicts_per_judge: Annotated[int, Field(strict=True, ge=1, le=MAX_VERDICTS_PER_JUDGE)] | None = None
    exclude_same_family: Annotated[bool, Field(strict=True)] | None = None
    rubric: Text | None = None
    triggered_by: Name = "api"


class LabelBody(Request):
    """A score that a person gives to an answer, on the judges' scale."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"rater": "ada@example.com", "dimension": "quality_score", "value": 85, "blinded": True}]
        }
    )

    rater: Name
    dimension: Dimension
    value: Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
    blinded: Annotated[bool, Field(strict=True)]
    """The rater did not know which model had answered."""


class SkillBody(Request):
    """A skill's name and the text under test."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Capitals", "content": "Answer with the name of the capital city and nothing else."}]
        }
    )

    name: Name
    content: Text
    rubric: Text | None = None
    """By which judges score the skill's answers, instead of the service's own."""
    checks: Checks | None = None
    """Of every answer of the skill, beside those of a test case."""


class TrainingExampleBody(Request):
    """An input and the answer that is right for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"example_input": "France", "expected_output": "Paris"}]})

    example_input: Text
    expected_output: Text
    checks: Checks | None = None


class NoQuery(Request):
    """There are no query parameters."""


class CursorQuery(Request):
    """Where a page begins."""

    cursor: Cursor | None = Field(default=None, description="`next_cursor` of the page before, as it is there.")


class PageQuery(CursorQuery):
    """Where a page begins and how long it may be."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), _AsWholeNumber] = Field(
        default=DEFAULT_PAGE, description="Items of a page; a page of long texts may have fewer."
    )


class ResultsQuery(PageQuery):
    model: Name | None = Field(default=None, description="Only results of this model.")
    outcome: Outcome | None = Field(default=None, description="Only results with this outcome.")


class ValidationQuery(Request):
    judge: Name = Field(description="The model id of the judge.")
    skill_id: SkillId | None = Field(default=None, description="Only answers of runs of this skill.")


class CostTrendQuery(Request):
    days: Annotated[int, Field(ge=1, le=MAX_DAYS), _AsWholeNumber] = Field(
        default=DEFAULT_DAYS, description="How many days, today (UTC) included."
    )


class PlanQuery(Request):
    """What a run is to find. What is left out is as in the latest completed run."""

    difference: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False), _AsNumber] = Field(
        description="Between two models, in points of 100."
    )
    models: Annotated[int, Field(ge=2, le=MAX_BRANCHES), _AsWholeNumber] | None = Field(
        default=None, description="How many are compared; two where there is no run."
    )
    verdicts: Annotated[int, Field(ge=1, le=MAX_JUDGES * MAX_VERDICTS_PER_JUDGE), _AsWholeNumber] | None = Field(
        default=None, description="On each answer: judges × verdicts of each; one where there is no run."
    )
