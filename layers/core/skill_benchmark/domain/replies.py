"""What came back from one call to a model or judge, before it means anything."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from skill_benchmark.domain.money import Usage, price_call
from skill_benchmark.domain.records import Call


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
            service_tier=known.get("service_tier"),
            speed=known.get("speed"),
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
