"""What came back from one call to a model or judge, before it means anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from skill_benchmark.domain.money import Usage, price_call
from skill_benchmark.domain.records import Call
from skill_benchmark.domain.text import as_named

_FREE_TOOLS = frozenset({"web_fetch_requests"})


@dataclass
class Reply:
    """What came back, or had come back when the call broke. Times are in milliseconds since the request was sent."""

    model: str
    text: str = ""
    stop_reason: str | None = None
    usage: Usage | None = None
    latency_ms: int | None = None
    first_token_ms: int | None = None
    _reported: dict[str, Any] = field(default_factory=dict, repr=False)

    def add_usage(self, reported: BaseModel | None) -> None:
        """Take a usage report of the Messages API; a later one replaces only the figures that it holds.

        Not every server that speaks the API sends one; without any, nothing is known of the call's tokens and cost.
        """
        if reported is None:
            return
        self._reported.update(reported.model_dump(exclude_none=True))
        known = self._reported
        self.usage = Usage(
            input_tokens=known.get("input_tokens", 0),
            output_tokens=known.get("output_tokens", 0),
            cache_read_tokens=known.get("cache_read_input_tokens", 0),
            cache_write_tokens=known.get("cache_creation_input_tokens", 0),
            cache_write_1h_tokens=(known.get("cache_creation") or {}).get("ephemeral_1h_input_tokens") or 0,
            service_tier=_name(known.get("service_tier")),
            speed=_name(known.get("speed")),
            inference_geo=_name(known.get("inference_geo")),
            other_charges=_other_charges(known),
        )

    def priced(self, attempts: int = 1) -> Call:
        """The call with its price, from its own usage."""
        call = Call(usage=self.usage, latency_ms=self.latency_ms, first_token_ms=self.first_token_ms, attempts=attempts)
        if self.usage is None:
            return call.model_copy(update={"cost_missing_reason": "the provider reported no usage"})
        price = price_call(self.model, self.usage)
        return call.model_copy(
            update={"cost_microcents": price.microcents, "cost_missing_reason": price.missing_reason}
        )


def _name(reported: object) -> str | None:
    return None if reported is None else as_named(reported)


def _other_charges(known: Mapping[str, Any]) -> tuple[str, ...]:
    """What the figures of tokens leave out. Nothing of it is asked for here; a gateway may."""
    counts = (known.get("server_tool_use") or {}).items()
    tools = {name for name, count in counts if count and name not in _FREE_TOOLS}
    rounds = {str(turn.get("type")) for turn in known.get("iterations") or ()} - {"message"}
    return tuple(as_named(name) for name in [*sorted(tools), *sorted(rounds)])
