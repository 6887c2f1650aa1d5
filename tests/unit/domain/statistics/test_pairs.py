"""Paired differences: a verdict never says more than the data, and never contradicts the interval beside it."""

from itertools import pairwise

import numpy as np
import pytest

from skill_benchmark.domain.statistics.levels import EQUIVALENCE_MARGIN
from skill_benchmark.domain.statistics.pairs import compare_models, holm
from skill_benchmark.domain.summaries import ModelPair

NONE = float("nan")


def pair(a: list[float], b: list[float]) -> ModelPair:
    [compared] = compare_models(["a", "b"], np.array([a, b], dtype=float))
    return compared


def named(count: int) -> list[str]:
    return [f"model-{index}" for index in range(count)]


def test_a_difference_counts_only_cases_that_both_models_have() -> None:
    compared = pair([90, 80, 70, NONE], [NONE, 80, 75, 0])
    assert (compared.cases, compared.wins, compared.ties, compared.losses) == (2, 0, 1, 1)
    assert compared.difference == -2.5
    assert compared.difference_sd == pytest.approx(12.5**0.5)


def test_a_clear_difference_is_better_and_a_small_one_is_equivalent() -> None:
    random = np.random.default_rng(3)
    base = np.round(random.uniform(40, 80, 300))
    better = pair((base + 10 + random.normal(0, 5, 300)).tolist(), base.tolist())
    worse = pair(base.tolist(), (base + 10 + random.normal(0, 5, 300)).tolist())
    same = pair((base + random.normal(0, 5, 300)).tolist(), base.tolist())
    noisy = pair((base + random.normal(0, 30, 300)).tolist(), base.tolist())
    verdicts = [compared.verdict for compared in (better, worse, same, noisy)]
    assert verdicts == ["better", "worse", "equivalent", "inconclusive"]
    assert [compared.matters for compared in (better, worse, same, noisy)] == [True, True, False, None]
    assert same.interval_low is not None
    assert same.interval_low > -EQUIVALENCE_MARGIN
    assert noisy.smallest_detectable_difference is not None
    assert noisy.smallest_detectable_difference > EQUIVALENCE_MARGIN


def test_better_by_less_than_matters_is_said_as_such() -> None:
    random = np.random.default_rng(3)
    base = np.round(random.uniform(40, 80, 300))
    small = pair((base + 1 + random.normal(0, 3, 300)).tolist(), base.tolist())
    between = pair((base + 3 + random.normal(0, 5, 300)).tolist(), base.tolist())
    assert (small.verdict, small.matters) == ("better", False)
    assert (between.verdict, between.matters) == ("better", None)


def test_a_verdict_needs_the_corrected_p() -> None:
    """Six of six cases are better by chance in one of 32 comparisons; among three pairs that is nothing."""
    scores = np.array([[80.0] * 6, [79.0] * 6, [79.0, 81, 78, 82, 80, 77]])
    scores[0] += np.arange(6)
    [first, *others] = compare_models(["a", "b", "c"], scores)
    assert (first.p_value, first.verdict) == (2 / 2**6, "inconclusive")
    assert first.p_value_holm == pytest.approx(3 * 2 / 2**6)
    assert pair(scores[0].tolist(), scores[1].tolist()).verdict == "better"
    assert all(other.verdict == "inconclusive" for other in others)


@pytest.mark.parametrize("models", [2, 3, 5])
@pytest.mark.parametrize("cases", [5, 8, 12, 40])
def test_zero_lies_outside_of_an_interval_where_a_model_is_better_or_worse_and_nowhere_else(
    models: int, cases: int
) -> None:
    random = np.random.default_rng([models, cases])
    for _ in range(60):
        shifts = random.choice([0, 2, 6, 12], models)[:, None]
        scores = np.round(random.normal(70 + shifts, 8, (models, cases)).clip(0, 100))
        scores[random.random(scores.shape) < 0.1] = NONE
        for compared in compare_models(named(models), scores):
            if compared.interval_low is None or compared.interval_high is None:
                continue
            outside = compared.interval_low > 0 or compared.interval_high < 0
            assert outside is (compared.verdict in {"better", "worse"})
            assert compared.difference is not None
            assert compared.interval_low <= compared.difference <= compared.interval_high
            if compared.verdict == "equivalent":
                assert -EQUIVALENCE_MARGIN < compared.interval_low <= compared.interval_high < EQUIVALENCE_MARGIN


