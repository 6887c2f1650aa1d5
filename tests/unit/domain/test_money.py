"""Each call is priced on its own, from its own usage, in whole microcents; an unknown price is not zero."""

from typing import Any

import pytest
from anthropic.types import MessageDeltaUsage
from anthropic.types import Usage as ReportedUsage

from skill_benchmark.domain.money import Usage, price_call
from skill_benchmark.domain.replies import Reply

DOLLAR = 100_000_000


def test_a_call_costs_what_the_price_list_says() -> None:
    price = price_call("claude-sonnet-5-5", Usage(input_tokens=1_000_000, output_tokens=100_000))
    assert price.microcents == 2 * DOLLAR + 1 * DOLLAR


def test_cache_reads_and_writes_have_prices_of_their_own() -> None:
    usage = Usage(input_tokens=0, output_tokens=0, cache_read_tokens=1_000_000, cache_write_tokens=1_000_000)
    assert price_call("claude-sonnet-5-5", usage).microcents == round(0.1 * DOLLAR) + round(2.5 * DOLLAR)


def test_a_cache_write_for_an_hour_costs_more() -> None:
    hour = Usage(input_tokens=0, output_tokens=0, cache_write_tokens=1_000_000, cache_write_1h_tokens=1_000_000)
    assert price_call("claude-sonnet-5-5", hour).microcents == 4 * DOLLAR


def test_a_batch_costs_half() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=0, service_tier="batch")
    assert price_call("claude-sonnet-5-5", usage).microcents == 1 * DOLLAR


def test_long_prompts_are_priced_call_by_call() -> None:
    """Two prompts under the tier are not one prompt over it."""
    half = price_call("claude-haiku-5-5", Usage(input_tokens=90_000, output_tokens=0)).microcents
    whole = price_call("claude-haiku-5-5", Usage(input_tokens=180_000, output_tokens=0)).microcents
    assert half is not None
    assert whole is not None
    assert whole > 2 * half


def test_an_unknown_model_has_no_price_and_a_reason() -> None:
    price = price_call("model-of-tomorrow", Usage(input_tokens=1, output_tokens=1))
    assert price.microcents is None
    assert price.missing_reason == "no price is known for model 'model-of-tomorrow' of anthropic"


def test_a_committed_tier_has_no_public_price() -> None:
    price = price_call("claude-sonnet-5-5", Usage(input_tokens=1, output_tokens=1, service_tier="priority"))
    assert price.microcents is None
    assert price.missing_reason


def test_a_batch_without_a_known_discount_is_not_priced_as_if_there_were_none() -> None:
    usage = Usage(input_tokens=1000, output_tokens=1, service_tier="batch")
    price = price_call("claude-3-haiku-20240307", usage)
    assert price.microcents is None
    assert "batch" in (price.missing_reason or "")


def test_a_call_of_nothing_costs_nothing() -> None:
    assert price_call("claude-sonnet-5-5", Usage(input_tokens=0, output_tokens=0)).microcents == 0


@pytest.mark.parametrize(
    ("reported", "named"),
    [
        ({"inference_geo": "us"}, "'us'"),
        ({"service_tier": "tier-of-tomorrow"}, "tier-of-tomorrow"),
        ({"speed": "slow"}, "slow"),
        ({"server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1}}, "web_search_requests"),
        ({"iterations": [{"type": "compaction", "input_tokens": 180_000}, {"type": "message"}]}, "compaction"),
    ],
)
def test_what_changes_the_bill_and_has_no_listed_price_is_named_and_not_guessed(
    reported: dict[str, Any], named: str
) -> None:
    reply = Reply("claude-sonnet-5-5")
    reply.add_usage(ReportedUsage.model_construct(None, input_tokens=1000, output_tokens=10, **reported))
    call = reply.priced()
    assert call.cost_microcents is None
    assert named in (call.cost_missing_reason or "")


@pytest.mark.parametrize(
    "reported",
    [
        {"inference_geo": "global"},
        {"inference_geo": "not_available"},
        {"inference_geo": None},
        {"service_tier": "standard", "speed": "standard"},
        {"server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 3}},
        {"output_tokens_details": {"thinking_tokens": 4}},
        {"iterations": [{"type": "message", "input_tokens": 1000}]},
    ],
)
def test_what_changes_nothing_in_the_bill_is_priced_as_ever(reported: dict[str, Any]) -> None:
    reply = Reply("claude-sonnet-5-5")
    reply.add_usage(ReportedUsage.model_construct(None, input_tokens=1000, output_tokens=10, **reported))
    plain = price_call("claude-sonnet-5-5", Usage(input_tokens=1000, output_tokens=10)).microcents
    assert reply.priced().cost_microcents == plain


def test_where_the_model_ran_is_kept_until_the_end_of_the_answer() -> None:
    """The first report of a stream says it, the last one does not."""
    reply = Reply("claude-sonnet-5-5")
    reply.add_usage(ReportedUsage(input_tokens=1000, output_tokens=1, inference_geo="us"))
    reply.add_usage(MessageDeltaUsage(output_tokens=10))
    assert reply.usage is not None
    assert (reply.usage.inference_geo, reply.usage.output_tokens) == ("us", 10)
