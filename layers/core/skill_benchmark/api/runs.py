"""Runs: the history of a skill, one run, its results, and stopping it."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from skill_benchmark.adapters import postgres_admission, postgres_reports
from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.api import cursors, operations, pages
from skill_benchmark.api.calls import Call, conditional_reply, new_router, reply, serve
from skill_benchmark.api.progress import engine, known_execution_status, progress
from skill_benchmark.api.shapes.requests import DEFAULT_PAGE, NoBody, NoQuery, PageQuery, ResultsQuery
from skill_benchmark.api.shapes.runs import LatestRun, Result, ResultPage, Run, RunPage, RunWithProgress, StoppingRun
from skill_benchmark.domain.admission import position
from skill_benchmark.domain.run_status import UNFINISHED
from skill_benchmark.use_cases.cancel_run import RunCanceller
from skill_benchmark.warm_database import database

router = new_router()


@serve(router, operations.LIST_RUNS)
def list_runs(call: Call[NoBody, PageQuery], skill_id: str) -> Response[str]:
    after = cursors.RUNS.read(call.query.cursor, skill_id)
    with database().transaction(call.tenant_id) as cursor:
        rows, more = postgres_reports.runs_page(cursor, skill_id, after=after, limit=call.query.limit)
    items, next_cursor = pages.page(
        [Run.model_validate(row) for row in rows],
        lambda last: cursors.RUNS.at(skill_id, (last.created_at, last.id)),
        more=more,
    )
    return reply(RunPage(items=items, next_cursor=next_cursor))


@serve(router, operations.LATEST_RUN)
def latest_run(call: Call[NoBody, NoQuery], skill_id: str) -> Response[str]:
    with database().transaction(call.tenant_id) as cursor:
        row = postgres_reports.latest_completed_run(cursor, skill_id)
        run = Run.model_validate(row)
        results = _results(cursor, row, ResultsQuery(limit=DEFAULT_PAGE), spent=pages.sent_bytes(run))
    return conditional_reply(call, LatestRun(run=run, results=results), final=True)


@serve(router, operations.GET_RUN)
def get_run(call: Call[NoBody, NoQuery], run_id: str) -> Response[str]:
    run, place = _run_and_place(call.tenant_id, run_id)
    final = run["status"] not in UNFINISHED
    # The row alone says what a run is, so that no answer of the API contradicts another. An execution that has ended
    # stands beside it until the row has ended too, with its numbers.
    told = (
        {} if final else {"execution_status": known_execution_status(run["execution_arn"]), "progress": progress(run)}
    )
    whole = {"execution_status": None, "progress": None, **run, **told, "queue_position": place}
    return conditional_reply(call, RunWithProgress.model_validate(whole), final=final)


@serve(router, operations.LIST_RESULTS)
def list_results(call: Call[NoBody, ResultsQuery], run_id: str) -> Response[str]:
    with database().transaction(call.tenant_id) as cursor:
        run = postgres_reports.get_run(cursor, run_id)
        page = _results(cursor, run, call.query)
    return conditional_reply(call, page, final=run["status"] not in UNFINISHED)


@serve(router, operations.CANCEL_RUN)
def cancel_run(call: Call[NoBody, NoQuery], run_id: str) -> Response[str]:
    RunCanceller(database(), engine()).cancel(call.tenant_id, run_id)
    return reply(StoppingRun(run_id=run_id), HTTPStatus.ACCEPTED, Location=f"/v1/runs/{run_id}")


def _run_and_place(tenant_id: str, run_id: str) -> tuple[dict[str, Any], int | None]:
    """The run, and its place in the queue for calls of models."""
    with database().transaction(tenant_id) as cursor:
        run = postgres_reports.get_run(cursor, run_id)
        if run["status"] != "queued":
            return run, None
        postgres_admission.see_all_tenants(cursor)
        claims = [found.claim for found in postgres_admission.admissions(cursor, run["model_provider"])]
        return run, position(claims, run_id, postgres_admission.now(cursor))


def _results(cursor: Cursor, run: dict[str, Any], query: ResultsQuery, spent: int = 0) -> ResultPage:
    run_id = run["id"]
    rows, more = postgres_reports.results_page(
        cursor,
        run,
        after=cursors.RESULTS.read(query.cursor, run_id),
        limit=query.limit,
        model=query.model,
        outcome=query.outcome,
    )
    items, next_cursor = pages.page(
        [Result.model_validate(row) for row in rows],
        lambda last: cursors.RESULTS.at(run_id, (last.model_name, last.test_case_index, last.repeat_index)),
        more=more,
        spent=spent,
    )
    return ResultPage(items=items, next_cursor=next_cursor)
