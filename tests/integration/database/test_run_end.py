"""A run that has ended stays as it ended, whoever is late; only a redrive or a resume after that takes it further."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from skill_benchmark.adapters import postgres_results, postgres_runs, run_records
from skill_benchmark.domain.results import Result
from skill_benchmark.use_cases import write_results
from tests.integration.database.completion import ABORTED, FAILED, Run


@pytest.fixture
def stopped(run: Run) -> Run:
    """Two of twelve answers are not there yet, and one function of the stopped execution is still in flight."""
    run.score_all(but=frozenset({(0, "model-a"), (1, "model-a")}))
    run.write(ABORTED)
    assert run.complete(ABORTED).status == "cancelled"
    return run


def the_rest_comes(run: Run) -> None:
    for case in (0, 1):
        run.answer(case)
        run.verdict(case, 90)


def test_a_function_that_was_in_flight_when_the_run_was_stopped_changes_nothing_any_more(stopped: Run) -> None:
    rows = stopped.all_rows()
    the_rest_comes(stopped)
    assert stopped.write().results == 0
    end = stopped.complete()
    assert (end.status, end.scored_results, end.by_this) == ("cancelled", 10, False)
    assert stopped.all_rows() == rows


def test_a_redrive_goes_further_from_there(stopped: Run) -> None:
    the_rest_comes(stopped)
    assert stopped.write(redrives=1).written == 2
    assert stopped.rows("benchmark_runs")[0]["status"] == "running", "nothing final is said while it is written"
    end = stopped.complete(redrives=1)
    assert (end.status, end.scored_results, end.by_this) == ("completed", 12, True)


def test_a_redrive_that_was_stopped_too_leaves_no_more_behind_than_it_did(stopped: Run) -> None:
    stopped.answer(0)
    stopped.verdict(0, 90)
    stopped.write(ABORTED, redrives=1)
    assert stopped.complete(ABORTED, redrives=1).scored_results == 11
    rows = stopped.all_rows()
    the_rest_comes(stopped)
    assert stopped.write(redrives=1).results == 0
    assert stopped.complete(redrives=1).status == "cancelled"
    assert stopped.all_rows() == rows


@pytest.mark.parametrize("redrives", [0, 1])
def test_an_end_that_is_told_twice_is_one(run: Run, redrives: int) -> None:
    run.score_all(but=frozenset({(0, "model-a")}))
    run.write(FAILED, redrives=redrives)
    assert run.complete(FAILED, redrives=redrives).by_this
    rows = run.all_rows()
    run.answer(0)
    run.verdict(0, 90)
    run.write(FAILED, redrives=redrives)
    assert not run.complete(FAILED, redrives=redrives).by_this
    assert run.all_rows() == rows


def test_a_run_that_ends_between_two_batches_of_a_writer_gets_no_more_rows(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.score_all()
    monkeypatch.setattr(run_records, "_RESULTS_A_BATCH", 5)
    batches = write_results._read_ahead

    def overtaken(records: Any) -> Iterator[list[Result]]:
        for number, batch in enumerate(batches(records)):
            if number == 1:
                monkeypatch.undo()
                run.complete(ABORTED)
            yield batch

    monkeypatch.setattr(write_results, "_read_ahead", overtaken)
    assert run.write().results == 5
    assert len(run.rows("benchmark_results")) == 5 == run.rows("benchmark_runs")[0]["scored_results"]


def test_who_ends_a_run_waits_for_the_rows_that_are_being_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.score_all()
    written = postgres_results.write_results

    def end_meanwhile(*arguments: Any, **options: Any) -> int:
        of = run.plan.tenant_id
        with (
            pytest.raises(psycopg.errors.QueryCanceled),
            run.database.transaction(of, statement_timeout_seconds=0.2) as ender,
        ):
            postgres_runs.run_to_end(ender, run.plan.run_id, lock="UPDATE")
        return written(*arguments, **options)

    monkeypatch.setattr(postgres_results, "write_results", end_meanwhile)
    assert run.write().written == 12


def test_a_run_that_fails_without_an_execution_has_its_numbers(run: Run) -> None:
    with run.database.transaction(run.plan.tenant_id) as cursor:
        postgres_runs.fail_run(cursor, run.plan.run_id, "NeverStarted", "it has no plan")
    assert run.rows("benchmark_runs")[0]["scored_results"] == 0


def test_an_answer_whose_jury_had_not_decided_is_counted_and_its_cost_is_said(run: Run) -> None:
    run.score_all(but=frozenset({(0, "model-a"), (1, "model-a"), (2, "model-a")}))
    run.answer(0)
    run.lost(0, "first")
    run.lost(1, "first", judge="judge-1")
    left = run.write(ABORTED).unfinished
    answer = next(run.results()).cost_microcents
    assert answer is not None
    assert (left.answers, left.cost_microcents, left.cost_uncounted) == (2, answer + 7 + 7, 0)
    run.complete(ABORTED, unfinished=[left])
    [row] = run.rows("benchmark_runs")
    assert (row["unfinished_answers"], row["unfinished_cost_microcents"]) == (2, answer + 7 + 7)
    measured = run.rows("token_measurements")
    assert len(measured) == 9 + 1, "what was bought is in the skill's costs on the day that it was bought"
    for case in (0, 1, 2):
        run.answer(case)
        run.verdict(case, 90)
    run.write(redrives=1)
    run.complete(redrives=1)
    [row] = run.rows("benchmark_runs")
    assert (row["status"], row["unfinished_answers"], row["unfinished_cost_microcents"]) == ("completed", None, None)
    assert len(run.rows("token_measurements")) == 12, "and not twice"
