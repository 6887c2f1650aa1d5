"""The requests to S3 that the page on cost counts are those that the functions made in whole runs."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import pytest

from scripts import run_cost
from tests.proofs.test_permissions import RECORDED_CALLS
from tests.recorded_calls import RecordedCall, read_recording


@dataclass
class Recorded:
    """The requests of one run, by operation and kind of record."""

    made: Counter[tuple[str, str]] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)
    repeated: bool = False

    def add(self, call: RecordedCall, kind: str) -> None:
        key = str(call.parameters.get("Key") or call.parameters["Prefix"])
        self.made[call.operation, kind] += 1
        if call.operation == "PutObject":
            self.repeated |= key in self.keys or "/lost/" in key or "/failures/" in key
            self.keys.add(key)

    def number(self, operation: str) -> int:
        return sum(count for (made, _), count in self.made.items() if made == operation)

    def size(self) -> run_cost.Run | None:
        """The run's size, where nothing was tried again, refused or taken over: its records say so."""
        written = {kind: self.made["PutObject", kind] for kind in ("cases", "answers", "texts", "verdicts")}
        looked_for = self.made["GetObject", "answers"], self.made["GetObject", "verdicts"]
        cases, answers, texts, verdicts = written.values()
        # Started by its function; prepared once, written once.
        plan = self.made["PutObject", "plan.json"], self.made["GetObject", "plan.json"]
        # A verdict by rule asks nobody.
        asked = self.made["GetObject", "lost/verdicts"] == verdicts
        once = looked_for == (2 * answers, 2 * verdicts) and plan == (1, 2)
        whole = answers == texts and not self.repeated and asked and once
        if not (whole and cases and answers and verdicts and answers % cases == 0 and verdicts % answers == 0):
            return None
        return run_cost.Run(cases, answers // cases, verdicts // answers)


@pytest.fixture(scope="module")
def runs() -> list[Recorded]:
    if not RECORDED_CALLS.exists():
        pytest.skip("needs calls that were recorded; `make proofs` records them")
    found: dict[str, Recorded] = defaultdict(Recorded)
    for call in read_recording(RECORDED_CALLS).calls:
        if call.service == "s3" and _is_of_a_run(call):
            _, run_id, *rest = str(call.parameters.get("Key") or call.parameters["Prefix"]).split("/")
            kind = rest[1] if rest[0] == "judging" and len(rest) > 2 else rest[0]
            found[run_id].add(call, "/".join(rest[:2]) if rest[0] == "lost" else kind)
    return [run for run in found.values() if run.size()]


def _is_of_a_run(call: RecordedCall) -> bool:
    """Not of what came later: its erasure or reconciliation, a resume or another judge, which read its plan."""
    function = call.function.removeprefix("skill-benchmark-")
    return function not in {"erase-data", "reconcile"} and (function, call.operation) != ("start-run", "GetObject")


def test_a_run_writes_and_lists_what_the_formula_says(runs: list[Recorded]) -> None:
    assert runs
    for run in runs:
        size = run.size()
        assert size is not None
        made = run.number("PutObject") + run.number("ListObjectsV2")
        assert made == run_cost.puts(size) - run_cost.OBJECTS_OF_A_MAP_RUN, (size, run.made)


def test_a_run_reads_what_the_formula_says_where_no_function_is_warm(runs: list[Recorded]) -> None:
    for run in runs:
        size = run.size()
        assert size is not None
        of_cases, of_briefs = run.made["GetObject", "cases"], run.made["GetObject", "judging"]
        # Here one process serves all branches of a case, and reads the case once. The Map reads its own input.
        made = run.number("GetObject") - of_cases - of_briefs
        assert made == run_cost.gets(size) - (size.answers + size.verdicts) - 1, (size, run.made)
        assert of_cases <= size.answers + size.verdicts
