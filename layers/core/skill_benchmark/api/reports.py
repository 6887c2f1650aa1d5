"""Reports: the comparison of a run, and the trends of a skill. None of them scans results."""

from aws_lambda_powertools.event_handler import Response

from skill_benchmark.adapters import postgres_reports
from skill_benchmark.api import cursors, operations, pages
from skill_benchmark.api.calls import Call, conditional_reply, new_router, reply, serve
from skill_benchmark.api.shapes.reports import Comparison, CostTrend, Dimensions, ModelDimensions, ModelPair
from skill_benchmark.api.shapes.requests import CostTrendQuery, CursorQuery, NoBody
from skill_benchmark.domain.run_status import UNFINISHED
from skill_benchmark.warm_database import database

router = new_router()

_OF_RUN = (
    "status",
    "simulated",
    "best_model",
    "best_quality_score",
    "best_model_tied_with",
    "ranking_basis",
    "warnings",
    "statistics_seed",
    "cheapest_model",
    "cheapest_cost_microcents",
)


@serve(router, operations.COMPARISON)
def comparison(call: Call[NoBody, CursorQuery], run_id: str) -> Response[str]:
    after = cursors.PAIRS.read(call.query.cursor, run_id)
    with database().transaction(call.tenant_id) as cursor:
        run = postgres_reports.get_run(cursor, run_id)
        models = postgres_reports.model_summaries(cursor, run)
        rows = postgres_reports.model_pairs(cursor, run_id, after=after)
    of_run = {"run_id": run_id, **{name: run[name] for name in _OF_RUN}}
    found = Comparison.model_validate({**of_run, "models": models, "pairs": [], "next_cursor": None})
    pairs, next_cursor = pages.page(
        [ModelPair.model_validate(row) for row in rows],
        lambda last: cursors.PAIRS.at(run_id, (last.model_a, last.model_b)),
        more=False,
        spent=pages.sent_bytes(found),
    )
    whole = found.model_copy(update={"pairs": pairs, "next_cursor": next_cursor})
    return conditional_reply(call, whole, final=run["status"] not in UNFINISHED)


@serve(router, operations.COST_TREND)
def cost_trend(call: Call[NoBody, CostTrendQuery], skill_id: str) -> Response[str]:
    days = call.query.days
    with database().transaction(call.tenant_id) as cursor:
        items = postgres_reports.cost_trend(cursor, skill_id, days)
    return reply(CostTrend.model_validate({"skill_id": skill_id, "days": days, "items": items, "next_cursor": None}))


@serve(router, operations.DIMENSIONS)
def dimensions(call: Call[NoBody, CursorQuery], skill_id: str) -> Response[str]:
    after = cursors.MODELS.read(call.query.cursor, skill_id)
    with database().transaction(call.tenant_id) as cursor:
        rows = postgres_reports.dimension_averages(cursor, skill_id)
    overall = [
        {name: value for name, value in row.items() if name != "model_name"}
        for row in rows
        if row["model_name"] is None
    ]
    of_models = [ModelDimensions.model_validate(row) for row in rows if row["model_name"] is not None]
    models, next_cursor = pages.page(
        [model for model in of_models if after is None or (model.simulated, model.model_name) > after],
        lambda last: cursors.MODELS.at(skill_id, (last.simulated, last.model_name)),
        more=False,
    )
    found = {"skill_id": skill_id, "overall": overall, "models": models, "next_cursor": next_cursor}
    return reply(Dimensions.model_validate(found))
