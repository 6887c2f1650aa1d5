"""What is read back of a run, in what order, and how much of it at a time."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import boto3
import pytest
from botocore import handlers

from local.bucket import BucketDirectory
from skill_benchmark.adapters import run_records
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.run_records import RunRecords
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Plan, PlannedCase
from skill_benchmark.domain.records import AnswerRecord
from skill_benchmark.domain.results import Result
from tests.unit.domain.examples import a_plan, a_verdict, an_answer


class WatchedStore(ObjectStore):
    """Notes what it is asked for."""

    def __init__(self, bucket: str) -> None:
        super().__init__(bucket, boto3.Session().client("s3", region_name="us-east-1"))
        self.listed: list[str] = []
        self.read: list[str] = []

    def keys(self, prefix: str) -> Iterator[str]:
        self.listed.append(prefix)
        return super().keys(prefix)

    def get_many(self, keys: Iterable[str]) -> Iterator[bytes | None]:
        def noted() -> Iterator[str]:
            for key in keys:
                self.read.append(key)
                yield key

        return super().get_many(noted())


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WatchedStore:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", list(handlers.BUILTIN_HANDLERS))
    BucketDirectory(tmp_path).install()
    return WatchedStore("records")


@pytest.fixture
def plan(store: WatchedStore) -> Plan:
    """Ten cases, of which each answer and verdict is there."""
    plan = a_plan(cases=[PlannedCase(input=str(index)) for index in range(10)])
    for case in range(10):
        for branch in plan.branches(case):
            put(store, plan, an_answer(answer_id=branch.answer_id, case_index=case, model=branch.model))
            store.put_once(
                record_keys.verdict(plan.run_id, branch.answer_id, "judge-1"), a_verdict(answer_id=branch.answer_id)
            )
    return plan


def put(store: ObjectStore, plan: Plan, answer: AnswerRecord) -> None:
    store.put_once(record_keys.answer(plan.run_id, answer.answer_id), answer)


def results(records: RunRecords) -> list[Result]:
    return [result for batch in records.batches() for result in batch]


def test_the_results_of_the_cases_come_in_the_order_of_the_plan(store: WatchedStore, plan: Plan) -> None:
    found = results(RunRecords(store, plan, 3, 6))
    assert [(result.case_index, result.branch.model) for result in found] == [
        (case, model) for case in (3, 4, 5) for model in ("model-a", "model-b")
    ]
    assert all(result.outcome == "scored" for result in found)


def test_nothing_is_read_of_other_cases_and_only_what_went_wrong_is_listed(store: WatchedStore, plan: Plan) -> None:
    records = RunRecords(store, plan, 3, 4)
    results(records)
    assert records.records == len(store.read) == 4
    ours = [branch.answer_id for branch in plan.branches(3)]
    assert all(any(answer_id in key for answer_id in ours) for key in store.read)
    assert store.listed == [f"runs/run_1/{place}/" for place in ("lost/answers", "lost/verdicts", "failures")]


def test_of_what_went_wrong_the_keys_of_these_cases_are_kept(store: WatchedStore, plan: Plan) -> None:
    for case in range(10):
        answer_id = plan.answer_id(case, "model-a", 0)
        store.put_bytes_once(record_keys.failure(plan.run_id, answer_id, "model"), b"{}")
        store.put_bytes_once(record_keys.lost_answer(plan.run_id, answer_id, "1"), b"{}")
    records = RunRecords(store, plan, 3, 4)
    assert list(records._failures) == list(records._lost) == [plan.answer_id(3, "model-a", 0)]


def test_a_verdict_of_which_the_answer_is_gone_counts_for_nothing(
    store: WatchedStore, plan: Plan, tmp_path: Path
) -> None:
    (tmp_path / record_keys.answer(plan.run_id, plan.answer_id(0, "model-a", 0))).unlink()
    [gone, there] = results(RunRecords(store, plan, 0, 1))
    assert (gone.outcome, gone.judge_calls, there.outcome) == ("missing", [], "scored")


def test_batches_are_cut_by_their_number_and_by_their_bytes(
    store: WatchedStore, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_records, "_RESULTS_A_BATCH", 8)
    assert [len(batch) for batch in RunRecords(store, plan, 0, 10).batches()] == [8, 8, 4]
    monkeypatch.setattr(run_records, "_BYTES_A_BATCH", 1_500)
    assert [len(batch) for batch in RunRecords(store, plan, 0, 3).batches()] == [2, 2, 2]


def test_records_are_read_when_their_batch_is_asked_for(
    store: WatchedStore, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_records, "_RESULTS_A_BATCH", 2)
    batches = RunRecords(store, plan, 0, 10).batches()
    next(batches)
    assert len(store.read) <= 2 * 2 + 1


def test_a_shard_without_cases_has_no_results(store: WatchedStore, plan: Plan) -> None:
    assert list(RunRecords(store, plan, 4, 4).batches()) == []
