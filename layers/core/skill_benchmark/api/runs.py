"""Runs: the history of a skill, one run, its results, and stopping it."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from skill_benchmark.adapters import postgres_admission, postgres_reports
from skill_benchmark.adapters.postgres import Cursor
from skill_benchmark.api import cursors, operations
from skill_benchmark.api.calls import Call, conditional_reply, new_router, reply, serve
from skill_benchmark.api.progress import (
    as_its_execution_ended,
    engine,
    execution_status,
    known_execution_status,
    progress,
)
from skill_benchmark.api.shapes.requests import DEFAULT_PAGE, NoBody, NoQuery, PageQuery, ResultsQuery
from skill_benchmark.api.shapes.runs import LatestRun, ResultPage, RunPage, RunWithProgress, StoppingRun
from skill_benchmark.domain.admission import position
from skill_benchmark.domain.errors import Conflict
from skill_benchmark.domain.run_status import UNFINISHED
from skill_benchmark.warm_database import database

router = new_router()


@serve(router, operations.LIST_RUNS)
def list_runs(call: Call[NoBody, PageQuery], skill_id: str) -> Response[str]:
    after = cursors.RUNS.read(call.query.cursor, skill_id)
    with database().transaction(call.tenant_id) as cursor:
        rows, more = postgres_reports.runs_page(cursor, skill_id, after=after, limit=call.query.limit)
    next_cursor = cursors.RUNS.at(skill_id, (rows[-1]["created_at"], rows[-1]["id"])) if more else None
    return reply(RunPage.model_validate({"items": rows, "next_cursor": next_cursor}))


@serve(router, operations.LATEST_RUN)
def latest_run(call: Call[NoBody, NoQuery], skill_id: str) -> Response[str]:
    with database().transaction(call.tenant_id) as cursor:
        run = postgres_reports.latest_completed_run(cursor, skill_id)
        results = _results(cursor, run["id"], ResultsQuery(limit=DEFAULT_PAGE))
    return conditional_reply(call, LatestRun.model_validate({"run": run, "results": results}), final=True)


@serve(router, operations.GET_RUN)
def get_run(call: Call[NoBody, NoQuery], run_id: str) -> Response[str]:
    run, place = _run_and_place(call.tenant_id, run_id)
    done: dict[str, Any] | None = None
    final = run["status"] not in UNFINISHED
    if not final:
        execution = known_execution_status(run["execution_arn"]) if run["execution_arn"] else "RUNNING"
        if execution == "RUNNING":
            done = progress(run)
        else:
            # It ended after its row was read, or it ended without writing its row.
            run = _run(call.tenant_id, run_id)
            final = run["status"] not in UNFINISHED
            run = run if final else as_its_execution_ended(run, execution)
    whole = {**run, "progress": done, "queue_position": place if run["status"] == "queued" else None}
    return conditional_reply(call, RunWithProgress.model_validate(whole), final=final)


@serve(router, operations.LIST_RESULTS)
def list_results(call: Call[NoBody, ResultsQuery], run_id: str) -> Response[str]:
    with database().transaction(call.tenant_id) as cursor:
        run = postgres_reports.get_run(cursor, run_id)
        page = _results(cursor, run_id, call.query)
    return conditional_reply(call, page, final=run["status"] not in UNFINISHED)


@serve(router, operations.CANCEL_RUN)
def cancel_run(call: Call[NoBody, NoQuery], run_id: str) -> Response[str]:
    run = _run(call.tenant_id, run_id)
    if run["status"] not in UNFINISHED:
        raise Conflict(f"the run has ended already: it is {run['status']}", kind="run-ended")
    execution_arn = run["execution_arn"] or engine().execution_arn(run_id)
    execution = execution_status(execution_arn)
    if execution is None:
        raise Conflict(
            "the run has no execution at this moment; ask for the run, and try again if it is still queued",
            kind="run-not-started",
        )
    if execution != "RUNNING":
        status = as_its_execution_ended(run, execution)["status"]
        raise Conflict(f"the run has ended already: it is {status} (its execution: {execution})", kind="run-ended")
    engine().stop(execution_arn, "cancelled over the API")
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


def _run(tenant_id: str, run_id: str) -> dict[str, Any]:
    # In a transaction of its own: none is held open while the workflow engine is asked.
    with database().transaction(tenant_id) as cursor:
        return postgres_reports.get_run(cursor, run_id)


def _results(cursor: Cursor, run_id: str, query: ResultsQuery) -> ResultPage:
    rows, more = postgres_reports.results_page(
        cursor,
        run_id,
        after=cursors.RESULTS.read(query.cursor, run_id),
        limit=query.limit,
        model=query.model,
        outcome=query.outcome,
    )
    next_cursor = None
    if more:
        last = rows[-1]
        next_cursor = cursors.RESULTS.at(run_id, (last["model_name"], last["test_case_index"], last["repeat_index"]))
    return ResultPage.model_validate({"items": rows, "next_cursor": next_cursor})
