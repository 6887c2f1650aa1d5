"""The id of a result: its run, and its place among the answers that the run planned.

An id that counts within its run says nothing of what else there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Grid:
    """The answers of a run: for each model, of each test case, so many repeats."""

    models: Sequence[str]
    cases: int
    repeats: int

    def number_of(self, model: str, case_index: int, repeat_index: int) -> int:
        """The place of an answer, from 0, by model, test case and repeat."""
        return (self.models.index(model) * self.cases + case_index) * self.repeats + repeat_index

    def branch_of(self, number: int) -> tuple[str, int, int] | None:
        """The model, the test case and the repeat at a place; None where the run planned no answer."""
        rest, repeat_index = divmod(number, self.repeats)
        model_index, case_index = divmod(rest, self.cases)
        return (self.models[model_index], case_index, repeat_index) if model_index < len(self.models) else None


def result_id(run_id: str, number: int) -> str:
    return f"{run_id}.{number}"


def parts_of(found: str) -> tuple[str, int]:
    """The run and the number of an id of the form that `result_id` gives."""
    run_id, _, number = found.rpartition(".")
    return run_id, int(number)
