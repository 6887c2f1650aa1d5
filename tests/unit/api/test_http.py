"""What RFC 9110 and RFC 9111 ask of the API: methods, media types, what caches may do, and titles of problems."""

import base64
import gzip
import json
import unicodedata
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response

from functions.read_api import app as read_api
from local.http.gateway import http_event
from skill_benchmark.api import caching, operations, problems
from skill_benchmark.api.calls import conditional_reply, reply, serve
from skill_benchmark.api.openapi import document
from skill_benchmark.api.resolver import ApiResolver
from skill_benchmark.api.shapes.runs import StartedRun
from skill_benchmark.domain.errors import Conflict, ExecutionEnded
from tests.unit.api.asking import REQUEST_ID, ask
from tests.unit.conftest import Written
from tests.unit.functions.conftest import Context

pytestmark = pytest.mark.usefixtures("_deployed")

OPENAPI = operations.OPENAPI_PATH
RUNS = "/v1/skills/capitals/runs"


def test_head_has_the_headers_of_get_with_the_length_of_its_body_and_no_body() -> None:
    for path, query in ((OPENAPI, ""), ("/v1/runs/run_1/results", "limit=0")):
        get, head = ask("GET", path, query), ask("HEAD", path, query)
        assert head.body == ""
        assert head.status == get.status
        assert head.headers == {**get.headers, "Content-Length": str(len(get.body.encode()))}


def test_head_of_what_is_compressed_has_the_length_of_what_would_be_sent() -> None:
    zipped = {"accept-encoding": "gzip"}
    get, head = ask("GET", OPENAPI, headers=zipped), ask("HEAD", OPENAPI, headers=zipped)
    assert (head.body, head.is_base64) == ("", False)
    assert head.headers["Content-Length"] == str(len(base64.b64decode(get.body)))


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (RUNS, "GET, HEAD, OPTIONS, POST"),
        ("/v1/skills/capitals", "OPTIONS, PUT"),
        ("/v1/runs/run_1/cancel", "OPTIONS, POST"),
        ("/v1/health", "GET, HEAD, OPTIONS"),
        (OPENAPI, "GET, HEAD, OPTIONS"),
    ],
)
def test_a_path_says_what_it_takes(path: str, allowed: str) -> None:
    options = ask("OPTIONS", path, headers={"content-type": None, "x-tenant-id": None})
    assert (options.status, options.body, options.headers["Allow"]) == (204, "", allowed)
    refused = ask("DELETE", path)
    assert (refused.status, refused.headers["Allow"]) == (405, allowed)
    assert refused.problem["detail"] == f"this path takes {allowed}"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "DELETE"])
def test_a_path_that_there_is_not_is_not_found_by_any_method(method: str) -> None:
    assert ask(method, "/v1/nothing").status == 404


MUTATING = [found for found in operations.OPERATIONS if found.method != "GET"]


@pytest.mark.parametrize("operation", MUTATING, ids=lambda found: found.operation_id)
@pytest.mark.parametrize("body", [None, "{}"])
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "text/plain; application/json",
        "application/json, text/plain",
    ],
)
def test_what_may_change_something_says_that_it_is_json(operation: Any, body: str | None, content_type: str) -> None:
    path = operation.path.format(skill_id="capitals", run_id="run_1", result_id="run_1.0")
    refused = ask(operation.method, path, body=body, headers={"content-type": content_type})
    assert (refused.status, refused.kind) == (415, "unsupported-media-type")
    assert "`Content-Type: application/json`" in refused.problem["detail"]
    accepts = "Accept-Post" if operation.method == "POST" else "Accept"
    assert refused.headers[accepts] == "application/json"


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON ; charset=utf-8"])
def test_the_media_type_may_have_parameters(content_type: str) -> None:
    assert ask("PUT", "/v1/skills/a", body={}, headers={"content-type": content_type}).status == 422


@pytest.mark.parametrize(("coding", "status"), [("gzip", 415), ("br", 415), ("identity", 422), ("Identity", 422)])
def test_a_compressed_body_is_not_read(coding: str, status: int) -> None:
    answer = ask("PUT", "/v1/skills/a", body={}, headers={"content-encoding": coding})
    assert answer.status == status
    assert status != 415 or answer.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("accepted", "allows"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip; q=1.000", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, *", False),
        ("*;q=0", False),
        ("identity", False),
        ("", False),
        ("br", False),
        ("notgzip", False),
        ("gzip;q=nonsense", False),
    ],
)
def test_the_document_is_compressed_for_who_accepts_it(accepted: str, allows: bool) -> None:
    answer = ask("GET", OPENAPI, headers={"accept-encoding": accepted})
    assert answer.is_base64 is allows
    assert answer.headers.get("Content-Encoding") == ("gzip" if allows else None)
    assert answer.headers["Vary"] == "accept-encoding"
    text = gzip.decompress(base64.b64decode(answer.body)).decode() if allows else answer.body
    assert json.loads(text) == document()
    assert not allows or len(answer.body) < len(text) / 5


