"""The HTTP side of the stand-in."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from local.model_api import simulation, wire
from local.model_api.catalogue import Catalogue
from local.model_api.faults import Fault, Kind, Schedule
from local.model_api.latency import Clock, Latency
from local.model_api.replay import NotRecorded, Recording
from local.model_api.wire import Completion, MessagesRequest

CONTROL = "/_stand_in"

_GONE = ("temperature", "top_p", "top_k")
_MAX_BODY = 32 * 1024 * 1024
_SHARE_BEFORE_FIRST_TOKEN = 0.3


@dataclass
class StandIn:
    """One stand-in: what it knows, and what it has been asked."""

    clock: Clock = field(default_factory=lambda: Clock(Latency()))
    schedule: Schedule = field(default_factory=Schedule)
    recording: Recording | None = None
    catalogue: Catalogue = field(default_factory=Catalogue)
    keep_requests: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    occurrences: Counter[tuple[str, str]] = field(default_factory=Counter)

    def app(self) -> web.Application:
        app = web.Application(client_max_size=_MAX_BODY)
        app.add_routes(
            [
                web.post("/v1/messages", self.messages),
                web.post("/v1/messages/count_tokens", self.count_tokens),
                web.get("/v1/models", self.models),
                web.get("/v1/models/{model}", self.model),
                web.get(f"{CONTROL}/requests", self.show_requests),
                web.put(f"{CONTROL}/faults", self.set_faults),
            ]
        )
        return app

    async def messages(self, request: web.Request) -> web.StreamResponse:
        wanted = await self._read(request)
        if isinstance(wanted, web.Response):
            return wanted
        kind: Kind = "verdict" if wanted.schema_of_reply else "check" if wanted.max_tokens == 1 else "answer"
        self.calls[f"{kind} {wanted.model}"] += 1
        fault = self.schedule.meet(kind, wanted.model, wanted.user_text)
        if fault and (refusal := _refusal(fault)):
            return refusal
        try:
            completion = self._completion(wanted, kind)
        except NotRecorded as missing:
            return _error(400, "invalid_request_error", f"not recorded: {missing}")
        seconds = self.clock.next() + (fault.seconds if fault and fault.what == "slow" else 0)
        return await _respond(request, wanted, _bent(completion, fault), seconds, fault)

    async def count_tokens(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        return web.json_response({"input_tokens": wire.tokens(json.dumps(body, ensure_ascii=False))})

    async def models(self, _: web.Request) -> web.Response:
        entries = self.catalogue.all()
        page = {"data": entries, "has_more": False, "first_id": entries[0]["id"], "last_id": entries[-1]["id"]}
        return web.json_response(page)

    async def model(self, request: web.Request) -> web.Response:
        entry = self.catalogue.get(request.match_info["model"])
        if entry is None:
            return _error(404, "not_found_error", f"model: {request.match_info['model']}")
        return web.json_response(entry)

    async def show_requests(self, _: web.Request) -> web.Response:
        return web.json_response({"calls": dict(self.calls), "requests": self.requests})

    async def set_faults(self, request: web.Request) -> web.Response:
        self.schedule = Schedule([Fault.model_validate(fault) for fault in await request.json()])
        self.requests.clear()
        self.calls.clear()
        self.occurrences.clear()
        return web.json_response({})

    async def _read(self, request: web.Request) -> MessagesRequest | web.Response:
        """The request, or the error that the API would answer it with."""
        if not request.headers.get("authorization") and not request.headers.get("x-api-key"):
            return _error(401, "authentication_error", "an authorization header is required")
        try:
            body = json.loads(await request.read())
            if gone := [name for name in _GONE if name in body]:
                return _error(400, "invalid_request_error", f"{gone[0]}: this parameter is no longer supported")
            wanted = MessagesRequest.model_validate(body)
        except ValidationError as invalid:
            found = invalid.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, found["loc"]))
            return _error(400, "invalid_request_error", f"{where}: {found['msg']}")
        except ValueError:
            return _error(400, "invalid_request_error", "the request body is not valid JSON")
        if self.keep_requests:
            self.requests.append(body)
        if not self.catalogue.is_callable(wanted.model):
            return _error(404, "not_found_error", f"model: {wanted.model}")
        if not wanted.user_text.strip():
            return _error(400, "invalid_request_error", "messages: text content blocks must be non-empty")
        return wanted

    def _completion(self, wanted: MessagesRequest, kind: Kind) -> Completion:
        text, stop_reason = self._text(wanted, kind)
        limit = wanted.max_tokens * 4
        if len(text) > limit:
            text, stop_reason = text[:limit], "max_tokens"
        return Completion(wanted.model, text, stop_reason, wire.tokens(wanted.system_text + wanted.user_text))

    def _text(self, wanted: MessagesRequest, kind: Kind) -> tuple[str, str]:
        if kind == "check":
            return "ok", "end_turn"
        if self.recording and kind == "answer":
            recorded = self.recording.answer(wanted.model, wanted.user_text)
            return recorded.output, recorded.stop_reason
        if self.recording:
            given = simulation.blocks(wanted.user_text)
            others = (given.get("skill", ""), given.get("expected_output", ""))
            verdict = self.recording.verdict(wanted.model, given.get("input", ""), given.get("answer", ""), others)
            return verdict, "end_turn"
        if kind == "verdict":
            return simulation.verdict(wanted.model, wanted.user_text, wanted.schema_of_reply or {}), "end_turn"
        occurrence = self.occurrences[wanted.model, wanted.user_text]
        self.occurrences[wanted.model, wanted.user_text] += 1
        return simulation.answer(wanted.model, wanted.system_text, wanted.user_text, occurrence), "end_turn"


async def _respond(
    request: web.Request, wanted: MessagesRequest, completion: Completion, seconds: float, fault: Fault | None
) -> web.StreamResponse:
    what = fault.what if fault else None
    if what == "reset":
        return _abort(request)
    if not wanted.stream or what == "not_streamed":
        await asyncio.sleep(seconds)
        body = json.dumps(completion.message()).encode()
        if what in {"cut_body", "reset_inside_body"}:
            return await _cut(request, "application/json", body[: len(body) // 2])
        return web.Response(body=body, content_type="application/json")
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(completion.opening())
    await asyncio.sleep(seconds * _SHARE_BEFORE_FIRST_TOKEN)
    pieces = list(completion.pieces())
    await response.write(b"".join(pieces[:2]))
    await asyncio.sleep(seconds * (1 - _SHARE_BEFORE_FIRST_TOKEN))
    if what == "reset_inside_body":
        return _abort(request)
    if what != "cut_body":
        await response.write(b"".join(pieces[2:]) + completion.closing())
    await response.write_eof()
    return response


async def _cut(request: web.Request, content_type: str, body: bytes) -> web.StreamResponse:
    """Promise more than is sent, and hang up."""
    response = web.StreamResponse(headers={"Content-Type": content_type, "Content-Length": str(2 * len(body))})
    await response.prepare(request)
    await response.write(body)
    return _abort(request)


def _abort(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _bent(completion: Completion, fault: Fault | None) -> Completion:
    """The completion as the fault leaves it."""
    match fault.what if fault else None:
        case "refusal":
            return replace(completion, text="", stop_reason="refusal")
        case "max_tokens":
            return replace(completion, text=completion.text[: len(completion.text) // 2], stop_reason="max_tokens")
        case "empty":
            return replace(completion, text="")
        case "unknown_stop_reason":
            return replace(completion, stop_reason="a_reason_of_next_year")
        case "cut_json":
            return replace(completion, text=completion.text[: len(completion.text) // 2])
        case "text":
            return replace(completion, text=fault.text if fault else "")
        case _:
            return completion


def _refusal(fault: Fault) -> web.Response | None:
    """The error response of a fault that has one."""
    headers = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
    match fault.what:
        case "throttled":
            return _error(429, "rate_limit_error", "number of requests has exceeded your rate limit", headers=headers)
        case "spend_limit":
            code = "enforced_spend_limit_reached"
            return _error(429, "rate_limit_error", "the spend limit of this workspace is reached", code=code)
        case "overloaded":
            return _error(529, "overloaded_error", "Overloaded")
        case "server_error":
            return _error(500, "api_error", "Internal server error")
        case "rejected":
            return _error(400, "invalid_request_error", "this request will never be accepted")
        case "unauthorized":
            return _error(401, "authentication_error", "invalid x-api-key")
        case _:
            return None


def _error(
    status: int, kind: wire.ErrorType, message: str, *, code: str | None = None, headers: dict[str, str] | None = None
) -> web.Response:
    return web.json_response(wire.error(kind, message, code), status=status, headers=headers)


def stand_in(
    latency: Latency,
    faults: Sequence[Fault],
    recording: Recording | None,
    models: Sequence[str],
    *,
    keep_requests: bool,
) -> StandIn:
    recorded = recording.models if recording else set()
    return StandIn(
        clock=Clock(latency),
        schedule=Schedule(faults),
        recording=recording,
        catalogue=Catalogue([*models, *sorted(recorded)]),
        keep_requests=keep_requests,
    )
