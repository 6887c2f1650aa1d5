"""`/v1/runs/…`: one run, its results, its comparison."""

import base64
import json
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic_core import to_json

from skill_benchmark.adapters import postgres_reports
from skill_benchmark.api.tenant import tenant_of
from skill_benchmark.domain.errors import InvalidInput
from skill_benchmark.warm_database import database

router = Router()  # type: ignore[no-untyped-call]  # Powertools leaves its constructor untyped

MAX_PAGE = 500


@router.get("/v1/runs/<run_id>")
def get_run(run_id: str) -> Response[str]:
    with database().transaction(tenant_of(APIGatewayProxyEventV2(router.current_event.raw_event))) as cursor:
        return _json(postgres_reports.get_run(cursor, run_id))


@router.get("/v1/runs/<run_id>/comparison")
def get_comparison(run_id: str) -> Response[str]:
    with database().transaction(tenant_of(APIGatewayProxyEventV2(router.current_event.raw_event))) as cursor:
        run = postgres_reports.get_run(cursor, run_id)
        models = postgres_reports.model_summaries(cursor, run_id)
    named = ("best_model", "best_quality_score", "cheapest_model", "cheapest_cost_microcents", "status", "simulated")
    return _json({"run_id": run_id, **{name: run[name] for name in named}, "models": models, "pairs": []})


@router.get("/v1/runs/<run_id>/results")
def get_results(run_id: str) -> Response[str]:
    query = router.current_event.query_string_parameters or {}
    limit = _limit(query.get("limit"))
    after = _after(query.get("cursor"), run_id)
    with database().transaction(tenant_of(APIGatewayProxyEventV2(router.current_event.raw_event))) as cursor:
        postgres_reports.get_run(cursor, run_id)
        rows = postgres_reports.results_page(
            cursor, run_id, after=after, limit=limit + 1, model=query.get("model"), outcome=query.get("outcome")
        )
    page, more = rows[:limit], rows[limit:]
    return _json({"items": page, "next_cursor": _cursor(run_id, page[-1]) if more else None})


def _limit(text: str | None) -> int:
    limit = int(text) if text is not None and text.isdecimal() else 100 if text is None else 0
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput("limit", f"may be 1 to {MAX_PAGE}")
    return limit


def _cursor(run_id: str, row: dict[str, Any]) -> str:
    last = [run_id, row["model_name"], row["test_case_index"], row["repeat_index"]]
    return base64.urlsafe_b64encode(json.dumps(last).encode()).decode()


def _after(cursor: str | None, run_id: str) -> tuple[str, int, int] | None:
    if cursor is None:
        return None
    try:
        run, model, case, repeat = json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError:
        run = None
    if run != run_id:
        raise InvalidInput("cursor", "is not one of this run's; send next_cursor as it came, or leave it out")
    return str(model), int(case), int(repeat)


def _json(body: Any) -> Response[str]:
    return Response(status_code=200, content_type="application/json", body=to_json(body).decode())