def test_the_document_may_be_kept_and_is_asked_for_again_by_its_tag() -> None:
    plain, zipped = ask("GET", OPENAPI), ask("GET", OPENAPI, headers={"accept-encoding": "gzip"})
    assert plain.headers["Cache-Control"] == "public, max-age=300"
    assert plain.headers["ETag"] != zipped.headers["ETag"]
    again = ask("GET", OPENAPI, headers={"if-none-match": plain.headers["ETag"]})
    assert (again.status, again.body) == (304, "")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == plain.headers[name]
    assert ask("GET", OPENAPI, headers={"if-none-match": zipped.headers["ETag"]}).status == 200


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ("*", True),
        (" * ", True),
        ('"x", "abc"', True),
        ('"x","abc","y"', True),
        ('"a,b", W/"abc"', True),
        ('"x, ", "abc"', True),
        ('"abc,"', False),
        ('"x", "ab"', False),
        ('", "abc', False),
        ("abc", False),
        ('"*"', False),
        ("", False),
    ],
)
def test_tags_are_told_apart_whatever_is_in_them(sent: str, known: bool) -> None:
    assert caching.is_known('"abc"', sent) is known


@pytest.fixture
def app() -> Callable[..., dict[str, Any]]:
    """An API with one operation, which answers with what it is given or raises it."""

    def run(outcome: object, **headers: str) -> dict[str, Any]:
        resolver = ApiResolver()

        @serve(resolver, operations.GET_RUN)
        def get_run(call: Any, run_id: str) -> Response[str]:
            if isinstance(outcome, Exception):
                raise outcome
            return conditional_reply(call, StartedRun(run_id=run_id), final=bool(outcome))

        event = http_event("GET", "/v1/runs/run_1", "", {"x-tenant-id": "acme", **headers}, None)
        event["requestContext"]["requestId"] = REQUEST_ID
        return resolver.resolve(event, Context())

    return run


def test_what_no_longer_changes_is_kept_for_its_caller_alone(app: Callable[..., dict[str, Any]]) -> None:
    first = app(True)
    assert first["headers"]["Cache-Control"] == "private, no-cache"
    assert first["headers"]["Vary"] == "authorization, x-tenant-id"
    again = app(True, **{"if-none-match": f'W/"a,b", {first["headers"]["ETag"]}'})
    assert (again["statusCode"], again["body"]) == (304, "")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again["headers"][name] == first["headers"][name]


def test_what_may_change_is_kept_by_nobody(app: Callable[..., dict[str, Any]]) -> None:
    for answer in (app(False), app(Conflict("no", kind="run-ended")), app(ValueError("broken"))):
        assert answer["headers"]["Cache-Control"] == "no-store"
        assert answer["headers"]["Vary"] == "authorization, x-tenant-id"


def test_what_somebody_wrote_does_not_act_on_the_terminal_that_shows_a_response() -> None:
    attack = "a\x1b[2J\x7f\x9b31m\u2028\u202eb\u200b\U000e0041 漢 👩\u200d👧"
    body = reply(StartedRun(run_id=attack)).body or ""
    assert json.loads(body) == {"run_id": attack}
    assert "漢 👩\u200d👧" in body
    assert [found for found in body if unicodedata.category(found) in {"Cc", "Cf", "Zl", "Zp"}] == ["\u200d"]


def test_an_unexpected_error_names_the_request_as_the_log_does(
    app: Callable[..., dict[str, Any]], written: Written
) -> None:
    answer = app(ValueError("broken"))
    assert answer["statusCode"] == 500
    assert REQUEST_ID in json.loads(answer["body"])["detail"]
    [line] = [json.loads(line) for line in written()]
    assert (line["correlation_id"], line["error_type"]) == (REQUEST_ID, "ValueError")


def test_each_kind_of_conflict_has_a_type_of_its_own(app: Callable[..., dict[str, Any]]) -> None:
    conflicts = {"label-exists": Conflict("no", kind="label-exists"), "execution-ended": ExecutionEnded("no")}
    for kind, error in conflicts.items():
        answer = app(error)
        assert answer["statusCode"] == 409
        assert json.loads(answer["body"])["type"] == f"urn:skill-benchmark:problem:{kind}"


def test_titles_are_those_of_rfc_9110_in_every_version_of_python() -> None:
    found = {status: json.loads(problems.problem(HTTPStatus(status), "x").body or "")["title"] for status in (413, 422)}
    assert found == {413: "Content Too Large", 422: "Unprocessable Content"}


def test_every_problem_of_the_document_has_a_title() -> None:
    described = document()["paths"]
    statuses = {
        int(status)
        for found in described.values()
        for operation in found.values()
        for status, response in operation["responses"].items()
        if "application/problem+json" in response.get("content", {})
    }
    for status in statuses | {404, 405}:
        assert json.loads(problems.problem(HTTPStatus(status), "x").body or "")["title"]


def test_a_body_of_600_brackets_writes_no_log_to_speak_of(written: Written) -> None:
    for text in ("[" * 600 + "]" * 600, '{"a":[' * 300 + "]}" * 300, "[" * 100_000):
        assert ask("PUT", "/v1/skills/a", body=text).status in {400, 422}
    assert sum(map(len, written())) < 2_000


def test_the_functions_answer_by_one_resolver() -> None:
    assert isinstance(read_api.app, ApiResolver)
