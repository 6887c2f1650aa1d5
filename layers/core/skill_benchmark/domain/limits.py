"""How large a run may be, and the arithmetic behind it.

The limits of AWS are facts; what a run needs of them follows from the shape of `workflow/benchmark_run.asl.yaml`. A
test counts the states and retries of that file and compares them with the constants here, and `docs/scale.md` prints
the figures.

History. Step Functions ends an execution at 25,000 events. A Task is 2 events (entered, exited) and 3 for each attempt
(scheduled, started, succeeded or failed); a Choice, a Pass or a Wait is 2; an inline Map is 4, and 2 per iteration.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

MAX_CASES = 5_000
MAX_TEXT_BYTES = 1_048_576
"""Of a skill, and of a test case's input and expected output together (UTF-8)."""
MAX_PLAN_TEXT_BYTES = 33_554_432
"""Of all test cases of a run together. As JSON with every character escaped it is six times as much."""
MAX_RUBRIC_BYTES = 20_000
MAX_BRANCHES = 100
"""Models × repeats of a case."""
MAX_JUDGES = 5
MAX_VERDICTS_PER_JUDGE = 10
MAX_RESULTS = 100_000
MAX_CONCURRENCY = 1_000
DEFAULT_CONCURRENCY = 20

HISTORY_EVENTS = 25_000
PAYLOAD_BYTES = 262_144
"""Of the input or output of a state."""
RUN_SECONDS = 14 * 86_400
"""`TimeoutSeconds` of the state machine: waiting for places and running together."""
CALLING_SECONDS = 12 * 86_400
"""Of these, the time that the calls of a run may be expected to take."""
SECONDS_A_CALL = 20
"""Expected of one call of a model or a judge. What takes longer on average than the whole time allows is redriven."""

# Retries of one Task that calls a model or a judge: throttled, unavailable, no place in Lambda, any other failure.
CALL_RETRIES = 8 + 4 + 20 + 4
# Of a failure's record: the connection to S3.
RECORD_RETRIES = 2
# Of Prepare Run, Check Models, Admit Run: Lambda itself, no place in Lambda, any other failure.
STEP_RETRIES = 4 + 20 + 10
# Of Write Results: the same, but there are many of them.
SHARD_RETRIES = 4 + 6 + 8
# Of Complete Run.
COMPLETE_RETRIES = 4 + 20 + 12
# Of Announce Completion.
ANNOUNCE_RETRIES = 4

MAX_RECORDS_PER_SHARD = 50_000
"""Records that one Write Results reads: seconds at the measured speed, a tenth of its time at a tenth of the speed."""

MINUTES_OF_LATE_RECORDS = 15
"""After its execution was stopped. A call in flight records what it got for as long as its function may live."""

MAX_RUNS_AT_ONCE = 10
"""Runs that hold places at the same time. Each holds at least a tenth of the capacity."""

FIRST_WAIT_SECONDS = 15
LAST_WAIT_SECONDS = 900


def task_events(retries: int) -> int:
    """Events of a Task that fails until its retries are used up."""
    return 2 + 3 * (1 + retries)


def call_events() -> int:
    """Worst case of Call Model or Judge Answer: all retries, the failure's record with its retries, and a Pass."""
    return task_events(CALL_RETRIES) + task_events(RECORD_RETRIES) + 2


def branch_events(seats: int) -> int:
    """Worst case of one iteration of Run Models.

    Either the answer fails for good and is recorded, or it is judged: then its call may have been retried as often, and
    so may each judge's, whose failure is recorded.
    """
    judged = task_events(CALL_RETRIES) + 4 + seats * (2 + call_events())
    return 2 + max(call_events(), judged)


def child_events(branches: int, seats: int) -> int:
    """Worst case of a child execution: its start and end, Run Models, and its branches."""
    return 2 + 4 + branches * branch_events(seats)


def branches_per_child(seats: int) -> int:
    """Branches that one child execution can take. A case with more is several children."""
    return (HISTORY_EVENTS - child_events(0, seats)) // branch_events(seats)


def wait_seconds(waited: float) -> int:
    """How long a run that has no places waits before it asks again: a tenth of what it has waited, within bounds."""
    return round(min(max(waited / 10, FIRST_WAIT_SECONDS), LAST_WAIT_SECONDS))


def polls(seconds: float) -> int:
    """How often a run asks for places that waits for this long."""
    asked, waited = 1, 0.0
    while waited < seconds:
        waited += wait_seconds(waited)
        asked += 1
    return asked


def parent_events(asked: int, shards: int) -> int:
    """Worst case of a run's own execution: `asked` times for places, `shards` to write."""
    steps = 2 * task_events(STEP_RETRIES) + task_events(COMPLETE_RETRIES) + 2 + task_events(ANNOUNCE_RETRIES) + 2
    # Admit Run, Was It Admitted, Wait for Places; retries of Admit Run happen once or twice, not at each poll.
    waiting = asked * (task_events(0) + 2 + 2) + 3 * STEP_RETRIES
    running = 4  # Run Test Cases: entered, Map Run started and ended, exited
    writing = 4 + shards * (2 + task_events(SHARD_RETRIES))
    return 2 + 2 + steps + waiting + running + writing + 2


@dataclass(frozen=True)
class Shard:
    """Test cases whose results one Write Results writes: from `first_case` to before `end_case`."""

    first_case: int
    end_case: int


def shards(cases: int, branches: int, seats: int) -> Iterator[Shard]:
    """All cases, in shards of whole cases with MAX_RECORDS_PER_SHARD records at most."""
    step = max(1, MAX_RECORDS_PER_SHARD // (branches * (1 + seats)))
    for first in range(0, cases, step):
        yield Shard(first, min(first + step, cases))


def most_shards() -> int:
    """Of the largest run with the largest panel."""
    seats = MAX_JUDGES * MAX_VERDICTS_PER_JUDGE
    return max(
        len(list(shards(MAX_RESULTS // branches, branches, seats)))
        for branches in range(MAX_RESULTS // MAX_CASES, MAX_BRANCHES + 1)
    )


def calls(results: int, seats: int) -> int:
    """Calls of models and judges that a run plans."""
    return results * (1 + seats)


def places_needed(planned_calls: int) -> int:
    """The fewest calls in flight with which a run is expected to end in time."""
    return ceil(planned_calls * SECONDS_A_CALL / CALLING_SECONDS)
