"""`/v1/results/{result_id}`: what judges and people say of one answer."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from skill_benchmark.adapters import postgres_labels
from skill_benchmark.api import operations
from skill_benchmark.api.calls import Call, new_router, reply, serve
from skill_benchmark.api.shapes.labels import Label, LabelList, VerdictList
from skill_benchmark.api.shapes.requests import LabelBody, NoBody, NoQuery
from skill_benchmark.warm_database import database

router = new_router()


@serve(router, operations.LIST_VERDICTS)
def list_verdicts(call: Call[NoBody, NoQuery], result_id: str) -> Response[str]:
    with database().transaction(call.tenant_id) as cursor:
        rows = postgres_labels.verdicts_of(cursor, int(result_id))
    return reply(VerdictList.model_validate({"items": rows, "next_cursor": None}))


@serve(router, operations.ADD_LABEL)
def add_label(call: Call[LabelBody, NoQuery], result_id: str) -> Response[str]:
    with database().transaction(call.tenant_id) as cursor:
        row, is_new = postgres_labels.add_label(cursor, int(result_id), **call.body.model_dump())
    return reply(Label.model_validate(row), HTTPStatus.CREATED if is_new else HTTPStatus.OK)


@serve(router, operations.LIST_LABELS)
def list_labels(call: Call[NoBody, NoQuery], result_id: str) -> Response[str]:
    with database().transaction(call.tenant_id) as cursor:
        rows = postgres_labels.labels_of(cursor, int(result_id))
    return reply(LabelList.model_validate({"items": rows, "next_cursor": None}))