def test_the_intervals_of_many_pairs_hold_all_differences_at_once() -> None:
    random = np.random.default_rng(4)
    means = np.array([80, 79, 75, 70, 60])[:, None]
    held = 0
    for _ in range(300):
        scores = np.round(means + random.normal(0, 10, 15) + random.normal(0, 8, (5, 15)))
        pairs = compare_models(named(5), scores)
        truths = [float((a - b)[0]) for index, a in enumerate(means) for b in means[index + 1 :]]
        held += all(
            (one.interval_low or 0) <= truth <= (one.interval_high or 0)
            for one, truth in zip(pairs, truths, strict=True)
        )
    assert held / 300 >= 0.93


def test_any_verdict_of_equal_models_is_wrong_in_one_run_of_twenty_at_most() -> None:
    random = np.random.default_rng(5)
    wrong = 0
    for _ in range(400):
        scores = np.round(random.normal(80 + random.normal(0, 10, 12), 8, (5, 12)).clip(0, 100))
        wrong += any(one.verdict in {"better", "worse"} for one in compare_models(named(5), scores))
    assert wrong / 400 <= 0.07


@pytest.mark.parametrize("cases", [10, 20, 50])
def test_a_model_that_is_capped_at_the_top_is_not_called_better_for_its_rare_failures(cases: int) -> None:
    """It has 100 on nine inputs of ten and a mean of 94.95; the other always has 95. By the signs it looks better."""
    random = np.random.default_rng(12)
    wrong, held, runs = 0, 0, 0
    while runs < 500:
        capped = np.where(random.random(cases) < 0.9, 100.0, random.integers(0, 100, cases))
        if (capped == 100).all():
            continue
        runs += 1
        [compared] = compare_models(["capped", "even"], np.stack([capped, np.full(cases, 95.0)]))
        wrong += compared.verdict in {"better", "worse"}
        held += (compared.interval_low or 0) <= -0.05 <= (compared.interval_high or 0)
    assert wrong / runs <= 0.06
    assert held / runs >= 0.92


def test_a_small_p_without_a_verdict_is_explained() -> None:
    """Nineteen small differences and a large one the other way, which the signs hardly count."""
    compared = pair([5.0, 6] * 9 + [5, -12], [0.0] * 20)
    assert (compared.p_value or 1) < 0.05
    assert compared.verdict == "inconclusive"
    assert "p is under 5 %" in (compared.reason or "")


def test_a_small_p_that_is_not_small_among_its_pairs_needs_no_explanation() -> None:
    scores = np.round(np.random.default_rng(19).normal(70, 8, (3, 20)))
    [first, *_] = compare_models(["a", "b", "c"], scores)
    assert (first.p_value or 1) < 0.05 < (first.p_value_holm or 0)
    assert (first.verdict, first.reason) == ("inconclusive", None)


def test_a_hundred_models_can_be_told_apart() -> None:
    """Two groups that differ by ten points: each of the 2,500 pairs across them is found, none of the others."""
    random = np.random.default_rng(6)
    scores = 70 + random.normal(0, 10, 200) + random.normal(0, 8, (100, 200))
    scores[:50] += 10
    for compared in compare_models(named(100), np.round(scores)):
        across = (int(compared.model_a.split("-")[1]) < 50) != (int(compared.model_b.split("-")[1]) < 50)
        assert (compared.verdict == "better") is across


def test_models_that_fail_rarely_and_differently_are_not_equivalent_by_ten_cases() -> None:
    random = np.random.default_rng(7)
    for cases in (2, 5, 10, 40):
        scores = np.full((2, cases), 90.0)
        scores[0][random.random(cases) < 0.05] = 0
        assert compare_models(["a", "b"], scores)[0].verdict != "equivalent"


def test_equivalence_is_corrected_for_the_number_of_pairs() -> None:
    noise = np.round(np.random.default_rng(8).normal(80, 1, (5, 170)))
    assert pair(noise[0].tolist(), noise[1].tolist()).verdict == "equivalent"
    of_ten = compare_models(named(5), noise)
    assert {one.verdict for one in of_ten} == {"inconclusive"}
    assert "197 cases or more" in (of_ten[0].reason or "")


