"""A judge beside people."""

import random

import pytest

from skill_benchmark.domain.judge_validation import JudgedScores, LabelledScore, Validation, validate


def validated(labelled: list[LabelledScore], unlabelled: list[float]) -> Validation:
    of_judge = [*{score.answer: score.judge for score in labelled}.values(), *unlabelled]
    return validate(JudgedScores(len(of_judge), sum(of_judge), sum(score**2 for score in of_judge), labelled))


def people(answers: int, raters: int, noise: float, *, bias: float = 10, blinded: bool = True) -> list[LabelledScore]:
    draw = random.Random(1)
    labelled = []
    for answer in range(answers):
        truth = draw.uniform(30, 80)
        judge = truth + bias + draw.gauss(0, 3)
        labelled += [
            LabelledScore(str(answer), judge, f"rater-{rater}", truth + draw.gauss(0, noise), blinded)
            for rater in range(raters)
        ]
    return labelled


def test_a_judge_who_is_ten_points_too_kind_is_corrected() -> None:
    found = validated(people(60, 3, noise=4), [random.Random(2).uniform(40, 90) for _ in range(2000)])
    assert (found.labels, found.labelled_results, found.raters, found.overlapping_results) == (180, 60, 3, 60)
    assert found.judged_results == 2060
    assert found.judge_bias == pytest.approx(10, abs=1.5)
    assert found.people_alpha is not None
    assert found.people_alpha > 0.8
    assert found.judge_mean is not None
    assert found.corrected_mean == pytest.approx(found.judge_mean - 10, abs=2)
    assert found.corrected_low is not None
    assert found.corrected_high is not None
    assert found.people_low is not None
    assert found.people_high is not None
    assert found.corrected_high - found.corrected_low < found.people_high - found.people_low
    assert found.reasons == []


def test_one_rater_corrects_nobody_and_the_answer_says_so() -> None:
    found = validated(people(60, 1, noise=4), [70.0, 80.0])
    assert (found.corrected_mean, found.tuning, found.people_alpha) == (None, None, None)
    assert found.people_mean is not None
    assert "fewer than two people" in found.reasons[0]


def test_people_who_do_not_agree_correct_nobody() -> None:
    found = validated(people(60, 3, noise=60), [70.0, 80.0])
    assert found.people_alpha is not None
    assert found.people_alpha < 0.4
    assert found.corrected_mean is None
    assert "agree too little" in found.reasons[0]


def test_labels_by_people_who_knew_the_model_are_counted_and_told_of() -> None:
    found = validated(people(60, 2, noise=4, blinded=False), [70.0, 80.0, 75.0])
    assert (found.labels, found.blinded_labels) == (120, 0)
    assert "knew the model" in found.reasons[-1]


def test_a_single_label_is_counted_and_gives_no_interval() -> None:
    found = validated(people(1, 1, noise=0), [])
    assert (found.labels, found.people_mean, found.judge_rank_correlation) == (1, None, None)
    assert found.judge_bias is not None
