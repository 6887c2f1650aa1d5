"""All records of one run, read back for the completion: in the order of the plan, memory flat in their number."""

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Branch, Plan
from skill_benchmark.domain.records import AnswerRecord, Failure, LostAttempt, VerdictRecord
from skill_benchmark.domain.results import BranchRecords, Result, assemble

_READERS = 16
_AHEAD = 256


class RunRecords:
    """What the branches of a run left behind.

    Where answers and verdicts are, the plan says; only what went wrong has keys that have to be listed and kept.
    """

    def __init__(self, store: ObjectStore, plan: Plan) -> None:
        self._store = store
        self._plan = plan
        self._lost = defaultdict[str, list[str]](list)
        self._failures = defaultdict[str, list[str]](list)
        for prefix in (record_keys.answers(plan.run_id), record_keys.verdicts(plan.run_id)):
            for key in store.keys(prefix):
                if "/lost/" in key:
                    self._lost[_answer_id(key, prefix)].append(key)
        prefix = record_keys.failures(plan.run_id)
        for key in store.keys(prefix):
            self._failures[_answer_id(key, prefix)].append(key)

    def results(self) -> Iterator[Result]:
        """One result for each planned answer, by case, model and repeat."""
        planned = ((index, branch) for index in range(len(self._plan.cases)) for branch in self._plan.branches(index))
        with ThreadPoolExecutor(_READERS) as readers:
            while batch := list(islice(planned, _AHEAD)):
                yield from readers.map(lambda item: self._result(*item), batch)

    def _result(self, case_index: int, branch: Branch) -> Result:
        return assemble(self._plan, case_index, branch, self._read(branch.answer_id))

    def _read(self, answer_id: str) -> BranchRecords:
        run_id = self._plan.run_id
        answer = self._store.get(record_keys.answer(run_id, answer_id), AnswerRecord)
        verdicts = {}
        for seat in self._plan.panel if answer else ():
            key = record_keys.verdict(run_id, answer_id, seat.judge, seat.verdict_index)
            if verdict := self._store.get(key, VerdictRecord):
                verdicts[seat] = verdict
        failures = {}
        for key in self._failures.get(answer_id, []):
            stage = key.rsplit("/", 1)[1].removesuffix(".json")
            failures[stage] = Failure.from_json(self._store.get_bytes(key) or b"{}")
        lost = [self._store.require(key, LostAttempt) for key in self._lost.get(answer_id, [])]
        return BranchRecords(answer=answer, verdicts=verdicts, failures=failures, lost=lost)


def _answer_id(key: str, prefix: str) -> str:
    return key.removeprefix(prefix).split("/")[0]
