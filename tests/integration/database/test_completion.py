"""From records to rows to the end of a run: in shards, done again, ended early and resumed."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from skill_benchmark.adapters import run_records
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.postgres_results import measured_results
from skill_benchmark.adapters.postgres_runs import RunToEnd, run_to_end
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import NotFound, ResultsNotWritten
from skill_benchmark.domain.measured import Measured
from skill_benchmark.domain.summaries import RunSummary
from skill_benchmark.use_cases import complete_run
from skill_benchmark.use_cases.complete_run import RunCompleter
from tests.integration.database.completion import ABORTED, FAILED, Run
from tests.unit.domain.examples import a_call

JURY = {"judges": ["judge-1", "judge-2"], "verdicts_per_judge": 2}
DRAWN_BY_THE_DATABASE = {"tenant_id", "benchmark_run_id", "model_provider", "created_at", "total_tokens"}


def run_row(run: Run) -> RunToEnd:
    with run.database.transaction(run.plan.tenant_id) as cursor:
        return run_to_end(cursor, run.plan.run_id)


def rows_of(summary: RunSummary) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    models = [asdict(model) for model in sorted(summary.models, key=lambda model: model.model_name)]
    pairs = [asdict(pair) for pair in sorted(summary.pairs, key=lambda pair: (pair.model_a, pair.model_b))]
    return models, pairs


def stored(run: Run) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    hidden = frozenset(DRAWN_BY_THE_DATABASE)
    return (
        run.rows("benchmark_model_summaries", order="model_name", hidden=hidden),
        run.rows("benchmark_model_pairs", order="model_a, model_b", hidden=hidden),
    )


def assert_stored(run: Run, summary: RunSummary) -> None:
    """PostgreSQL keeps fifteen digits of a float that it is given as a parameter."""
    for found, expected in zip(stored(run), rows_of(summary), strict=True):
        for row, other in zip(found, expected, strict=True):
            assert row == {
                name: pytest.approx(value, rel=1e-14) if isinstance(value, float) else value
                for name, value in other.items()
            }


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("ended", [None, FAILED])
def test_summary_and_comparison_from_rows_are_those_from_records(
    pool: Database, store: ObjectStore, seed: int, ended: Any
) -> None:
    run = Run.begin(pool, store, repeats=3, models=["model-a", "model-b", "claude-c"], **JURY)
    run.scatter(seed)
    for shard in ((0, 2), (2, 5), (5, 6)):
        run.write(ended, shard)
    end = run.complete(ended)
    recomputed = run.recomputed(ended)
    assert RunCompleter(pool)._summary(run_row(run), ended) == recomputed
    assert_stored(run, recomputed)
    [row] = run.rows("benchmark_runs")
    costs = ("model_cost_microcents", "judge_cost_microcents", "judge_cost_uncounted", "lost_attempts_cost_uncounted")
    for name in ("status", "scored_results", "ranking_basis", *costs):
        assert row[name] == getattr(recomputed, name)
    assert (end.best_model, row["best_model_tied_with"]) == (
        recomputed.best_model,
        list(recomputed.best_model_tied_with),
    )


def test_a_shard_writes_its_cases_and_no_others(run: Run) -> None:
    run.score_all()
    done = run.write(shard=(2, 4))
    assert (done.results, done.written, done.records) == (4, 4, 8)
    assert {row["test_case_index"] for row in run.rows("benchmark_results")} == {2, 3}
    assert len(run.rows("benchmark_verdicts")) == 4


def test_records_of_what_went_wrong_are_those_of_the_shard_s_cases(run: Run) -> None:
    for case in range(6):
        run.lost(case, "first")
        run.failure(case, "model")
    run.write(shard=(1, 2))
    [failed, other] = run.rows("benchmark_results", order="model_name")
    assert (failed["outcome"], failed["lost_attempts_cost_microcents"]) == ("model_error", 7)
    assert (other["outcome"], other["lost_attempts_cost_microcents"]) == ("missing", None)


def test_done_again_a_completion_changes_no_row(pool: Database, store: ObjectStore) -> None:
    run = Run.begin(pool, store, **JURY)
    run.score_all()
    run.write()
    run.write()
    first = run.complete()
    assert first.by_this
    again = first.model_copy(update={"by_this": False})
    rows = run.all_rows()
    assert run.write().written == 0
    assert run.complete() == again
    assert run.complete(FAILED) == again
    assert run.write(FAILED).results == 0
    assert run.all_rows() == rows


def test_a_run_that_is_completed_meanwhile_is_not_ended_a_second_time(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.score_all()
    run.write()

    def overtaken(*arguments: Any) -> Iterator[Measured]:
        monkeypatch.undo()
        assert run.complete().status == "completed"
        yield from measured_results(*arguments)

    monkeypatch.setattr(complete_run, "measured_results", overtaken)
    assert run.complete(FAILED).status == "completed"
    assert run.rows("benchmark_runs")[0]["error_type"] is None


def test_a_completed_run_is_not_read_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.score_all()
    run.write()
    run.complete()
    monkeypatch.setattr(complete_run, "measured_results", None)
    monkeypatch.setattr(ObjectStore, "get_many", None)
    assert run.complete().status == "completed"
    assert run.write().results == 0


def test_nothing_is_read_or_listed_while_a_transaction_is_open(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the thread that has it open: what it writes is in memory. The next batch may be read meanwhile."""
    inside = threading.local()
    begin = Database.transaction
    names = ("get_bytes", "get_many", "keys")
    read = {name: getattr(ObjectStore, name) for name in names}
    asked = Counter[str]()

    @contextmanager
    def transaction(database: Database, *arguments: Any, **options: Any) -> Iterator[Any]:
        with begin(database, *arguments, **options) as cursor:
            inside.transaction = True
            try:
                yield cursor
            finally:
                inside.transaction = False

    def watched(name: str) -> Any:
        def reading(*arguments: Any) -> Any:
            asked[name] += 1
            assert not getattr(inside, "transaction", False)
            return read[name](*arguments)

        return reading

    run.score_all()
    run.lost(0, "first")
    monkeypatch.setattr(run_records, "_RESULTS_A_BATCH", 5)
    monkeypatch.setattr(Database, "transaction", transaction)
    for name in names:
        monkeypatch.setattr(ObjectStore, name, watched(name))
    assert run.write().written == 12
    assert set(asked) == set(names)
    run.complete()


