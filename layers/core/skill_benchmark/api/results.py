"""`/v1/results/{result_id}`: what judges and people say of one answer."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from skill_benchmark.adapters import postgres_labels
from skill_benchmark.api import cursors, operations, pages
from skill_benchmark.api.calls import Call, new_router, reply, serve
from skill_benchmark.api.shapes.labels import Label, LabelPage, Verdict, VerdictPage
from skill_benchmark.api.shapes.requests import LabelBody, NoBody, NoQuery, PageQuery
from skill_benchmark.warm_database import database

router = new_router()


@serve(router, operations.LIST_VERDICTS)
def list_verdicts(call: Call[NoBody, PageQuery], result_id: str) -> Response[str]:
    after = cursors.VERDICTS.read(call.query.cursor, result_id)
    with database().transaction(call.tenant_id) as cursor:
        rows, more = postgres_labels.verdicts_page(cursor, result_id, after=after, limit=call.query.limit)
    items, next_cursor = pages.page(
        [Verdict.model_validate(row) for row in rows],
        lambda last: cursors.VERDICTS.at(result_id, (last.judge, last.verdict_index)),
        more=more,
    )
    return reply(VerdictPage(items=items, next_cursor=next_cursor))


@serve(router, operations.ADD_LABEL)
def add_label(call: Call[LabelBody, NoQuery], result_id: str) -> Response[str]:
    with database().transaction(call.tenant_id) as cursor:
        row, is_new = postgres_labels.add_label(cursor, result_id, **call.body.model_dump())
    return reply(Label.model_validate(row), HTTPStatus.CREATED if is_new else HTTPStatus.OK)


@serve(router, operations.LIST_LABELS)
def list_labels(call: Call[NoBody, PageQuery], result_id: str) -> Response[str]:
    after = cursors.LABELS.read(call.query.cursor, result_id)
    with database().transaction(call.tenant_id) as cursor:
        rows, more = postgres_labels.labels_page(cursor, result_id, after=after, limit=call.query.limit)
    items, next_cursor = pages.page(
        [Label.model_validate(row) for row in rows],
        lambda last: cursors.LABELS.at(result_id, (last.dimension, last.rater)),
        more=more,
    )
    return reply(LabelPage(items=items, next_cursor=next_cursor))