@pytest.mark.parametrize(
    ("a", "b", "verdict", "reason"),
    [
        ([NONE, 80], [70, NONE], None, "no test case"),
        ([90], [80], "inconclusive", "one test case"),
        ([80, 80], [80, 80], "inconclusive", "needs at least 6 cases for 2 models"),
        ([85, 84, 86, 84], [75, 73, 70, 79], "inconclusive", "needs at least 6 cases for 2 models"),
        ([80] * 40, [80] * 40, "inconclusive", "all differences are the same"),
        ([80] * 130, [80] * 130, "equivalent", "all differences are the same"),
    ],
)
def test_what_cannot_be_found_has_a_reason(a: list[float], b: list[float], verdict: str | None, reason: str) -> None:
    compared = pair(a, b)
    assert compared.smallest_detectable_difference is None
    assert compared.verdict == verdict
    assert reason in (compared.reason or "")


def test_too_few_cases_for_many_models_are_counted() -> None:
    scores = np.round(np.random.default_rng(1).normal(70, 8, (5, 8)))
    [first, *_] = compare_models(named(5), scores)
    assert (first.smallest_detectable_difference, first.verdict) == (None, "inconclusive")
    assert first.reason == "needs at least 9 cases for 5 models"


def test_a_difference_that_never_varies_is_still_a_difference() -> None:
    compared = pair([85] * 20, [80] * 20)
    assert (compared.verdict, compared.difference) == ("better", 5)
    assert compared.interval_low is not None
    assert compared.interval_low > 0


def test_the_stated_smallest_difference_is_found_four_times_in_five() -> None:
    """By the whole procedure, for five models of which one is better by what the comparison states."""
    random = np.random.default_rng(9)
    cases, models = 30, 5
    stated = [
        one.smallest_detectable_difference or 0
        for one in compare_models(named(models), np.round(random.normal(0, 8, (models, cases))))
    ]
    found = []
    for _ in range(150):
        scores = random.normal(0, 8, (models, cases))
        scores[0] += np.mean(stated)
        pairs = compare_models(named(models), np.round(scores))
        found += [one.verdict == "better" for one in pairs[: models - 1]]
    assert 0.73 <= np.mean(found) <= 0.87


def test_holm_corrects_for_the_number_of_pairs_and_leaves_out_what_could_not_be_computed() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.02, None, 0.5]) == [0.04, None, 0.5]
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []


def test_the_order_of_the_models_changes_the_sign_and_nothing_else() -> None:
    scores = np.round(np.random.default_rng(10).normal([[70], [74], [90]], 8, (3, 25)))
    forward = compare_models(["a", "b", "c"], scores)
    backward = {(one.model_b, one.model_a): one for one in compare_models(["c", "b", "a"], scores[::-1])}
    for one in forward:
        other = backward[one.model_a, one.model_b]
        assert one.difference == -(other.difference or 0)
        assert one.p_value == pytest.approx(other.p_value)
        assert (one.interval_low, one.interval_high) == pytest.approx(
            (-(other.interval_high or 0), -(other.interval_low or 0))
        )
        assert {one.verdict, other.verdict} in ({"better", "worse"}, {"inconclusive"}, {"equivalent"})


def test_one_model_has_no_pairs() -> None:
    assert compare_models(["a"], np.array([[1.0]])) == []


def test_more_cases_shorten_the_interval() -> None:
    random = np.random.default_rng(11)
    scores = random.normal(70, 8, (2, 400))
    widths = [
        (one.interval_high or 0) - (one.interval_low or 0)
        for cases in (25, 100, 400)
        for one in compare_models(["a", "b"], scores[:, :cases])
    ]
    assert all(wide > narrow for wide, narrow in pairwise(widths))


def test_the_same_repeats_in_another_order_are_a_tie() -> None:
    """Their means differ in the last digit."""
    first, second, third = 250 / 3, 200 / 3, 95 / 7
    one, other = (first + second + third) / 3, (third + second + first) / 3
    assert one != other
    same = pair([one] * 10, [other] * 10)
    assert (same.wins, same.ties, same.losses, same.difference) == (0, 10, 0, 0.0)


def test_equal_differences_have_no_spread_by_rounding() -> None:
    one = [score / 3 for score in range(0, 200, 10)]
    shifted = pair([score + 0.1 for score in one], one)
    assert shifted.difference_sd == 0
    assert shifted.smallest_detectable_difference is None
    assert shifted.reason == "all differences are the same: their spread cannot be seen"


def test_an_interval_ends_where_the_scale_ends() -> None:
    names = named(8)
    scores = np.repeat([[100.0], [0.0], *[[50.0]] * 6], 6, axis=1)
    largest = compare_models(names, scores)[0]
    assert largest.interval_high == largest.difference == 100
