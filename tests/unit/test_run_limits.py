"""The page on scale says what the limits are, and its formulas are theirs."""

from scripts import run_limits
from scripts.page_tables import with_tables
from skill_benchmark.domain import limits

TEXT = run_limits.PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_script_computes() -> None:
    assert with_tables(TEXT, run_limits.TABLES) == TEXT


def test_the_formulas_of_the_page_are_those_of_the_limits() -> None:
    assert "`6 + branches × (119 + 128 × verdicts)`" in TEXT
    assert "`464 + 9 × polls + 61 × shards`" in TEXT
    for branches, verdicts in ((1, 1), (7, 3), (100, 50)):
        assert limits.child_events(branches, verdicts) == 6 + branches * (119 + 128 * verdicts)
    for asked, shards in ((1, 1), (40, 13), (2_000, 113)):
        assert limits.parent_events(asked, shards) == 464 + 9 * asked + 61 * shards
