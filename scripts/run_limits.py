"""The tables of docs/scale.md about limits, from the module that validation uses.

`python -m scripts.run_limits` prints them; with `--write` it puts them into the page.
"""

from collections.abc import Iterator
from pathlib import Path

from scripts.page_tables import main
from skill_benchmark.domain import limits

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"

_DAY = 86_400


def limit_table() -> Iterator[str]:
    yield "| | limit | because |"
    yield "|---|---|---|"
    juries = f"{limits.MAX_JUDGES} × {limits.MAX_VERDICTS_PER_JUDGE}"
    text = f"{limits.MAX_PLAN_TEXT_BYTES // 2**20} MiB"
    rows = (
        ("test cases of a run", f"{limits.MAX_CASES:,}", "the plan holds them all, and one function reads it"),
        ("text of all test cases of a run", text, "a function of 1 GB holds it as objects and as JSON"),
        (
            "branches of a case (models × repeats)",
            limits.MAX_BRANCHES,
            "what the Map hands to a child is 256 KiB at most",
        ),
        ("results of a run (cases × branches)", f"{limits.MAX_RESULTS:,}", "Complete Run takes in all of them"),
        ("judges × verdicts of each", juries, "an answer's verdicts are asked for one after the other"),
        ("a skill; a test case", "1 MiB each", "it is one prompt"),
        ("a request over HTTP", "6 MB", "what Lambda takes"),
        ("calls in flight of a run", f"{limits.MAX_CONCURRENCY:,}", "`ModelCallConcurrency` caps all runs together"),
        (
            "runs that hold places at once",
            limits.MAX_RUNS_AT_ONCE,
            "each has a tenth of the capacity; others are queued",
        ),
    )
    yield from (f"| {what} | {limit} | {why} |" for what, limit, why in rows)


def child_table() -> Iterator[str]:
    yield "| verdicts of an answer | events of a branch | branches of a child | events of the fullest child |"
    yield "|---|---|---|---|"
    for seats in (1, 2, 5, 10, 34, 50):
        most = limits.branches_per_child(seats)
        yield f"| {seats} | {limits.branch_events(seats):,} | {most} | {limits.child_events(most, seats):,} |"


def parent_table() -> Iterator[str]:
    yield "| waited for places | polls | shards | events at most |"
    yield "|---|---|---|---|"
    for label, seconds, shards in (
        ("not at all", 0, 1),
        ("an hour", 3_600, 4),
        ("a day", _DAY, 13),
        ("14 days, with the largest completion", limits.RUN_SECONDS, limits.most_shards()),
    ):
        asked = limits.polls(seconds)
        yield f"| {label} | {asked:,} | {shards} | {limits.parent_events(asked, shards):,} |"


TABLES = {"limits": limit_table, "children": child_table, "parents": parent_table}


if __name__ == "__main__":
    main(PAGE, TABLES)
