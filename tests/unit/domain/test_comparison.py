"""From the results of a run to who is better, and by how much."""

import random

from skill_benchmark.domain.comparison import compared, seed_of
from skill_benchmark.domain.measured import measured
from skill_benchmark.domain.plan import PlannedCase
from skill_benchmark.domain.records import Failure
from skill_benchmark.domain.results import BranchRecords, assemble
from skill_benchmark.domain.summaries import RunSummary
from skill_benchmark.domain.summary import Summary
from tests.unit.domain.examples import a_plan, a_verdict, an_answer, by_seat

FAILED = BranchRecords(failures={"model": Failure(error_type="ModelRejected", message="m")})


def scored(quality: int, *, matches: bool = True) -> BranchRecords:
    return BranchRecords(answer=an_answer(), verdicts=by_seat(a_verdict(quality, matches_expected=matches)))


def compared_run(scores: dict[str, list[list[BranchRecords]]]) -> RunSummary:
    """Records by model, case and repeat."""
    repeats = len(next(iter(scores.values()))[0]) if any(scores.values()) else 1
    cases = max((len(found) for found in scores.values()), default=0)
    plan = a_plan(models=list(scores), cases=[PlannedCase(input="a")] * max(1, cases), repeats=repeats)
    summary = Summary(plan.models, len(plan.cases), plan.repeats)
    results = [
        assemble(plan, case, branch, scores[branch.model][case][branch.repeat_index])
        for case in range(cases)
        for branch in plan.branches(case)
    ]
    for result in results:
        summary.add(measured(result))
    return compared(summary.close(), summary.scores(), seed=seed_of("run_1"))


def noisy(mean: int, cases: int, seed: int) -> list[list[BranchRecords]]:
    draw = random.Random(seed)
    return [[scored(min(100, max(0, round(draw.gauss(mean, 6)))))] for _ in range(cases)]


def test_the_best_model_is_named_with_those_that_it_is_tied_with() -> None:
    run = compared_run({"a": noisy(80, 40, 1), "b": noisy(81, 40, 2), "c": noisy(60, 40, 3)})
    assert {run.best_model, *run.best_model_tied_with} == {"a", "b"}
    assert [(pair.model_a, pair.model_b) for pair in run.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [pair.verdict for pair in run.pairs[1:]] == ["better", "better"]


def test_a_model_that_is_not_ranked_is_tied_with_nobody() -> None:
    few = [*noisy(90, 10, 1), *([FAILED] for _ in range(30))]
    run = compared_run({"a": few, "b": noisy(80, 40, 2)})
    assert (run.best_model, list(run.best_model_tied_with)) == ("b", [])
    assert run.pairs[0].cases == 10


def test_every_model_has_its_intervals() -> None:
    run = compared_run({"a": noisy(80, 40, 1), "b": noisy(70, 40, 2)})
    for model in run.models:
        assert model.quality_interval_low is not None
        assert model.mean_quality_score is not None
        assert model.quality_interval_high is not None
        assert model.quality_interval_low < model.mean_quality_score < model.quality_interval_high
        assert model.match_interval_low is not None
        assert model.statistics["quality_interval_reason"] is None


def test_a_judge_gives_one_answer_several_verdicts_and_a_model_several_answers_and_cases_stay_the_unit() -> None:
    of_case = [[scored(value), scored(value), scored(value)] for value in (70, 80, 90, 60)]
    other = [[scored(value), scored(value), scored(value)] for value in (75, 70, 80, 65)]
    run = compared_run({"a": of_case, "b": other})
    assert run.pairs[0].cases == 4
    assert run.models[0].quality_interval_method == "transformed t, clustered by test case"


def test_degenerate_runs_have_reasons_and_no_figures() -> None:
    one_case = compared_run({"a": [[scored(80)]], "b": [[scored(70)]]})
    assert one_case.models[0].quality_interval_low is None
    assert one_case.models[0].statistics["quality_interval_reason"]
    assert (one_case.pairs[0].difference, one_case.pairs[0].verdict) == (10, "inconclusive")
    assert list(one_case.best_model_tied_with) == ["b"]
    all_failed = compared_run({"a": [[FAILED]] * 3, "b": [[FAILED]] * 3})
    assert (all_failed.best_model, all_failed.pairs[0].difference, all_failed.pairs[0].verdict) == (None, None, None)
    assert all_failed.pairs[0].reason
    assert all_failed.models[0].match_interval_low is None
    one_model = compared_run({"a": noisy(80, 5, 1)})
    assert (list(one_model.pairs), one_model.best_model) == ([], "a")
    all_equal = compared_run({"a": [[scored(80)]] * 5, "b": [[scored(80)]] * 5})
    assert all_equal.models[0].quality_interval_low is None
    assert all_equal.pairs[0].verdict == "inconclusive"


def test_the_same_run_is_compared_in_the_same_way_again() -> None:
    scores = {"a": noisy(80, 40, 1), "b": noisy(79, 40, 2)}
    assert compared_run(scores) == compared_run(scores)
