"""From the results of a run to who is better, and by how much."""

import random

import pytest

from skill_benchmark.domain.comparison import compared
from skill_benchmark.domain.measured import measured
from skill_benchmark.domain.plan import PlannedCase
from skill_benchmark.domain.records import Failure
from skill_benchmark.domain.results import BranchRecords, assemble
from skill_benchmark.domain.summaries import RunSummary
from skill_benchmark.domain.summary import Summary
from tests.unit.domain.examples import a_call, a_plan, a_verdict, an_answer, by_seat

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
    return compared(summary.close(), summary.scores())


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
    [pair] = run.pairs
    assert (pair.cases, pair.wins, pair.verdict, pair.p_value, pair.interval_low) == (10, 9, None, None, None)
    assert (pair.reason or "").startswith("a is not ranked: 10 of 40")


def test_every_model_has_its_intervals() -> None:
    run = compared_run({"a": noisy(80, 40, 1), "b": noisy(70, 40, 2)})
    for model in run.models:
        assert model.quality_interval_low is not None
        assert model.mean_quality_score is not None
        assert model.quality_interval_high is not None
        assert model.quality_interval_low < model.mean_quality_score < model.quality_interval_high
        assert model.match_interval_low is not None
        assert model.statistics["quality_interval_reason"] is None


def test_the_best_model_is_ranked_on_the_cases_that_the_others_have() -> None:
    """It failed on the hardest fifth of the cases, and looks better for it."""
    run = compared_run(
        {
            "a": [*([scored(90 + case % 3)] for case in range(16)), *([FAILED] for _ in range(4))],
            "b": [*([scored(94 + case % 3)] for case in range(16)), *([scored(40)] for _ in range(4))],
        }
    )
    a, b = run.models
    assert (a.mean_quality_score or 0) > (b.mean_quality_score or 0)
    assert (a.adjusted_quality_score or 0) == pytest.approx((b.adjusted_quality_score or 0) - 4)
    assert (run.best_model, list(run.best_model_tied_with)) == ("b", [])
    assert run.best_quality_score == b.mean_quality_score
    assert run.ranking_basis == "case-plus-model effects"
    assert "between 16 and 20 cases each, 16 of them by all" in run.warnings[0]


def test_models_that_were_scored_on_the_same_cases_are_ranked_by_their_means() -> None:
    run = compared_run({"a": noisy(80, 20, 1), "b": noisy(60, 20, 2)})
    assert (run.ranking_basis, list(run.warnings)) == ("means", [])
    assert [model.adjusted_quality_score for model in run.models] == [model.mean_quality_score for model in run.models]


@pytest.mark.parametrize("seed", range(3))
def test_a_model_that_lost_its_hardest_cases_is_not_the_best_by_that(seed: int) -> None:
    draw = random.Random(seed)
    named_best = 0
    for _ in range(60):
        of_case = [draw.gauss(75, 15) for _ in range(50)]
        hardest = sorted(of_case)[10]
        scores = {
            name: [[scored(min(100, max(0, round(case + gain + draw.gauss(0, 5)))))] for case in of_case]
            for name, gain in (("a", 0), ("b", 4))
        }
        scores["a"] = [
            [FAILED] if case < hardest else [found] for case, [found] in zip(of_case, scores["a"], strict=True)
        ]
        named_best += compared_run(scores).best_model == "a"
    assert named_best / 60 <= 0.05


def test_a_model_that_is_shown_to_be_worse_is_neither_the_best_nor_tied() -> None:
    """The best by the effects of all loses, on the cases that both have, to one that failed elsewhere."""
    draw = random.Random(5)
    for _ in range(80):
        scores = {
            name: [
                [FAILED if draw.random() < 0.2 else scored(min(100, max(0, round(draw.gauss(80 + gain, 6)))))]
                for _ in range(24)
            ]
            for name, gain in (("a", 0), ("b", draw.choice([0, 2, 5])), ("c", draw.choice([0, 3])), ("d", -4))
        }
        run = compared_run(scores)
        losers = {pair.model_b for pair in run.pairs if pair.verdict == "better"}
        losers |= {pair.model_a for pair in run.pairs if pair.verdict == "worse"}
        assert not losers & {run.best_model, *run.best_model_tied_with}


