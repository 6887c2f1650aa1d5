"""Agreement and proportions where the data is degenerate or the figure is known."""

import pytest

from skill_benchmark.domain.statistics import agreement
from skill_benchmark.domain.statistics.proportions import mcnemar_exact, proportion_interval


def test_perfect_agreement_is_one_and_what_cannot_be_told_apart_is_nothing() -> None:
    assert agreement.krippendorff_alpha([[1, 1], [50, 50], [90, 90]]) == 1
    assert agreement.krippendorff_alpha([[80, 80], [80, 80]]) is None
    assert agreement.krippendorff_alpha([[80], [90]]) is None
    assert agreement.krippendorff_alpha([]) is None


def test_units_with_one_rating_say_nothing_of_agreement() -> None:
    units = [[10.0, 20.0], [60.0, 50.0], [90.0, 95.0]]
    assert agreement.krippendorff_alpha([*units, [1.0]]) == agreement.krippendorff_alpha(units)


def test_a_constant_rater_has_no_rank_correlation() -> None:
    assert agreement.spearman([80, 80, 80], [1, 2, 3]) is None
    assert agreement.spearman([1, 2], [1, 2]) is None
    assert agreement.spearman([1, 2, 3], [10, 20, 20]) == pytest.approx(0.866, abs=1e-3)


def test_one_rater_is_held_against_the_others_only_where_there_are_others() -> None:
    units = [{"ada": 1.0, "bob": 2.0}, {"ada": 2.0, "bob": 3.0}, {"ada": 3.0, "bob": 9.0}, {"ada": 100.0}]
    assert agreement.one_against_the_others(units) == 1
    assert agreement.one_against_the_others([{"ada": 1.0}]) is None


def test_wilsons_interval_of_no_success_does_not_have_width_zero() -> None:
    found = proportion_interval([0] * 10, range(10))
    assert (found.share, found.low) == (0, 0)
    assert found.high == pytest.approx(0.2775, abs=1e-4)
    assert proportion_interval([], []).reason == "nothing was decided"


def test_repeats_that_always_agree_are_one_trial_a_case() -> None:
    once = proportion_interval([1, 0, 1, 1], range(4))
    thrice = proportion_interval([1] * 3 + [0] * 3 + [1] * 6, [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3)
    assert thrice.low == pytest.approx(once.low, abs=0.06)
    always = proportion_interval([1] * 12, [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3)
    assert always.low == proportion_interval([1] * 4, range(4)).low


def test_no_discordant_case_is_no_evidence() -> None:
    assert mcnemar_exact(0, 0) == 1
    assert mcnemar_exact(1, 11) == pytest.approx(0.006, abs=5e-4)
