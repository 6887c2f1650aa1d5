"""exact, contains, regex."""

import pytest

from tests.unit.domain.checks.examples import passes, result


def test_white_space_around_an_exact_answer_does_not_count_unless_asked() -> None:
    assert passes({"type": "exact", "value": "yes"}, " yes\n") is True
    assert passes({"type": "exact", "value": "yes", "trim": False}, " yes\n") is False
    assert passes({"type": "exact", "value": "yes"}, "y es") is False


def test_case_counts_unless_asked_and_is_folded_as_unicode_has_it() -> None:
    assert passes({"type": "exact", "value": "Straße"}, "STRASSE") is False
    assert passes({"type": "exact", "value": "Straße", "ignore_case": True}, "STRASSE") is True


def test_without_a_value_the_expected_output_is_the_value() -> None:
    assert passes({"type": "exact"}, "billing", "billing\n") is True
    assert passes({"type": "exact"}, "billing", "sales") is False
    assert passes({"type": "exact", "value": "sales"}, "billing", "billing") is False


def test_without_a_value_and_an_expected_output_there_is_nothing_to_compare_with() -> None:
    for kind in ("exact", "numeric"):
        found = result({"type": kind}, "billing", None)
        assert found.passed is None
        assert "expected_output" in found.detail


def test_an_empty_expected_output_asks_for_an_empty_answer() -> None:
    assert passes({"type": "exact"}, "", "") is True
    assert passes({"type": "exact"}, "a", "") is False


def test_a_difference_is_shown_where_it_begins_and_not_the_whole_answer() -> None:
    found = result({"type": "exact", "value": "x" * 1_000 + "a"}, "x" * 1_000 + "b" * 1_000)
    assert "character 1001" in found.detail
    assert found.detail.count("b") < 50
    assert "the end, expected 'c'" in result({"type": "exact", "value": "abc"}, "ab").detail


def test_all_values_must_be_in_the_answer_or_any_of_them() -> None:
    assert passes({"type": "contains", "values": ["refund", "14 days"]}, "A refund within 14 days.") is True
    assert passes({"type": "contains", "values": ["refund", "30 days"]}, "A refund within 14 days.") is False
    assert passes({"type": "contains", "values": ["refund", "30 days"], "mode": "any"}, "A refund.") is True
    assert passes({"type": "contains", "values": ["a", "b"], "mode": "any"}, "c") is False


def test_case_of_contained_values_counts_unless_asked() -> None:
    assert passes({"type": "contains", "values": ["Refund"]}, "REFUND") is False
    assert passes({"type": "contains", "values": ["Refund"], "ignore_case": True}, "REFUND") is True


def test_the_first_missing_value_is_named() -> None:
    found = result({"type": "contains", "values": ["a", "b", "z"]}, "ab")
    assert "2 of 3" in found.detail
    assert "'z'" in found.detail


@pytest.mark.parametrize(
    ("pattern", "match", "answer", "passed"),
    [
        (r"\d{3}", "search", "order 123", True),
        (r"\d{3}", "full", "order 123", False),
        (r"\d{3}", "full", " 123\n", True),
        (r"^b$", "search", "a\nb", False),
        (r"(?m)^b$", "search", "a\nb", True),
        (r"(?i)straße", "search", "STRAßE", True),
        (r"a.b", "search", "a\nb", False),
        (r"(?s)a.b", "search", "a\nb", True),
        (r"\p{Greek}+", "full", "αβγ", True),
        (r"\d", "search", "٣", False),
        (r"^.$", "search", "😀", True),
        (r"(?P<year>\d{4})-\d\d", "search", "2026-11", True),
    ],
)
def test_a_pattern_is_looked_for_or_must_be_all_of_the_answer(
    pattern: str, match: str, answer: str, passed: bool
) -> None:
    assert passes({"type": "regex", "pattern": pattern, "match": match}, answer) is passed


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"(a|aa)+$", r"(.*a){20}b$", r"^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_pattern_that_backtracks_for_ever_elsewhere_ends_here(pattern: str) -> None:
    assert passes({"type": "regex", "pattern": pattern}, "a" * 100_000 + "!") is False


def test_a_large_pattern_on_a_large_answer_is_not_decided_instead_of_taking_long() -> None:
    check = {"type": "regex", "pattern": "a[ab]{900}c"}
    assert passes(check, "ab" * 1_000) is False
    found = result(check, "ab" * 400_000)
    assert found.passed is None
    assert found.detail.startswith("not decided")
