"""A plan that cannot be carried out is refused before a cent is spent, with the field and the limit."""

import json

import pytest

from skill_benchmark.domain import plan as plans
from skill_benchmark.domain.errors import InvalidInput
from skill_benchmark.domain.plan import (
    Plan,
    PlannedCase,
    TestCase,
    check_duration,
    check_size,
    checked_cases,
    checked_skill,
)
from tests.unit.domain.examples import a_plan


def refused(field: str, message: str) -> "pytest.RaisesExc[InvalidInput]":
    return pytest.raises(InvalidInput, match=rf"^{field}: .*{message}")


def test_a_run_without_a_test_case_is_refused() -> None:
    with refused("test_cases", "no test case"):
        checked_cases([])


def test_too_many_test_cases_are_refused_with_the_limit() -> None:
    with refused("test_cases", "at most 5000"):
        checked_cases([TestCase(input="x")] * 5001)


def test_a_test_case_over_the_size_limit_is_refused_by_its_index() -> None:
    cases = [TestCase(input="fine"), TestCase(input="é" * 500_000, expected_output="x" * 50_000)]
    with refused(r"test_cases\[1\]", "1050000 bytes; .* 1048576"):
        checked_cases(cases)


def test_a_case_of_300_kilobytes_is_taken() -> None:
    assert len(checked_cases([TestCase(input="x" * 300_000)])[0].input) == 300_000


def test_a_blank_input_is_refused() -> None:
    with refused(r"test_cases\[0\].input", "blank"):
        checked_cases([TestCase(input=" \n\x00")])


def test_characters_that_cannot_be_stored_are_removed_and_flagged() -> None:
    case = checked_cases([TestCase(input="a\x00b", expected_output="\ud800c")])[0]
    assert case == PlannedCase(input="ab", expected_output="c", text_sanitized=True)


def test_a_text_that_can_be_stored_is_left_alone() -> None:
    text = "\u0001 \U0001f600 \\u0000 ﷽"
    assert checked_cases([TestCase(input=text)])[0] == PlannedCase(input=text)
    assert checked_skill(text) == text


def test_a_blank_skill_is_refused() -> None:
    with refused("skill_content", "blank"):
        checked_skill("  ")


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("models", {"models": []}),
        ("models", {"models": ["a", "b", "a"]}),
        ("models", {"models": [" "]}),
        ("models", {"models": ["m" * 201]}),
        ("models", {"models": [f"m{i}" for i in range(101)]}),
        ("judges", {"judges": []}),
        ("judges", {"judges": [f"j{i}" for i in range(6)]}),
        ("repeats", {"repeats": 0}),
        ("repeats", {"repeats": 51}),
        ("test_cases", {"cases": 5000, "models": [f"m{i}" for i in range(21)]}),
        ("max_concurrency", {"max_concurrency": 0}),
        ("max_concurrency", {"max_concurrency": 1001}),
    ],
)
def test_a_run_beyond_a_limit_is_refused_by_its_field(field: str, change: dict[str, object]) -> None:
    request: dict[str, object] = {
        "cases": 2,
        "models": ["a", "b"],
        "judges": ["j"],
        "repeats": 1,
        "max_concurrency": 20,
    }
    check_size(**request)  # type: ignore[arg-type]  # the values of one table
    with pytest.raises(InvalidInput) as raised:
        check_size(**request | change)  # type: ignore[arg-type]
    assert raised.value.field == field


def test_an_answer_id_says_nothing_and_is_the_same_again() -> None:
    plan = a_plan()
    ids = {plan.answer_id(case, model, 0) for case in range(2) for model in plan.models}
    assert len(ids) == 4
    assert all(len(answer_id) == 32 and set(answer_id) <= set("0123456789abcdef") for answer_id in ids)
    assert Plan.model_validate_json(plan.model_dump_json()).answer_id(0, "model-a", 0) == plan.answer_id(
        0, "model-a", 0
    )


def test_without_the_plan_nobody_can_tell_whose_answer_an_id_is() -> None:
    first, second = a_plan(), a_plan()
    assert first.run_id == second.run_id
    assert first.answer_id(0, "model-a", 0) != second.answer_id(0, "model-a", 0)


def test_what_the_map_reads_holds_no_text_beyond_a_preview() -> None:
    plan = a_plan(cases=[PlannedCase(input="word " * 1000, expected_output="secret")])
    item = json.dumps([item.model_dump() for item in plan.map_items(previews=True)])
    assert "word word" in item
    assert len(item) < 1000
    assert "secret" not in item


def test_what_the_map_reads_holds_no_text_at_all_unless_asked_for() -> None:
    plan = a_plan(cases=[PlannedCase(input="word " * 1000, expected_output="secret")])
    assert [item.preview for item in plan.map_items()] == [""]


def test_two_runs_that_do_the_same_have_the_same_plan_hash() -> None:
    assert a_plan().sha256 == a_plan().sha256
    assert a_plan().sha256 != a_plan(repeats=2).sha256


def test_run_ids_sort_by_time_and_can_name_an_execution() -> None:
    ids = [plans.new_run_id() for _ in range(3)]
    assert all(len(run_id) <= 60 and run_id.startswith("run_") for run_id in ids)
    assert len(set(ids)) == 3


def test_texts_that_do_not_fit_into_a_plan_together_are_refused_with_the_sum() -> None:
    cases = [TestCase(input="x" * 1_000_000)] * 33
    assert len(checked_cases(cases)) == 33
    with refused("test_cases", "34000000 bytes of text in all; a run may have 33554432; make several"):
        checked_cases([*cases, TestCase(input="x" * 1_000_000)])


def test_a_run_whose_calls_take_longer_than_an_execution_may_is_refused_with_what_would_do() -> None:
    check_duration(100_000, seats=1, max_concurrency=20, capacity=50)
    with refused("max_concurrency", "20 is too few for 5100000 calls; ask for 99 or more"):
        check_duration(100_000, seats=50, max_concurrency=20, capacity=1000)
    with refused("test_cases", "5100000 calls take too long with the 50 calls in flight of this deployment"):
        check_duration(100_000, seats=50, max_concurrency=1000, capacity=50)


def test_a_case_with_more_branches_than_a_child_execution_can_record_is_several_items() -> None:
    plan = a_plan(models=[f"m{n}" for n in range(100)], judges=[f"j{n}" for n in range(5)], verdicts_per_judge=7)
    items = [item for item in plan.map_items() if item.case_index == 0]
    assert len(items) > 10
    assert [branch for item in items for branch in item.branches] == plan.branches(0)
