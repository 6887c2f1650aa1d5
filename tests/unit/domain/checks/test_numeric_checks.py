"""numeric."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.checks.examples import passes, result


def numeric(**fields: Any) -> dict[str, Any]:
    return {"type": "numeric", **fields}


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("42", 42), (" 42\n", 42), ("42.0", 42), ("42.", 42), ("+42", 42), ("-42", -42), ("\u221242", -42),
        ("1,234,567.5", 1_234_567.5), ("1e3", 1000), ("1.5E-3", 0.0015), (".5", 0.5), ("007", 7),
        ("9223372036854775807", 9223372036854775807), ("0.1", 0.1),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_commonly_written(answer: str, value: float) -> None:
    assert passes(numeric(value=value), answer) is True
    assert passes(numeric(value=value - 1), answer) is False


@pytest.mark.parametrize(
    "answer",
    ["", "42 euros", "3,14", "1,23,456", "1.2.3", "NaN", "inf", "0x2a", "1_000", "٤٢", "４２", "4 2", "--4", "1e", "½",
     "9" * 1_000, "1e99999999999999999999"],
)  # fmt: skip
def test_an_answer_that_is_not_one_number_alone_fails(answer: str) -> None:
    assert passes(numeric(value=42, absolute_tolerance=1e308), answer) is False


@pytest.mark.parametrize(
    ("answer", "first", "last"),
    [
        ("The sum of 2 and 3 is 5.", 2, 5),
        ("About $1,234.50, so 12%", 1234.5, 12),
        ("on 2024-01-15", 2024, 15),
        ("from -5 to \u22123 degrees", -5, -3),
        ("7-3", 7, 3),
        ("Q3 of H2O gave 7 (v2)", 7, 7),
        ("共42个", 42, 42),
        ("x = .5, y = 1e3.", 0.5, 1000),
        ("5kg", 5, 5),
    ],
)
def test_the_first_or_the_last_number_of_a_text_is_found(answer: str, first: float, last: float) -> None:
    assert passes(numeric(value=first, number="first"), answer) is True
    assert passes(numeric(value=last, number="last"), answer) is True


@pytest.mark.parametrize("answer", ["In all 3,14", "It is version 1.2.3", "See 1,2,3"])
def test_a_number_that_could_be_read_in_two_ways_fails_and_is_not_replaced_by_a_part_of_it(answer: str) -> None:
    for value in (1, 2, 3, 14, 3.14):
        found = result(numeric(value=value, number="last"), answer)
        assert found.passed is False
        assert "not one number" in found.detail


def test_a_text_without_a_number_fails() -> None:
    assert result(numeric(value=1, number="last"), "none at all").detail == "the answer holds no number"


def test_a_difference_of_exactly_the_tolerance_is_within_it_in_decimal_terms() -> None:
    assert 1.1 - 1.0 > 0.1
    assert passes(numeric(value=1.0, absolute_tolerance=0.1), "1.1") is True
    assert passes(numeric(value=1.0, absolute_tolerance=0.1), "1.1000000001") is False


def test_the_relative_tolerance_is_a_share_of_the_value_and_the_wider_one_counts() -> None:
    assert passes(numeric(value=200, relative_tolerance=0.01), "202") is True
    assert passes(numeric(value=200, relative_tolerance=0.01), "202.1") is False
    assert passes(numeric(value=-200, relative_tolerance=0.01), "-202") is True
    assert passes(numeric(value=200, relative_tolerance=0.01, absolute_tolerance=3), "202.1") is True


def test_without_a_value_the_expected_output_must_be_a_number_alone() -> None:
    assert passes(numeric(), "1,000", "1000.0") is True
    assert passes(numeric(), "999", "1000") is False
    found = result(numeric(), "1000", "about 1000")
    assert found.passed is None
    assert "expected_output" in found.detail


@pytest.mark.parametrize("huge", ["1e999", "-1e999999999", "1e-999999999", "9" * 400])
def test_numbers_beyond_every_float_are_compared_all_the_same(huge: str) -> None:
    assert passes(numeric(value=1, relative_tolerance=1e308), huge) is not None
    assert passes(numeric(relative_tolerance=0.5, absolute_tolerance=0.5), huge, huge) is True
    assert passes(numeric(), "1", huge) is False


def test_an_expected_output_whose_exponent_no_arithmetic_reaches_is_no_number() -> None:
    assert passes(numeric(), "1e99999999999999999999", "1e99999999999999999999") is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_found_again_in_its_own_text(value: float) -> None:
    assert passes(numeric(value=value), repr(value)) is True
    assert passes(numeric(value=value, number="last"), f"The answer is {value!r}") is True


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15), st.integers(0, 10**15))
def test_the_tolerance_is_symmetric_and_exact_for_whole_numbers(value: int, answer: int, tolerance: int) -> None:
    expected = abs(value - answer) <= tolerance
    assert passes(numeric(value=value, absolute_tolerance=float(tolerance)), str(answer)) is expected
    assert passes(numeric(value=answer, absolute_tolerance=float(tolerance)), f"{value:,}") is expected