def test_a_shard_that_is_written_again_before_the_end_leaves_finished_rows_as_they_are(run: Run) -> None:
    run.score_all()
    run.write()
    rows = run.all_rows()
    assert run.write().written == 0
    assert run.all_rows() == rows


def test_a_run_of_which_a_shard_was_not_written_is_not_completed(run: Run) -> None:
    run.score_all()
    run.write(shard=(0, 5))
    with pytest.raises(ResultsNotWritten, match="10 of 12 planned results have a row"):
        run.complete()
    assert run.rows("benchmark_runs")[0]["status"] == "running"


def test_what_is_missing_at_a_normal_end_has_a_row(run: Run) -> None:
    run.score_all(but=frozenset({(3, "model-b")}))
    run.write()
    assert run.complete().status == "completed_with_failures"
    assert [row["outcome"] for row in run.rows("benchmark_results")].count("missing") == 1


@pytest.mark.parametrize(("ended", "status"), [(FAILED, "failed"), (ABORTED, "cancelled")])
def test_a_run_that_ended_early_keeps_what_it_finished_and_says_nothing_of_the_rest(
    pool: Database, store: ObjectStore, ended: Any, status: str
) -> None:
    run = Run.begin(pool, store, **JURY)
    run.score_all(but=frozenset({(0, "model-a"), (1, "model-a")}))
    run.answer(0)
    run.verdict(0, 60)  # one of four seats
    run.write(ended)
    end = run.complete(ended)
    assert (end.status, end.scored_results, end.planned_results) == (status, 10, 12)
    assert {"FAILED": ("Boom", "it broke"), "ABORTED": ("ABORTED", "the execution was stopped")}[ended.status] == (
        end.error_type,
        end.error_message,
    )
    assert len(run.rows("benchmark_results")) == 10


def test_a_run_that_ended_before_it_had_a_plan_is_ended_all_the_same(pool: Database, store: ObjectStore) -> None:
    run = Run.begin(pool, store)
    for path in store.keys("runs/"):
        assert path == record_keys.plan(run.plan.run_id)
    bare = Run(pool, ObjectStore("records", EmptyBucket()), run.plan)  # type: ignore[arg-type]
    assert bare.write(FAILED).results == 0
    assert bare.complete(FAILED).status == "failed"
    with pytest.raises(LookupError, match=r"plan\.json does not exist"):
        bare.write(redrives=1)


class EmptyBucket:
    def get_object(self, **_: Any) -> Any:
        raise boto3.client("s3", region_name="us-east-1").exceptions.ClientError(
            {"Error": {"Code": "NoSuchKey"}}, "GetObject"
        )


def test_a_resumed_run_replaces_what_failed_and_keeps_what_was_scored(run: Run) -> None:
    run.score_all(70, but=frozenset({(0, "model-a"), (1, "model-a"), (2, "model-a")}))
    run.failure(0, "model")
    run.answer(1)
    run.failure(1, "judge-0")
    run.write(FAILED)
    assert run.complete(FAILED).scored_results == 9
    before = {row["answer_id"]: row for row in run.rows("benchmark_results")}
    assert before[run.id_of(0)]["outcome"] == "model_error"
    assert before[run.id_of(1)]["outcome"] == "judge_error"
    for case in range(3):
        run.answer(case)
        run.verdict(case, 90)
    assert run.write(redrives=1).written == 3
    end = run.complete(redrives=1)
    assert (end.status, end.scored_results, end.error_type) == ("completed", 12, None)
    assert_stored(run, run.recomputed())
    after = {row["answer_id"]: row for row in run.rows("benchmark_results")}
    assert [after[run.id_of(case)]["quality_score"] for case in range(3)] == [90, 90, 90]
    assert {name: after[run.id_of(0)][name] for name in ("error_type", "error_message")} == {
        "error_type": None,
        "error_message": None,
    }
    assert {name: row for name, row in after.items() if before.get(name, {}).get("outcome") == "scored"} == {
        name: row for name, row in before.items() if row["outcome"] == "scored"
    }
    assert [row["status"] for row in run.rows("benchmark_verdicts")] == ["scored"] * 12
    assert sum(row["measurements"] for row in run.rows("token_measurement_daily")) == 12


