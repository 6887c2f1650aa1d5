"""The id of a result is its place in its run, and leads back to it."""

import itertools
import random

import pytest

from skill_benchmark.domain.limits import MAX_RESULTS
from skill_benchmark.domain.plan import Plan
from skill_benchmark.domain.result_ids import Grid, parts_of, result_id
from tests.unit.domain.examples import a_plan


def some_grids() -> list[Grid]:
    drawn = random.Random(1)
    sizes = [(1, 1, 1), *((drawn.randint(1, 9), drawn.randint(1, 40), drawn.randint(1, 9)) for _ in range(50))]
    return [Grid([f"model-{index}" for index in range(models)], cases, repeats) for models, cases, repeats in sizes]


@pytest.mark.parametrize("grid", some_grids(), ids=lambda grid: f"{len(grid.models)}x{grid.cases}x{grid.repeats}")
def test_every_planned_answer_has_a_number_of_its_own_and_is_found_by_it(grid: Grid) -> None:
    branches = list(itertools.product(grid.models, range(grid.cases), range(grid.repeats)))
    assert [grid.number_of(*branch) for branch in branches] == list(range(len(branches)))
    assert [grid.branch_of(number) for number in range(len(branches))] == branches


@pytest.mark.parametrize("grid", some_grids()[:5], ids=str)
@pytest.mark.parametrize("beyond", [0, 1, 10**9])
def test_a_number_beyond_the_plan_is_no_answer(grid: Grid, beyond: int) -> None:
    assert grid.branch_of(len(grid.models) * grid.cases * grid.repeats + beyond) is None


def test_the_numbers_are_those_of_the_plan() -> None:
    plan: Plan = a_plan()
    grid = Grid(plan.models, len(plan.cases), plan.repeats)
    numbers = {
        grid.number_of(branch.model, case_index, branch.repeat_index)
        for case_index in range(len(plan.cases))
        for branch in plan.branches(case_index)
    }
    assert numbers == set(range(plan.planned_results))


@pytest.mark.parametrize("number", [0, 7, MAX_RESULTS - 1])
@pytest.mark.parametrize("run_id", ["run_1", "run_01990c5a2b3c9f1e2d3c4b5a6978", "run_a-b_c"])
def test_an_id_is_taken_apart_as_it_was_put_together(run_id: str, number: int) -> None:
    assert parts_of(result_id(run_id, number)) == (run_id, number)
