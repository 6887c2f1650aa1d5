"""What a run that ended early had begun and not finished: no results, and paid for all the same."""

from collections.abc import Iterable, Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict

from skill_benchmark.domain.measured import measured
from skill_benchmark.domain.results import Result


class Unfinished(BaseModel):
    """Answers that are in no result because their jury had not decided, and what they cost. None is not known.

    Of a run that got to the end of its plan nothing is unfinished, and all is None.
    """

    model_config = ConfigDict(frozen=True)

    answers: int | None = None
    cost_microcents: int | None = None
    """Of all their calls with a known price: the model's, the judges' and those that were lost."""
    cost_uncounted: int | None = None
    """Calls without a known price."""

    @classmethod
    def of(cls, results: Iterable[Result], *, answers_bought: bool) -> Self:
        """`answers_bought`: by this run. Where it judges the answers of another, its verdicts are all that it paid."""
        begun = [result for result in results if _is_begun(result)]
        costs: list[int] = []
        uncounted = 0
        for numbers in map(measured, begun):
            known = [numbers.judge_cost_microcents]
            uncounted += numbers.judge_cost_uncounted
            if answers_bought:
                known += [numbers.cost_microcents, numbers.lost_cost_microcents]
                uncounted += numbers.answered and numbers.cost_microcents is None
                uncounted += numbers.lost_cost_uncounted or 0
            costs += [cost for cost in known if cost is not None]
        return cls(answers=len(begun), cost_microcents=sum(costs) if costs else None, cost_uncounted=uncounted)

    @classmethod
    def total(cls, parts: Sequence["Unfinished"]) -> Self:
        """Of parts of a run. What is not known of one of them is not known of the whole."""
        answers = [part.answers for part in parts if part.answers is not None]
        if not parts or len(answers) < len(parts):
            return cls()
        costs = [part.cost_microcents for part in parts if part.cost_microcents is not None]
        return cls(
            answers=sum(answers),
            cost_microcents=sum(costs) if costs else None,
            cost_uncounted=sum(part.cost_uncounted or 0 for part in parts),
        )


def _is_begun(result: Result) -> bool:
    lost = result.lost_cost_microcents is not None or result.lost_cost_uncounted > 0
    return result.answer is not None or bool(result.judge_calls) or lost
