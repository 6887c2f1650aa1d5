"""What a run comes to, over what was measured."""

from dataclasses import replace

from skill_benchmark.domain.measured import measured
from skill_benchmark.domain.plan import Plan
from skill_benchmark.domain.records import Failure, LostAttempt
from skill_benchmark.domain.results import BranchRecords, assemble
from skill_benchmark.domain.summaries import EarlyEnd, RunSummary
from skill_benchmark.domain.summary import Summary, percentile
from tests.unit.domain.examples import a_call, a_plan, a_verdict, an_answer, by_seat

FAILED = BranchRecords(failures={"model": Failure(error_type="ModelRejected", message="m")})


def scored(quality: int, cost: int | None = 100, latency_ms: int = 1000) -> BranchRecords:
    return BranchRecords(answer=an_answer(call=a_call(cost, latency_ms)), verdicts=by_seat(a_verdict(quality)))


def summed_up(records: dict[str, list[BranchRecords]], plan: Plan | None = None) -> RunSummary:
    plan = plan or a_plan()
    summary = Summary(plan.models, len(plan.cases), plan.repeats)
    results = [
        assemble(plan, index, plan.branches(index)[plan.models.index(model)], records[model][index])
        for model in records
        for index in range(len(records[model]))
    ]
    for result in results:
        summary.add(measured(result))
    assert summary.added == len(results)
    return summary.close()


def test_failures_are_counted_and_never_averaged_as_zero() -> None:
    run = summed_up({"model-a": [scored(80), FAILED], "model-b": [scored(60), scored(70)]})
    model_a, model_b = run.models
    assert (model_a.mean_quality_score, model_a.scored_results, model_a.excluded_by_outcome) == (
        80,
        1,
        {"model_error": 1},
    )
    assert (model_b.mean_quality_score, model_b.scored_results, model_b.excluded_by_outcome) == (65, 2, {})
    assert (run.status, run.scored_results) == ("completed_with_failures", 3)


def test_results_that_were_never_seen_are_missing() -> None:
    run = summed_up({"model-a": [scored(80)]})
    assert run.models[0].excluded_by_outcome == {"missing": 1}
    assert run.models[1].excluded_by_outcome == {"missing": 2}


def test_a_run_with_every_answer_scored_is_completed() -> None:
    assert summed_up({"model-a": [scored(1)] * 2, "model-b": [scored(2)] * 2}).status == "completed"


def test_a_run_in_which_nothing_was_scored_has_failed_and_says_what_became_of_its_results() -> None:
    refused = BranchRecords(answer=an_answer(outcome="refused", stop_reason="refusal"))
    run = summed_up({"model-a": [FAILED] * 2, "model-b": [refused]})
    assert (run.status, run.scored_results, run.error_type) == ("failed", 0, "NothingScored")
    assert run.error_message == (
        "none of the 4 planned results was scored (2 model_error, 1 missing, 1 refused); each result has its reason"
    )


def test_one_scored_result_is_enough_for_a_run_to_be_completed() -> None:
    run = summed_up({"model-a": [scored(0), FAILED], "model-b": [FAILED] * 2})
    assert (run.status, run.error_type, run.error_message) == ("completed_with_failures", None, None)


def test_where_nothing_was_scored_there_is_no_cheapest() -> None:
    run = summed_up({"model-a": [FAILED] * 2, "model-b": [FAILED] * 2})
    assert (run.cheapest_model, run.cheapest_cost_microcents) == (None, None)
    assert (run.model_cost_microcents, run.models[0].latency_ms_p50, run.models[0].input_tokens) == (None,) * 3


def test_the_cheapest_model_has_the_lowest_price_of_a_scored_answer() -> None:
    run = summed_up({"model-a": [scored(90, 300), scored(80, 301)], "model-b": [scored(60, 100), FAILED]})
    assert (run.cheapest_model, run.cheapest_cost_microcents) == ("model-b", 100)
    assert run.models[0].cost_per_scored_answer_microcents == 300


def test_lost_attempts_of_unknown_cost_are_counted_unless_a_result_does_not_say() -> None:
    lost = [
        LostAttempt(answer_id="a" * 32, error_type="ModelTimeout", error_message="late", call=a_call(cost))
        for cost in (7, None, None)
    ]
    broken = replace(scored(80), lost=lost)
    run = summed_up({"model-a": [broken, broken], "model-b": [scored(80)] * 2})
    assert [model.lost_attempts_cost_uncounted for model in run.models] == [4, 0]
    assert (run.lost_attempts_cost_microcents, run.lost_attempts_cost_uncounted) == (14, 4)

    plan = a_plan()
    summary = Summary(plan.models, len(plan.cases), plan.repeats)
    result = measured(assemble(plan, 0, plan.branches(0)[0], broken))
    summary.add(replace(result, lost_cost_uncounted=None))
    summary.add(result)
    assert summary.close().lost_attempts_cost_uncounted is None, "a row of a release that did not count"


def test_a_model_without_a_known_price_is_not_the_cheapest() -> None:
    run = summed_up({"model-a": [scored(80, None)] * 2, "model-b": [scored(80, 9)] * 2})
    assert run.cheapest_model == "model-b"
    assert (run.models[0].estimated_cost_microcents, run.models[0].cost_uncounted_results) == (None, 2)
    assert (run.model_cost_microcents, run.model_cost_uncounted) == (18, 2)


def test_a_refused_answer_was_billed_and_its_cost_counts() -> None:
    refused = BranchRecords(answer=an_answer(outcome="refused", stop_reason="refusal", call=a_call(50)))
    model = summed_up({"model-a": [scored(80, 100), refused], "model-b": []}).models[0]
    assert (model.estimated_cost_microcents, model.cost_per_scored_answer_microcents) == (150, 100)


def test_one_score_has_no_spread() -> None:
    models = summed_up({"model-a": [scored(80), FAILED], "model-b": [scored(60), scored(70)]}).models
    assert models[0].quality_sd is None
    assert models[1].quality_sd is not None
    assert round(models[1].quality_sd, 3) == 7.071


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([5, 1, 3, 2, 4], 50) == 3
    assert percentile([5, 1, 3, 2, 4], 95) == 5
    assert percentile(list(range(1, 101)), 95) == 95
    assert percentile([7], 50) == 7
    assert percentile([], 50) is None


def test_an_ended_run_keeps_what_it_has() -> None:
    plan = a_plan()
    summary = Summary(plan.models, len(plan.cases), plan.repeats)
    summary.add(measured(assemble(plan, 0, plan.branches(0)[0], scored(80))))
    run = summary.close(EarlyEnd("cancelled", "ABORTED", "the execution was stopped"))
    assert (run.status, run.scored_results) == ("cancelled", 1)
    assert (run.error_type, run.error_message) == ("ABORTED", "the execution was stopped")
    assert run.models[0].mean_quality_score == 80


def test_a_model_that_was_scored_on_too_few_of_its_planned_results_is_not_ranked_and_is_told_why() -> None:
    run = summed_up({"model-a": [scored(100), FAILED], "model-b": [scored(60), scored(70)]})
    model_a, model_b = run.models
    assert (model_a.ranked, model_b.ranked) == (False, True)
    assert model_a.not_ranked_reason == ("1 of 2 planned answers were scored, and a model is ranked from 75% on")


def test_scores_at_the_top_of_the_scale_are_warned_of() -> None:
    run = summed_up({"model-a": [scored(95), scored(100)], "model-b": [scored(94), scored(95)]})
    [warning] = run.warnings
    assert warning.startswith("100% of the scores of model-a are 95 or more")
