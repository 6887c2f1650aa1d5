"""All records of one run, read back for the completion: in the order of the plan, memory flat in their number."""

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Branch, Plan, Seat
from skill_benchmark.domain.records import AnswerRecord, Failure, LostAttempt, VerdictRecord
from skill_benchmark.domain.results import BranchRecords, Result, assemble

_READERS = 16
_AHEAD = 256


class RunRecords:
    """What the branches of a run left behind. Lists first, then gets only what exists."""

    def __init__(self, store: ObjectStore, plan: Plan) -> None:
        self._store = store
        self._plan = plan
        self._keys: dict[str, list[str]] = defaultdict(list)
        prefixes = (record_keys.answers, record_keys.verdicts, record_keys.failures)
        for prefix in (prefix(plan.run_id) for prefix in prefixes):
            for key in store.keys(prefix):
                answer_id = key.removeprefix(prefix).split("/")[0].removesuffix(".json")
                self._keys[answer_id].append(key)

    def results(self) -> Iterator[Result]:
        """One result for each planned answer, by case, model and repeat."""
        planned = ((index, branch) for index in range(len(self._plan.cases)) for branch in self._plan.branches(index))
        with ThreadPoolExecutor(_READERS) as readers:
            while batch := list(islice(planned, _AHEAD)):
                yield from readers.map(lambda item: self._result(*item), batch)

    def _result(self, case_index: int, branch: Branch) -> Result:
        return assemble(self._plan, case_index, branch, self._read(branch.answer_id))

    def _read(self, answer_id: str) -> BranchRecords:
        answer: AnswerRecord | None = None
        verdicts: dict[Seat, VerdictRecord] = {}
        failures: dict[str, Failure] = {}
        lost: list[LostAttempt] = []
        for key in self._keys.get(answer_id, []):
            if "/lost/" in key:
                lost.append(self._store.require(key, LostAttempt))
            elif key.startswith(record_keys.answers(self._plan.run_id)):
                answer = self._store.require(key, AnswerRecord)
            elif key.startswith(record_keys.verdicts(self._plan.run_id)):
                verdict = self._store.require(key, VerdictRecord)
                verdicts[Seat(judge=verdict.judge, verdict_index=verdict.verdict_index)] = verdict
            else:
                stage = key.rsplit("/", 1)[1].removesuffix(".json")
                failures[stage] = Failure.from_json(self._store.get_bytes(key) or b"{}")
        return BranchRecords(answer=answer, verdicts=verdicts, failures=failures, lost=lost)
