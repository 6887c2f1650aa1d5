"""What a run costs AWS, beside its models: the formula, and the tables of docs/cost.md.

`python -m scripts.run_cost` prints the tables; with `--write` it puts them into the page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from scripts.page_tables import main
from skill_benchmark.domain import limits

PAGE = Path(__file__).parents[1] / "docs" / "cost.md"

PRICES = {
    "state transition": (0.025 / 1_000, "Step Functions, Standard Workflows", "$0.025 per 1,000"),
    "GB-second": (0.0000133334, "Lambda on arm64, first tier", "$0.0000133334 per GB-second"),
    "invocation": (0.20 / 1_000_000, "Lambda", "$0.20 per million"),
    "PUT": (0.005 / 1_000, "S3 Standard: PUT and LIST", "$0.005 per 1,000"),
    "GET": (0.0004 / 1_000, "S3 Standard: GET", "$0.0004 per 1,000"),
    "event": (1.00 / 1_000_000, "EventBridge, custom events", "$1.00 per million"),
    "GB of logs": (0.50, "CloudWatch Logs, ingestion", "$0.50 per GB"),
}
"""List prices of us-east-1 on 2026-11-24, in dollars: the price, what it is of, and how AWS says it."""

CALL_GB = 0.5
"""Memory of Call Model and Judge Answer."""
PREPARE_GB, CHECK_GB, ADMIT_GB, COMPLETE_GB = 1.0, 1.0, 1.0, 2.0
WRITE_GB = 3538 / 1024
SECONDS_TO_CHECK = 2.0
"""Of one model or judge: the catalogue and one tiny call."""
SECONDS_OF_A_STEP = 2.0
"""Of Prepare Run, Admit Run and Complete Run each."""
RECORDS_A_SECOND = 1_000
"""That Write Results reads, checks and writes."""
OBJECTS_OF_A_MAP_RUN = 3
"""That Step Functions writes: what succeeded, what failed, and the manifest."""
LOG_BYTES_OF_A_CALL = 2_600
"""Three lines of Lambda's own, one to four of metrics."""


@dataclass(frozen=True)
class Run:
    """The size of a run. `seats` are verdicts for each answer; seconds are averages of one call."""

    cases: int
    branches: int
    seats: int
    seconds_an_answer: float = 10
    seconds_a_verdict: float = 5
    polls: int = 1
    """How often it asks for places."""

    @property
    def answers(self) -> int:
        return self.cases * self.branches

    @property
    def verdicts(self) -> int:
        return self.answers * self.seats

    @property
    def shards(self) -> int:
        return len(list(limits.shards(self.cases, self.branches, self.seats)))


def transitions(cases: int, branches: int, seats: int, *, polls: int = 1) -> int:
    """State transitions of a run in which nothing is tried again; a retry is one more.

    One for each state that is entered, and one for each execution that is started.
    """
    children = cases * ceil(branches / limits.branches_per_child(seats))
    # Its start; How Did It Start, Prepare Run, Check Models, Run Test Cases, Write Shards, Complete Run, Has It Ended,
    # Announce Completion, Run Ended.
    once = 1 + 9
    # Admit Run and Was It Admitted; before another poll Wait for Places.
    admission = 2 * polls + (polls - 1)
    writing = Run(cases, branches, seats).shards
    # A child starts and has Run Models; a branch has Call Model and Ask Judges, and Judge Answer for each seat.
    return once + admission + writing + 2 * children + cases * branches * (2 + seats)


def gb_seconds(run: Run) -> float:
    calls = CALL_GB * (run.answers * run.seconds_an_answer + run.verdicts * run.seconds_a_verdict)
    checks = CHECK_GB * SECONDS_TO_CHECK * (run.branches + run.seats)
    steps = (PREPARE_GB + ADMIT_GB * run.polls + COMPLETE_GB) * SECONDS_OF_A_STEP
    return calls + checks + steps + WRITE_GB * (run.answers + run.verdicts) / RECORDS_A_SECOND


def invocations(run: Run) -> int:
    """Start Run, Prepare Run, Check Models, Complete Run; Admit Run; Write Results; and the calls."""
    return 4 + run.polls + run.shards + run.answers + run.verdicts


def puts(run: Run) -> int:
    """The plan, what the Map reads, the brief, each case; an answer, its text, a verdict; the Map's results, lists."""
    by_functions = 3 + run.cases + 2 * run.answers + run.verdicts + 3 * run.shards
    return by_functions + OBJECTS_OF_A_MAP_RUN


def gets(run: Run) -> int:
    """By Call Model the answer (not there) and the case; by Judge Answer the verdict and its first reply (not there),
    the text and case; by Write Results the answer and its verdicts. A brief is read once a function."""
    return 2 + run.shards + 3 * run.answers + 5 * run.verdicts


def parts(run: Run) -> dict[str, float]:
    """Amounts of what is paid for."""
    return {
        "state transition": transitions(run.cases, run.branches, run.seats, polls=run.polls),
        "GB-second": gb_seconds(run),
        "invocation": invocations(run),
        "PUT": puts(run),
        "GET": gets(run),
        "event": 1,
        "GB of logs": LOG_BYTES_OF_A_CALL * (run.answers + run.verdicts) / 1e9,
    }


def dollars(run: Run) -> float:
    return sum(amount * PRICES[name][0] for name, amount in parts(run).items())


EXAMPLE = Run(cases=1_000, branches=2, seats=1)
SIZES = (
    Run(cases=50, branches=2, seats=1),
    EXAMPLE,
    Run(cases=1_000, branches=2, seats=3),
    Run(cases=1_000, branches=10, seats=1),
    Run(cases=5_000, branches=20, seats=1),
)
MODEL_DOLLARS_A_CALL = (0.03, 0.003)


def price_table() -> Iterator[str]:
    yield "| | price | of |"
    yield "|---|---|---|"
    for name, (_, of, said) in PRICES.items():
        yield f"| {name} | {said} | {of} |"


def example_table() -> Iterator[str]:
    yield "| | amount | dollars |"
    yield "|---|---|---|"
    for name, amount in parts(EXAMPLE).items():
        yield f"| {name} | {amount:,.3f} | {amount * PRICES[name][0]:.4f} |".replace(".000 |", " |", 1)
    yield f"| **sum** | | **{dollars(EXAMPLE):.2f}** |"


def size_table() -> Iterator[str]:
    heads = " | ".join(f"of models at ${price} a call" for price in MODEL_DOLLARS_A_CALL)
    yield f"| cases × branches × verdicts | transitions | AWS, dollars | {heads} |"
    yield "|---|---|---|---|---|"
    for run in SIZES:
        calls = run.answers + run.verdicts
        shares = " | ".join(f"{100 * dollars(run) / (calls * price):.1f} %" for price in MODEL_DOLLARS_A_CALL)
        counted = transitions(run.cases, run.branches, run.seats)
        yield f"| {run.cases:,} × {run.branches} × {run.seats} | {counted:,} | {dollars(run):.2f} | {shares} |"


TABLES = {"prices": price_table, "example": example_table, "sizes": size_table}


if __name__ == "__main__":
    main(PAGE, TABLES)
