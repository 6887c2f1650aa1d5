"""What the API says of itself and of what went wrong."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from skill_benchmark.api.shapes.runs import Row
from skill_benchmark.domain.errors import ConflictKind

_PREFIX = "urn:skill-benchmark:problem:"


class Health(Row):
    """Whether the service can do its work."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "0.1.0", "database_reachable": True}]})

    version: str
    database_reachable: bool


class ProblemError(BaseModel):
    """One thing to change in the request."""

    model_config = ConfigDict(extra="forbid")

    location: Literal["body", "query", "path", "header"] = Field(serialization_alias="in", validation_alias="in")
    pointer: str = Field(description="A JSON pointer into the body, or `/` and the name of the parameter.")
    detail: str


class Problem(BaseModel):
    """What went wrong, as RFC 9457 says it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:skill-benchmark:problem:invalid-input",
                    "title": "Unprocessable Content",
                    "status": 422,
                    "detail": "/limit: should be 500 or less",
                    "errors": [{"in": "query", "pointer": "/limit", "detail": "should be 500 or less"}],
                }
            ]
        }
    )

    type: str = Field(description=f"Of status 409 one of `{_PREFIX}` and {', '.join(get_args(ConflictKind))}.")
    title: str
    status: int
    detail: str
    errors: list[ProblemError] = Field(default=[], description="With status 422: each thing to change.")
