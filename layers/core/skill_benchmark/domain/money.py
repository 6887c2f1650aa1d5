"""The price of one call, in whole microcents (1e-8 US dollar)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from pydantic import BaseModel, ConfigDict, NonNegativeInt

MICROCENTS_PER_DOLLAR = 100_000_000

_TIERS = frozenset({None, "standard", "batch"})
_SPEEDS = frozenset({None, "standard", "fast"})
_ANYWHERE = frozenset({None, "global", "not_available"})
"""To keep a model in one place costs a tenth more with some models; the price list has one place only."""


class Usage(BaseModel):
    """Tokens of one call as the provider billed them. `input_tokens` is the part that no cache served or stored."""

    model_config = ConfigDict(frozen=True)

    input_tokens: NonNegativeInt
    output_tokens: NonNegativeInt
    cache_read_tokens: NonNegativeInt = 0
    cache_write_tokens: NonNegativeInt = 0
    """All cache writes, the one-hour ones included."""
    cache_write_1h_tokens: NonNegativeInt = 0
    service_tier: str | None = None
    """`standard`, `batch` or `priority`, as the response says."""
    speed: str | None = None
    inference_geo: str | None = None
    """Where the model ran, as the response says; `not_available` for models that cannot be told."""
    other_charges: tuple[str, ...] = ()
    """What was billed and is not among these tokens, by the provider's name for it, such as `web_search_requests`."""

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens + self.cache_read_tokens + self.cache_write_tokens


@dataclass(frozen=True)
class Price:
    """What a call cost; `microcents` is None when that is not known, and `missing_reason` says why."""

    microcents: int | None
    missing_reason: str | None = None


def price_call(model: str, usage: Usage, provider: str = "anthropic") -> Price:
    """Price one call from its own usage; never the sum of several, because tiers depend on the size of each prompt."""
    import genai_prices  # noqa: PLC0415 - its price table is large; functions that price nothing must not load it

    if reason := _not_in_the_price_list(usage):
        return Price(None, reason)
    context: dict[str, str] = {}
    if usage.service_tier == "batch":
        context["processing"] = "batch"
    if usage.speed == "fast":
        context["speed"] = "fast"
    tokens = genai_prices.Usage(
        input_tokens=usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
    )
    try:
        found = genai_prices.calc_price(tokens, model, provider_id=provider, price_context=context)
        if context and found.model_price == genai_prices.calc_price(tokens, model, provider_id=provider).model_price:
            wanted = " ".join(f"{key}={value}" for key, value in context.items())
            return Price(None, f"no price is known for {model} with {wanted}")
    except LookupError:
        return Price(None, f"no price is known for model {model!r} of {provider}")
    return Price(_microcents(found.total_price))


def _not_in_the_price_list(usage: Usage) -> str | None:
    if usage.service_tier == "priority":
        return "priority tier: its committed price is not public"
    if usage.service_tier not in _TIERS:
        return f"no price is known for the service tier {usage.service_tier!r}"
    if usage.speed not in _SPEEDS:
        return f"no price is known for the speed {usage.speed!r}"
    if usage.inference_geo not in _ANYWHERE:
        return f"no price is known for a model that runs in {usage.inference_geo!r} alone"
    if usage.other_charges:
        return f"no price is known for {', '.join(usage.other_charges)}"
    return None


def _microcents(dollars: Decimal) -> int:
    return int((dollars * MICROCENTS_PER_DOLLAR).to_integral_value(ROUND_HALF_EVEN))
