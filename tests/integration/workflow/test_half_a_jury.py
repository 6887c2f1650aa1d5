"""A run that is stopped in the middle of a jury: what is kept is whole, and what comes later agrees with all of it."""

from statistics import fmean
from typing import Any

import pytest

from local.model_api import Fault
from skill_benchmark.domain.records import AnswerRecord, VerdictRecord
from tests.integration.conftest import JUDGE, MODELS, Service
from tests.integration.workflow.rehearsal import Rehearsal

pytestmark = pytest.mark.usefixtures("no_run_left")

CASES = 4
JUDGES = [JUDGE, *MODELS]
BRANCHES = CASES * len(MODELS)
SEATS = len(JUDGES)


def rows(rehearsal: Rehearsal, table: str) -> list[dict[str, Any]]:
    keys = {"benchmark_model_summaries": "model_name", "benchmark_verdicts": "model_name, test_case_index, judge"}
    order = keys.get(table, "model_name, test_case_index")
    with rehearsal.service.database() as cursor:
        found: list[dict[str, Any]] = cursor.execute(
            f"SELECT xmin::text AS version, * FROM {table} WHERE benchmark_run_id = %s ORDER BY {order}",
            [rehearsal.plan.run_id],
        ).fetchall()
    return found


def branch(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["model_name"], row["test_case_index"], row["repeat_index"]


def assert_they_agree(rehearsal: Rehearsal) -> None:
    """Row, results, verdicts and summaries, each computed from the one below it by hand."""
    results, verdicts = rows(rehearsal, "benchmark_results"), rows(rehearsal, "benchmark_verdicts")
    run = rehearsal.run()
    assert {branch(row) for row in verdicts} <= {branch(row) for row in results}, "no verdict without its result"
    for result in results:
        scores = [
            verdict["quality_score"]
            for verdict in verdicts
            if branch(verdict) == branch(result) and verdict["status"] == "scored"
        ]
        assert len(scores) == result["valid_verdicts"]
        assert result["quality_score"] == (pytest.approx(fmean(scores)) if scores else None)
    scored = [row for row in results if row["outcome"] == "scored"]
    assert run["scored_results"] == len(scored)
    assert run["judge_cost_microcents"] == (sum(row["estimated_cost_microcents"] for row in verdicts) or None)
    assert run["model_cost_microcents"] == (sum(row["estimated_cost_microcents"] for row in results) or None)
    for summary in rows(rehearsal, "benchmark_model_summaries"):
        of_model = [row["quality_score"] for row in scored if row["model_name"] == summary["model_name"]]
        assert summary["scored_results"] == len(of_model)
        assert summary["mean_quality_score"] == (pytest.approx(fmean(of_model)) if of_model else None)


def paid(rehearsal: Rehearsal) -> int:
    """What the records say that all calls of the run have cost."""
    store, plan = rehearsal.service.stack.store, rehearsal.plan
    costs = []
    for part in ("answers", "verdicts"):
        for key in store.keys(f"runs/{plan.run_id}/{part}/"):
            kind: Any = AnswerRecord if part == "answers" else VerdictRecord
            costs.append(store.require(key, kind).call.cost_microcents)
    return sum(costs)


def accounted(run: dict[str, Any]) -> int:
    names = ("model_cost_microcents", "judge_cost_microcents", "lost_attempts_cost_microcents")
    return sum(run[name] or 0 for name in (*names, "unfinished_cost_microcents"))


# Verdicts after which it is stopped: within the first jury, between two of them, in the last seat of one, and so on.
@pytest.mark.parametrize("verdicts", [0, 1, SEATS - 1, SEATS, SEATS + 1, 4 * SEATS + 2, BRANCHES * SEATS - 1])
def test_what_a_stopped_run_keeps_is_whole_and_a_redrive_adds_the_rest(service: Service, verdicts: int) -> None:
    rehearsal = Rehearsal.of(service, CASES, judges=JUDGES)
    rehearsal.aborts_after_verdicts = verdicts
    stopped = rehearsal.execution().run()
    assert stopped.status == "ABORTED"
    rehearsal.end_of(stopped).run()
    cancelled = rehearsal.run()
    whole = verdicts // SEATS
    kept = {table: rows(rehearsal, table) for table in ("benchmark_results", "benchmark_verdicts")}
    assert (cancelled["status"], cancelled["scored_results"]) == ("cancelled", whole)
    assert (len(kept["benchmark_results"]), len(kept["benchmark_verdicts"])) == (whole, whole * SEATS)
    assert cancelled["unfinished_answers"] == 1, "the one whose jury was interrupted"
    assert_they_agree(rehearsal)
    assert accounted(cancelled) == paid(rehearsal), "what was bought of the unfinished answer is not lost"

    rehearsal.aborts_after_verdicts = None
    assert stopped.redrive().status == "SUCCEEDED"
    completed = rehearsal.run()
    assert (completed["status"], completed["scored_results"]) == ("completed", BRANCHES)
    for table, before in kept.items():
        after = {(*branch(row), row.get("judge")): row for row in rows(rehearsal, table)}
        assert [after[*branch(row), row.get("judge")] for row in before] == before, f"{table}: a row was replaced"
    assert len(rows(rehearsal, "benchmark_verdicts")) == BRANCHES * SEATS
    assert_they_agree(rehearsal)
    assert completed["unfinished_answers"] is None
    assert accounted(completed) == paid(rehearsal)
    assert rehearsal.bought() == BRANCHES * (1 + SEATS), "and nothing is bought twice"


def test_a_judge_that_has_failed_has_spoken_and_its_jury_is_decided(service: Service) -> None:
    rehearsal = Rehearsal.of(service, CASES, judges=JUDGES)
    service.model_api.set_faults(Fault(what="rejected", model=JUDGES[1], kinds=("verdict",)))
    rehearsal.aborts_after_verdicts = 2 * SEATS + 1
    stopped = rehearsal.execution().run()
    rehearsal.end_of(stopped).run()
    kept = rows(rehearsal, "benchmark_results")
    assert [row["valid_verdicts"] for row in kept] == [SEATS - 1] * 2
    statuses = [row["status"] for row in rows(rehearsal, "benchmark_verdicts")]
    assert sorted(statuses) == ["failed"] * 2 + ["scored"] * 4
    assert rehearsal.run()["scored_results"] == 2
    rehearsal.aborts_after_verdicts = None
    stopped.redrive()
    assert rehearsal.run()["status"] == "completed"
    after = {branch(row): row for row in rows(rehearsal, "benchmark_results")}
    assert [after[branch(row)] for row in kept] == kept
    assert {row["valid_verdicts"] for row in after.values()} == {SEATS - 1}
