"""Reports: the comparison of a run, and the trends of a skill. None of them scans results."""

from aws_lambda_powertools.event_handler import Response

from skill_benchmark.adapters import postgres_reports
from skill_benchmark.api import operations
from skill_benchmark.api.calls import Call, conditional_reply, new_router, reply, serve
from skill_benchmark.api.shapes.reports import Comparison, CostTrend, Dimensions
from skill_benchmark.api.shapes.requests import CostTrendQuery, NoBody, NoQuery
from skill_benchmark.domain.run_status import UNFINISHED
from skill_benchmark.warm_database import database

router = new_router()

_OF_RUN = (
    "status",
    "simulated",
    "best_model",
    "best_quality_score",
    "best_model_tied_with",
    "warnings",
    "statistics_seed",
    "cheapest_model",
    "cheapest_cost_microcents",
)


@serve(router, operations.COMPARISON)
def comparison(call: Call[NoBody, NoQuery], run_id: str) -> Response[str]:
    with database().transaction(call.tenant_id) as cursor:
        run = postgres_reports.get_run(cursor, run_id)
        models = postgres_reports.model_summaries(cursor, run_id)
        pairs = postgres_reports.model_pairs(cursor, run_id)
    found = {"run_id": run_id, **{name: run[name] for name in _OF_RUN}, "models": models, "pairs": pairs}
    return conditional_reply(call, Comparison.model_validate(found), final=run["status"] not in UNFINISHED)


@serve(router, operations.COST_TREND)
def cost_trend(call: Call[NoBody, CostTrendQuery], skill_id: str) -> Response[str]:
    days = call.query.days
    with database().transaction(call.tenant_id) as cursor:
        items = postgres_reports.cost_trend(cursor, skill_id, days)
    return reply(CostTrend.model_validate({"skill_id": skill_id, "days": days, "items": items, "next_cursor": None}))


@serve(router, operations.DIMENSIONS)
def dimensions(call: Call[NoBody, NoQuery], skill_id: str) -> Response[str]:
    with database().transaction(call.tenant_id) as cursor:
        rows = postgres_reports.dimension_averages(cursor, skill_id)
    overall = [
        {name: value for name, value in row.items() if name != "model_name"}
        for row in rows
        if row["model_name"] is None
    ]
    models = [row for row in rows if row["model_name"] is not None]
    return reply(Dimensions.model_validate({"skill_id": skill_id, "overall": overall, "models": models}))
