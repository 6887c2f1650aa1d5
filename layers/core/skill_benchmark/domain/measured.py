"""What a summary takes of one result: its numbers, without its texts."""

from collections.abc import Mapping
from dataclasses import dataclass

from skill_benchmark.domain.results import Outcome, Result

TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")


@dataclass(frozen=True, slots=True)
class Measured:
    """The numbers of one result, from its records or from its row. None is not measured."""

    model: str
    case_index: int
    outcome: Outcome
    answered: bool
    """There is an answer, which was billed, whether or not it was scored."""
    quality_score: float | None
    dimensions: Mapping[str, float | None]
    matched: bool | None
    latency_ms: int | None
    first_token_ms: int | None
    tokens: tuple[int, int, int, int] | None
    """In the order of TOKENS."""
    cost_microcents: int | None
    lost_cost_microcents: int | None
    lost_cost_uncounted: int | None
    """None where nobody counted: in a row of a former release."""
    judge_cost_microcents: int | None
    """Of the judge calls whose cost is known."""
    judge_cost_uncounted: int
    valid_verdicts: int
    quality_spread: float | None
    """Standard deviation of the valid verdicts' quality scores; None for fewer than two."""


def measured(result: Result) -> Measured:
    """The numbers of a result that was put together from its records."""
    call = result.answer.call if result.answer else None
    usage = call.usage if call else None
    known = [made.cost_microcents for made in result.judge_calls if made.cost_microcents is not None]
    return Measured(
        model=result.branch.model,
        case_index=result.case_index,
        outcome=result.outcome,
        answered=result.answer is not None,
        quality_score=result.quality_score,
        dimensions=result.dimensions,
        matched=result.matched,
        latency_ms=call.latency_ms if call else None,
        first_token_ms=call.first_token_ms if call else None,
        tokens=(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
        if usage
        else None,
        cost_microcents=call.cost_microcents if call else None,
        lost_cost_microcents=result.lost_cost_microcents,
        lost_cost_uncounted=result.lost_cost_uncounted,
        judge_cost_microcents=sum(known) if known else None,
        judge_cost_uncounted=len(result.judge_calls) - len(known),
        valid_verdicts=result.valid_verdicts,
        quality_spread=result.quality_spread,
    )
