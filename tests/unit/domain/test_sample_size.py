"""How many test cases a plan asks for, held against the comparison that will look at them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from skill_benchmark.domain.sample_size import History, PlanOption, SizePlan, Wanted, planned
from skill_benchmark.domain.statistics.pairs import compare_models
from tests.unit.domain.drawn_scores import drawn, measured_run

RUNS = 500

# Case, repeat, judge; the difference; models; repeats, verdicts.
MIXES = {
    "cases differ": ((20.0, 4.0, 3.0), 9.0, 2, 1, 1),
    "answers differ": ((3.0, 15.0, 4.0), 8.0, 2, 2, 1),
    "judges differ, three pairs": ((6.0, 4.0, 14.0), 8.0, 3, 1, 2),
    "all alike, ten pairs": ((10.0, 10.0, 10.0), 12.0, 5, 2, 2),
    "cases differ, ten pairs": ((18.0, 5.0, 2.0), 15.0, 5, 1, 1),
}


def an_option(plan: SizePlan, repeats: int) -> PlanOption:
    return next(option for option in plan.options if option.repeats == repeats)


def share_of_runs_that_find(
    difference: float, sds: tuple[float, float, float], size: tuple[int, int, int, int], random: np.random.Generator
) -> float:
    """The share of new runs in which the comparison calls the first model better than the second.

    All others lie in the middle between these two, so that no other pair differs as much.
    """
    means = np.zeros(size[0])
    means[0], means[1] = difference / 2, -difference / 2
    better = 0
    for _ in range(RUNS):
        of_case = drawn(random, sds, size, means).mean(axis=(2, 3))
        pairs = compare_models([f"model-{at}" for at in range(size[0])], np.round(of_case))
        better += next(pair for pair in pairs if (pair.model_a, pair.model_b) == ("model-0", "model-1")).verdict == (
            "better"
        )
    return better / RUNS


@pytest.mark.parametrize(("sds", "difference", "models", "repeats", "verdicts"), MIXES.values(), ids=MIXES)
def test_a_run_of_the_planned_size_finds_the_difference_four_times_in_five(
    sds: tuple[float, float, float], difference: float, models: int, repeats: int, verdicts: int
) -> None:
    """A large past run of other size tells the components; new runs of the planned size are compared for real."""
    random = np.random.default_rng(20261124)
    past = measured_run(drawn(random, sds, (models, 2_000, 2, 2)))
    option = an_option(planned(Wanted(difference, models, verdicts), History([past])), repeats)
    assert option.cases is not None
    power = share_of_runs_that_find(difference, sds, (models, option.cases, repeats, verdicts), random)
    assert 0.75 <= power <= 0.85, f"{option.cases} cases × {repeats}"


def test_the_number_of_cases_is_that_of_a_t_test_at_the_level_of_the_first_of_all_pairs() -> None:
    """By the noncentral t distribution: the procedure, which also allows for skew, has little less power than t."""
    for models, difference in ((2, 5.0), (3, 4.0), (10, 6.0)):
        plan = planned(Wanted(difference, models, 1), History())
        level = 0.05 / (models * (models - 1) / 2)
        for option in plan.options:
            assert option.cases is not None
            assert 0.79 <= power_of_t(option.cases, difference / option.difference_sd, level) <= 0.84


def power_of_t(cases: int, difference_in_sd: float, level: float) -> float:
    critical = stats.t.ppf(1 - level / 2, cases - 1)
    return float(stats.nct.sf(critical, cases - 1, difference_in_sd * np.sqrt(cases)))


def test_test_cases_come_before_repeats() -> None:
    """More repeats need fewer cases, and more answers in all."""
    plan = planned(Wanted(5, 2, 1), History())
    cases = [option.cases or 0 for option in plan.options]
    answers = [option.answers or 0 for option in plan.options]
    assert cases == sorted(cases, reverse=True)
    assert answers == sorted(answers)
    assert plan.recommended == an_option(plan, 1)
    assert plan.recommended.answers == plan.recommended.cases * 2  # type: ignore[operator]
    assert "(here 38%)" in plan.why
    assert plan.within_case_share == pytest.approx(250 / 650)


def test_verdicts_are_counted_and_shrink_what_the_judge_adds() -> None:
    one, five = (planned(Wanted(5, 2, verdicts), History()).options[0] for verdicts in (1, 5))
    assert (one.verdicts, five.verdicts) == (one.answers, 5 * (five.answers or 0))
    assert five.difference_sd == pytest.approx(np.sqrt(400 + 2 * (100 + 5)))
    assert (five.cases or 0) < (one.cases or 0)


def noise_within_cases(repeat_sd: float) -> History:
    """Cases on which two models differ by nothing but the chance of an answer."""
    return History([measured_run(drawn(np.random.default_rng(1), (0.1, repeat_sd, 0.1), (2, 3_000, 2, 2)))], False)


def test_repeats_help_where_more_cases_than_a_run_may_have_would_be_needed() -> None:
    plan = planned(Wanted(2, 2, 1), noise_within_cases(60))
    assert an_option(plan, 1).cases is None
    assert an_option(plan, 1).reason == "more than the 5,000 test cases that a run of 2 answers a case may have"
    assert (an_option(plan, 1).answers, an_option(plan, 1).verdicts) == (None, None)
    assert plan.recommended == an_option(plan, 3)


def test_a_difference_that_no_run_finds_has_no_recommendation() -> None:
    plan = planned(Wanted(0.001, 2, 1), History())
    assert plan.recommended is None
    assert [option.cases for option in plan.options] == [None] * 4
    assert all(option.reason for option in plan.options)


def test_a_plan_is_no_larger_than_a_run_may_be() -> None:
    plan = planned(Wanted(1.5, 50, 1), History())
    assert an_option(plan, 2).reason == "more than the 1,000 test cases that a run of 100 answers a case may have"
    assert an_option(plan, 3).reason == "50 models × 3 repeats are 150 answers a case; at most 100"


def test_the_present_cases_say_what_they_find_or_why_nothing() -> None:
    now = {cases: planned(Wanted(5, 5, 1), History(current_cases=cases)).options[0] for cases in (None, 5, 9, 200)}
    assert (now[None].detectable_now, now[None].detectable_now_reason) == (None, "the skill has no test cases yet")
    assert (now[5].detectable_now, now[5].detectable_now_reason) == (None, "needs at least 9 cases for 5 models")
    found = now[200].detectable_now
    assert found is not None
    assert 0.79 <= power_of_t(200, found / now[200].difference_sd, 0.05 / 10) <= 0.83
    assert now[200].detectable_now_reason is None


def test_a_difference_larger_than_the_scale_is_none() -> None:
    option = planned(Wanted(5, 5, 1), replace(noise_within_cases(90), current_cases=9)).options[0]
    assert option.detectable_now is None
    assert option.detectable_now_reason == "9 cases find no difference that the scale has"


def test_a_plan_warns_of_what_it_rests_on() -> None:
    assert planned(Wanted(5, 2, 1), History()).warnings == [
        (
            "by default and not measured: case, repeat, judge; what measures it: a run of two models, a run with two "
            "repeats, a run with two verdicts on each answer"
        )
    ]
    few = measured_run(drawn(np.random.default_rng(4), (9, 5, 3), (2, 9, 2, 2)))
    assert planned(Wanted(5, 2, 1), History([few], simulated=True)).warnings == [
        "the history is of simulated runs: it says nothing of real models and judges",
        (
            "the spread of differences rests on 8 degrees of freedom: the numbers of test cases have a standard error "
            "of 50%"
        ),
    ]
    many = measured_run(drawn(np.random.default_rng(4), (9, 5, 3), (2, 90, 2, 2)))
    assert planned(Wanted(5, 2, 1), History([many], simulated=False)).warnings == []


@pytest.mark.parametrize(("cases", "average", "tenth"), [(18, 0.77, 0.58), (40, 0.79, 0.67)])
def test_a_plan_from_few_cases_is_known_badly(cases: int, average: float, tenth: float) -> None:
    """The power at the true spread of plans that were made of small runs; docs/judging.md states the figures."""
    random = np.random.default_rng(18)
    true_sd = np.sqrt(20**2 + 2 * (10**2 + 5**2))
    powers = []
    for _ in range(300):
        run = measured_run(drawn(random, (20.0, 10.0, 5.0), (2, cases, 1, 1)))
        needed = planned(Wanted(5, 2, 1), History([run])).options[0].cases
        assert needed is not None
        powers.append(power_of_t(needed, 5 / true_sd, 0.05))
    assert np.mean(powers) == pytest.approx(average, abs=0.03)
    assert np.quantile(powers, 0.1) == pytest.approx(tenth, abs=0.05)
