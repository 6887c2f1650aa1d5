"""Each call is priced on its own, from its own usage, in whole microcents; an unknown price is not zero."""

from skill_benchmark.domain.money import Usage, price_call

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
