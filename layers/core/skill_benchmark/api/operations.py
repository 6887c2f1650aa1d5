"""The operations of the API: what routes them, what reads their requests and what documents them is one value each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel

from skill_benchmark.api.shapes.labels import JudgeValidation, Label, LabelPage, VerdictPage
from skill_benchmark.api.shapes.plans import SizePlan
from skill_benchmark.api.shapes.reports import Comparison, CostTrend, Dimensions
from skill_benchmark.api.shapes.requests import (
    CostTrendQuery,
    CursorQuery,
    LabelBody,
    NoBody,
    NoQuery,
    PageQuery,
    PlanQuery,
    RejudgeBody,
    Request,
    ResultsQuery,
    SkillBody,
    StartRunBody,
    TrainingExampleBody,
    ValidationQuery,
)
from skill_benchmark.api.shapes.runs import LatestRun, ResultPage, RunPage, RunWithProgress, StartedRun, StoppingRun
from skill_benchmark.api.shapes.service import Health
from skill_benchmark.api.shapes.skills import Skill, TrainingExample, TrainingExamplePage

B = TypeVar("B", bound=Request)
Q = TypeVar("Q", bound=Request)

Tag = Literal["skills", "training examples", "runs", "reports", "people", "service"]


@dataclass(frozen=True)
class Operation(Generic[B, Q]):
    """One method of one path."""

    method: Literal["GET", "POST", "PUT"]
    path: str
    """With parameters in braces."""
    operation_id: str
    summary: str
    tag: Tag
    replies: Mapping[HTTPStatus, type[BaseModel]]
    body: type[B]
    query: type[Q]
    problems: frozenset[HTTPStatus] = frozenset({HTTPStatus.NOT_FOUND})
    """Beside those that every operation may have."""
    needs_tenant: bool = True
    body_required: bool = True
    conditional: bool = False
    """Has an ETag once the run has ended."""
    request_headers: tuple[str, ...] = ()
    reply_headers: tuple[str, ...] = ()

    @property
    def takes_body(self) -> bool:
        return self.body is not NoBody

    @property
    def rule(self) -> str:
        """The path as Powertools writes it."""
        return self.path.replace("{", "<").replace("}", ">")

    def is_at(self, path: str) -> bool:
        return self.parameters_at(path) is not None

    def parameters_at(self, path: str) -> dict[str, str] | None:
        """The path's parameters by name, whatever they hold; None for a path of another operation."""
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path), path)
        return found.groupdict() if found else None


_OK, _CREATED, _ACCEPTED = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED

