"""The records of some test cases of a run, read back for their rows; memory is flat in their number."""

from collections import defaultdict, deque
from collections.abc import Iterator
from itertools import islice

from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Branch, Plan
from skill_benchmark.domain.records import AnswerRecord, Failure, LostAttempt, VerdictRecord
from skill_benchmark.domain.results import BranchRecords, Result, assemble

_RESULTS_A_BATCH = 2_000
_BYTES_A_BATCH = 32 * 2**20


class RunRecords:
    """What the branches of the cases [first_case, end_case) left behind.

    Where answers and verdicts are, the plan says; only what went wrong has keys that have to be listed, and of those
    the ones of these cases are kept.
    """

    def __init__(self, store: ObjectStore, plan: Plan, first_case: int, end_case: int) -> None:
        self._store = store
        self._plan = plan
        self._branches = [(index, branch) for index in range(first_case, end_case) for branch in plan.branches(index)]
        self._lost = self._listed(record_keys.lost_answers(plan.run_id), record_keys.lost_verdicts(plan.run_id))
        self._failures = self._listed(record_keys.failures(plan.run_id))
        self.records = 0

    def batches(self) -> Iterator[list[Result]]:
        """One result for each planned answer, by case, model and repeat; a few thousand at a time."""
        batch: list[Result] = []
        size = 0
        for result, read in self._results():
            batch.append(result)
            size += read
            if len(batch) == _RESULTS_A_BATCH or size >= _BYTES_A_BATCH:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _results(self) -> Iterator[tuple[Result, int]]:
        asked: deque[tuple[int, Branch, list[str]]] = deque()

        def keys() -> Iterator[str]:
            for case_index, branch in self._branches:
                asked.append((case_index, branch, wanted := self._keys(branch.answer_id)))
                yield from wanted

        bodies = self._store.get_many(keys())
        for answer in bodies:
            case_index, branch, wanted = asked.popleft()
            read = [answer, *islice(bodies, len(wanted) - 1)]
            self.records += sum(body is not None for body in read)
            records = self._validated(branch.answer_id, read)
            yield assemble(self._plan, case_index, branch, records), sum(len(body) for body in read if body)

    def _keys(self, answer_id: str) -> list[str]:
        """In the order in which `_validated` takes them."""
        run_id = self._plan.run_id
        return [
            record_keys.answer(run_id, answer_id),
            *(record_keys.verdict(run_id, answer_id, seat.judge, seat.verdict_index) for seat in self._plan.panel),
            *self._failures.get(answer_id, ()),
            *self._lost.get(answer_id, ()),
        ]

    def _validated(self, answer_id: str, read: list[bytes | None]) -> BranchRecords:
        bodies = iter(read)
        answer = next(bodies)
        verdicts = {
            seat: VerdictRecord.model_validate_json(body) for seat in self._plan.panel if (body := next(bodies))
        }
        failures = {_stage(key): Failure.from_json(next(bodies) or b"{}") for key in self._failures.get(answer_id, ())}
        lost = [LostAttempt.model_validate_json(body) for body in bodies if body]
        return BranchRecords(
            answer=AnswerRecord.model_validate_json(answer) if answer else None,
            # A verdict without its answer says nothing: there is no text that it is of.
            verdicts=verdicts if answer else {},
            failures=failures,
            lost=lost,
        )

    def _listed(self, *prefixes: str) -> dict[str, list[str]]:
        """The keys of these cases under the prefixes, by answer id."""
        ours = {branch.answer_id for _, branch in self._branches}
        found = defaultdict[str, list[str]](list)
        for prefix in prefixes:
            for key in self._store.keys(prefix):
                if (answer_id := key.removeprefix(prefix).split("/")[0]) in ours:
                    found[answer_id].append(key)
        return found


def _stage(key: str) -> str:
    return key.rsplit("/", 1)[1].removesuffix(".json")
