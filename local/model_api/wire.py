"""The Messages API on the wire: messages, server-sent events, errors, usage."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ErrorType = Literal[
    "invalid_request_error",
    "authentication_error",
    "not_found_error",
    "rate_limit_error",
    "api_error",
    "overloaded_error",
]

_PIECE = 400


class Turn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: Literal["user", "assistant"]
    content: str | list[dict[str, Any]]

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "".join(str(block.get("text", "")) for block in self.content)


class MessagesRequest(BaseModel):
    """The part of a request that the stand-in understands. Sampling parameters are gone from the API."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(min_length=1)
    messages: list[Turn] = Field(min_length=1)
    max_tokens: int = Field(ge=1)
    system: str | list[dict[str, Any]] = ""
    stream: bool = False
    output_config: dict[str, Any] | None = None

    @property
    def system_text(self) -> str:
        return self.system if isinstance(self.system, str) else "".join(str(b.get("text", "")) for b in self.system)

    @property
    def user_text(self) -> str:
        return self.messages[-1].text

    @property
    def schema_of_reply(self) -> dict[str, Any] | None:
        wanted = (self.output_config or {}).get("format") or {}
        schema: dict[str, Any] | None = wanted.get("schema") if wanted.get("type") == "json_schema" else None
        return schema


@dataclass(frozen=True)
class Completion:
    """What a call returns."""

    model: str
    text: str
    stop_reason: str
    input_tokens: int

    @property
    def output_tokens(self) -> int:
        return tokens(self.text)

    def message(self) -> dict[str, Any]:
        return {
            **self._shell(),
            "content": [{"type": "text", "text": self.text}] if self.text else [],
            "stop_reason": self.stop_reason,
            "usage": {"input_tokens": self.input_tokens, "output_tokens": self.output_tokens},
        }

    def opening(self) -> bytes:
        usage = {"input_tokens": self.input_tokens, "output_tokens": 1}
        return _event("message_start", {"message": {**self._shell(), "content": [], "usage": usage}})

    def pieces(self) -> Iterator[bytes]:
        """The text, a piece an event."""
        if not self.text:
            return
        yield _event("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}})
        for start in range(0, len(self.text), _PIECE):
            delta = {"type": "text_delta", "text": self.text[start : start + _PIECE]}
            yield _event("content_block_delta", {"index": 0, "delta": delta})
        yield _event("content_block_stop", {"index": 0})

    def closing(self) -> bytes:
        delta = {"stop_reason": self.stop_reason, "stop_sequence": None}
        usage = {"output_tokens": self.output_tokens}
        return _event("message_delta", {"delta": delta, "usage": usage}) + _event("message_stop", {})

    def _shell(self) -> dict[str, Any]:
        return {
            "id": "msg_simulated",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "stop_reason": None,
            "stop_sequence": None,
        }


def tokens(text: str) -> int:
    """About four bytes a token, as English has it."""
    return max(1, len(text.encode("utf-8", "replace")) // 4) if text else 0


def error(kind: ErrorType, message: str, code: str | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"type": kind, "message": message}
    if code:
        body["details"] = {"error_code": code}
    return {"type": "error", "error": body, "request_id": "req_simulated"}


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()