PUT_SKILL = Operation(
    "PUT",
    "/v1/skills/{skill_id}",
    "put_skill",
    "Register a skill, or a new version of its text",
    "skills",
    {_OK: Skill, _CREATED: Skill},
    SkillBody,
    NoQuery,
    problems=frozenset(),
)
ADD_TRAINING_EXAMPLE = Operation(
    "POST",
    "/v1/skills/{skill_id}/training-examples",
    "add_training_example",
    "Add an accepted training example",
    "training examples",
    {_CREATED: TrainingExample},
    TrainingExampleBody,
    NoQuery,
)
LIST_TRAINING_EXAMPLES = Operation(
    "GET",
    "/v1/skills/{skill_id}/training-examples",
    "list_training_examples",
    "The accepted training examples of a skill, the oldest first",
    "training examples",
    {_OK: TrainingExamplePage},
    NoBody,
    PageQuery,
)
START_RUN = Operation(
    "POST",
    "/v1/skills/{skill_id}/runs",
    "start_run",
    "Start a run",
    "runs",
    {_ACCEPTED: StartedRun},
    StartRunBody,
    NoQuery,
    problems=frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}),
    body_required=False,
    request_headers=("Idempotency-Key",),
    reply_headers=("Location",),
)
LIST_RUNS = Operation(
    "GET",
    "/v1/skills/{skill_id}/runs",
    "list_runs",
    "The runs of a skill, the newest first",
    "runs",
    {_OK: RunPage},
    NoBody,
    PageQuery,
)
LATEST_RUN = Operation(
    "GET",
    "/v1/skills/{skill_id}/runs/latest",
    "latest_run",
    "The latest completed run of a skill, with the first page of its results",
    "runs",
    {_OK: LatestRun},
    NoBody,
    NoQuery,
    conditional=True,
)
COST_TREND = Operation(
    "GET",
    "/v1/skills/{skill_id}/cost-trend",
    "cost_trend",
    "The daily average cost of a skill's calls; days without data are absent",
    "reports",
    {_OK: CostTrend},
    NoBody,
    CostTrendQuery,
)
DIMENSIONS = Operation(
    "GET",
    "/v1/skills/{skill_id}/dimensions",
    "dimensions",
    "Dimension averages of a skill over all its runs",
    "reports",
    {_OK: Dimensions},
    NoBody,
    CursorQuery,
)
PLAN = Operation(
    "GET",
    "/v1/skills/{skill_id}/plan",
    "plan",
    "How many test cases and repeats find a wanted difference, from the noise of the skill's past runs",
    "reports",
    {_OK: SizePlan},
    NoBody,
    PlanQuery,
)
GET_RUN = Operation(
    "GET",
    "/v1/runs/{run_id}",
    "get_run",
    "One run: its status, its progress while it runs, and what came of it",
    "runs",
    {_OK: RunWithProgress},
    NoBody,
    NoQuery,
    conditional=True,
)
LIST_RESULTS = Operation(
    "GET",
    "/v1/runs/{run_id}/results",
    "list_results",
    "The results of a run by model, test case and repeat",
    "runs",
    {_OK: ResultPage},
    NoBody,
    ResultsQuery,
    conditional=True,
)
COMPARISON = Operation(
    "GET",
    "/v1/runs/{run_id}/comparison",
    "comparison",
    "The models of a run side by side, and their paired differences",
    "reports",
    {_OK: Comparison},
    NoBody,
    CursorQuery,
    conditional=True,
)
CANCEL_RUN = Operation(
    "POST",
    "/v1/runs/{run_id}/cancel",
    "cancel_run",
    "Stop a run; what is done is kept. A second cancel changes nothing, and is a conflict once the run has ended",
    "runs",
    {_ACCEPTED: StoppingRun},
    NoBody,
    NoQuery,
    problems=frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}),
    reply_headers=("Location",),
)
REJUDGE_RUN = Operation(
    "POST",
    "/v1/runs/{run_id}/rejudge",
    "rejudge_run",
    "Start a run that judges the stored answers of another; no answer is bought again",
    "runs",
    {_ACCEPTED: StartedRun},
    RejudgeBody,
    NoQuery,
    problems=frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}),
    body_required=False,
    request_headers=("Idempotency-Key",),
    reply_headers=("Location",),
)
RESUME_RUN = Operation(
    "POST",
    "/v1/runs/{run_id}/resume",
    "resume_run",
    "Resume a failed or cancelled run over its records; what is missing is bought, nothing is bought twice",
    "runs",
    {_ACCEPTED: StartedRun},
    NoBody,
    NoQuery,
    problems=frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}),
    reply_headers=("Location",),
)
LIST_VERDICTS = Operation(
    "GET",
    "/v1/results/{result_id}/verdicts",
    "list_verdicts",
    "What each judge said of one answer",
    "runs",
    {_OK: VerdictPage},
    NoBody,
    PageQuery,
)
ADD_LABEL = Operation(
    "POST",
    "/v1/results/{result_id}/labels",
    "add_label",
    "Add a person's score of an answer",
    "people",
    {_OK: Label, _CREATED: Label},
    LabelBody,
    NoQuery,
    problems=frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}),
)
LIST_LABELS = Operation(
    "GET",
    "/v1/results/{result_id}/labels",
    "list_labels",
    "What people said of one answer",
    "people",
    {_OK: LabelPage},
    NoBody,
    PageQuery,
)
JUDGE_VALIDATION = Operation(
    "GET",
    "/v1/judges/validation",
    "judge_validation",
    "How far a judge agrees with people, beside how far people agree with each other, and its corrected mean",
    "people",
    {_OK: JudgeValidation},
    NoBody,
    ValidationQuery,
)
HEALTH = Operation(
    "GET",
    "/v1/health",
    "health",
    "The version, and whether the database can be reached",
    "service",
    {_OK: Health, HTTPStatus.SERVICE_UNAVAILABLE: Health},
    NoBody,
    NoQuery,
    problems=frozenset(),
    needs_tenant=False,
)

OPERATIONS: tuple[Operation[Request, Request], ...] = (  # type: ignore[assignment]  # read only, so that covariance is safe
    PUT_SKILL,
    ADD_TRAINING_EXAMPLE,
    LIST_TRAINING_EXAMPLES,
    START_RUN,
    LIST_RUNS,
    LATEST_RUN,
    COST_TREND,
    DIMENSIONS,
    PLAN,
    GET_RUN,
    LIST_RESULTS,
    COMPARISON,
    CANCEL_RUN,
    REJUDGE_RUN,
    RESUME_RUN,
    LIST_VERDICTS,
    ADD_LABEL,
    LIST_LABELS,
    JUDGE_VALIDATION,
    HEALTH,
)
OPENAPI_PATH = "/v1/openapi.json"


def methods_at(path: str) -> list[str]:
    """The methods that a path has; none for a path that there is not."""
    found = {str(operation.method) for operation in OPERATIONS if operation.is_at(path)}
    if path == OPENAPI_PATH:
        found.add("GET")
    if "GET" in found:
        found.add("HEAD")
    return sorted(found | {"OPTIONS"}) if found else []


def parameters_at(path: str) -> dict[str, str]:
    """The parameters of a path by name; none for a path that there is not."""
    found = (operation.parameters_at(path) for operation in OPERATIONS)
    return next((parameters for parameters in found if parameters), {})