def test_an_adjusted_score_stays_on_the_scale() -> None:
    """The other one has 100 on the cases that this one lacks, and is ten points behind on the others."""
    run = compared_run(
        {
            "a": [*([scored(99)] for _ in range(15)), *([FAILED] for _ in range(5))],
            "b": [*([scored(89)] for _ in range(15)), *([scored(100)] for _ in range(5))],
        }
    )
    assert run.models[0].adjusted_quality_score == 100
    assert run.best_model == "a"


def test_equal_models_are_ranked_by_their_price() -> None:
    cheap, dear = (
        BranchRecords(answer=an_answer(call=a_call(cost)), verdicts=by_seat(a_verdict(80))) for cost in (10, 90)
    )
    run = compared_run({"a": [[dear]] * 4, "b": [[cheap]] * 4})
    assert (run.best_model, list(run.best_model_tied_with)) == ("b", ["a"])


def test_the_order_in_which_scores_are_added_up_ranks_nobody() -> None:
    thirds = [[scored(score), scored(80), scored(81)] for score in (100, 71, 94, 63, 82, 97, 99, 55)]
    dear = [[_priced(records, 90) for records in case] for case in thirds]
    cheap = [[_priced(records, 10) for records in case] for case in reversed(thirds)]
    run = compared_run({"a": dear, "b": cheap})
    assert run.models[0].mean_quality_score == pytest.approx(run.models[1].mean_quality_score)
    assert run.best_model == "b"


def _priced(records: BranchRecords, cost: int) -> BranchRecords:
    return BranchRecords(answer=an_answer(call=a_call(cost)), verdicts=records.verdicts)


def test_every_model_says_what_its_cases_could_not_show() -> None:
    run = compared_run({"a": noisy(80, 10, 1), "b": [[FAILED]] * 10})
    assert run.models[0].unseen_failure_share == pytest.approx(0.2589, abs=1e-4)
    assert run.models[1].unseen_failure_share is None


def test_a_judge_gives_one_answer_several_verdicts_and_a_model_several_answers_and_cases_stay_the_unit() -> None:
    of_case = [[scored(value), scored(value), scored(value)] for value in (70, 80, 90, 60)]
    other = [[scored(value), scored(value), scored(value)] for value in (75, 70, 80, 65)]
    run = compared_run({"a": of_case, "b": other})
    assert run.pairs[0].cases == 4
    assert run.models[0].quality_interval_method == "t and transformed t"
    once = compared_run({"a": [repeats[:1] for repeats in of_case], "b": [repeats[:1] for repeats in other]})
    assert once.models[0].quality_interval_low == run.models[0].quality_interval_low


def test_degenerate_runs_have_reasons_and_no_figures() -> None:
    one_case = compared_run({"a": [[scored(80)]], "b": [[scored(70)]]})
    assert one_case.models[0].quality_interval_low is None
    assert one_case.models[0].statistics["quality_interval_reason"]
    assert (one_case.pairs[0].difference, one_case.pairs[0].verdict) == (10, "inconclusive")
    assert list(one_case.best_model_tied_with) == ["b"]
    all_failed = compared_run({"a": [[FAILED]] * 3, "b": [[FAILED]] * 3})
    assert all_failed.ranking_basis is None
    assert (all_failed.best_model, all_failed.pairs[0].difference, all_failed.pairs[0].verdict) == (None, None, None)
    assert all_failed.pairs[0].reason
    assert all_failed.models[0].match_interval_low is None
    one_model = compared_run({"a": noisy(80, 5, 1)})
    assert (list(one_model.pairs), one_model.best_model) == ([], "a")
    all_equal = compared_run({"a": [[scored(80)]] * 5, "b": [[scored(80)]] * 5})
    assert all_equal.models[0].quality_interval_low == pytest.approx(80 * 0.025 ** (1 / 5))
    assert all_equal.pairs[0].verdict == "inconclusive"


def test_the_same_scores_have_the_same_figures_in_whichever_run() -> None:
    """Nothing is drawn at random, so that there is no seed that a verdict could depend on."""
    scores = {"a": noisy(80, 40, 1), "b": noisy(79, 40, 2)}
    assert compared_run(scores) == compared_run(scores)
    assert compared_run(scores).statistics_seed is None