def test_a_failed_result_does_not_give_way_to_a_worse_one(run: Run, tmp_path: Path) -> None:
    run.answer(0)
    run.failure(0, "judge-0")
    run.write()
    before = run.all_rows()
    (tmp_path / record_keys.answer(run.plan.run_id, run.id_of(0))).unlink()
    assert run.write().written == 11, "the other results are missing as they were"
    assert run.all_rows()["benchmark_results"][0] == before["benchmark_results"][0]


def test_more_of_the_same_failure_is_counted(run: Run) -> None:
    run.failure(0, "model")
    run.lost(0, "first")
    run.write(FAILED)
    run.lost(0, "second")
    run.write(FAILED)
    assert [row["lost_attempts_cost_microcents"] for row in run.rows("benchmark_results")] == [14]


def test_what_was_scored_stays_with_its_verdicts_whatever_the_records_say_later(
    pool: Database, store: ObjectStore
) -> None:
    run = Run.begin(pool, store, judges=["judge-1", "judge-2"])
    run.answer(0)
    run.verdict(0, 60)
    run.failure(0, "judge-1")
    run.write(FAILED)
    before = run.all_rows()
    assert [row["status"] for row in before["benchmark_verdicts"]] == ["scored", "failed"]
    run.verdict(0, 90, judge="judge-2")
    assert run.write(FAILED).written == 0
    assert run.all_rows() == before


def test_a_verdict_that_is_left_out_stays_when_its_result_gets_better(pool: Database, store: ObjectStore) -> None:
    jury: Any = {"judges": ["claude-judge", "gpt-judge"], "exclude_same_family": True}
    run = Run.begin(pool, store, models=["claude-a", "gpt-b"], **jury)
    run.answer(0, "claude-a")
    run.verdict(0, 60, "claude-a", judge="claude-judge")
    run.failure(0, "judge-1", "claude-a")
    run.write(FAILED)
    [left_out, failed] = run.all_rows()["benchmark_verdicts"]
    assert (left_out["status"], left_out["left_out"], failed["status"]) == ("scored", True, "failed")
    assert run.rows("benchmark_results")[0]["outcome"] == "judge_error"
    run.verdict(0, 90, "claude-a", judge="gpt-judge")
    assert run.write(FAILED).written == 1
    [same, better] = run.all_rows()["benchmark_verdicts"]
    assert same == left_out
    assert (better["status"], run.rows("benchmark_results")[0]["quality_score"]) == ("scored", 90)


@pytest.mark.parametrize("outcome", ["refused", "truncated"])
def test_a_refused_or_truncated_answer_stays(run: Run, outcome: str) -> None:
    run.answer(0, outcome=outcome, stop_reason=outcome)
    run.write(FAILED)
    before = run.all_rows()
    assert run.write(FAILED).written == 0
    assert run.all_rows() == before


@pytest.mark.parametrize("table", ["benchmark_results", "benchmark_verdicts"])
def test_no_statement_of_the_functions_changes_what_was_recorded(run: Run, table: str) -> None:
    run.score_all()
    run.write()
    with (
        pytest.raises(psycopg.errors.RestrictViolation, match=f"{table} keeps what was recorded"),
        run.database.transaction(run.plan.tenant_id) as cursor,
    ):
        cursor.execute(f"UPDATE {table} SET quality_score = 1")


def test_of_two_writers_of_a_shard_each_row_is_one_s(run: Run) -> None:
    run.score_all()
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: run.write(), range(4)))
    assert sum(shard.written for shard in done) == 12
    assert run.complete().status == "completed"


def test_costs_that_are_not_known_are_counted_and_not_added(run: Run) -> None:
    run.score_all(but=frozenset({(0, "model-a")}))
    run.answer(0, call=a_call(None))
    run.verdict(0, 50, call=a_call(None))
    run.write()
    run.complete()
    assert_stored(run, run.recomputed())
    [model_a, _] = run.rows("benchmark_model_summaries", order="model_name")
    assert (model_a["cost_uncounted_results"], model_a["judge_cost_uncounted"]) == (1, 1)


def test_the_run_of_another_tenant_is_not_found(run: Run) -> None:
    stranger = Run(run.database, run.store, run.plan.model_copy(update={"tenant_id": "globex"}))
    with pytest.raises(NotFound):
        stranger.write()
    with pytest.raises(NotFound):
        stranger.complete()
