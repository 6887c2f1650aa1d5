"""A judge beside people."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from skill_benchmark.domain.judge_validation import Validation, validate
from skill_benchmark.domain.judged_scores import (
    MAX_COMPARED_MODELS,
    CaseScores,
    JudgedScores,
    LabelledScore,
    compared_models,
)

Judged = tuple[str, int, float]
"""The model, the test case and the judge's score of an answer that nobody has labelled."""


def validated(labelled: Sequence[LabelledScore], unlabelled: Sequence[Judged]) -> Validation:
    models = compared_models(labelled)
    of_answers = {score.answer: (score.model, score.case, score.judge) for score in labelled}
    of_model: dict[str | None, list[Judged]] = {}
    for judged in [*of_answers.values(), *unlabelled]:
        of_model.setdefault(judged[0] if judged[0] in models else None, []).append(judged)
    by_case = []
    for model, judged_answers in of_model.items():
        of_case: dict[int, list[float]] = {}
        for _, case, score in judged_answers:
            of_case.setdefault(case, []).append(score)
        counts, sums = [len(scores) for scores in of_case.values()], [sum(scores) for scores in of_case.values()]
        squares = sum(score**2 for scores in of_case.values() for score in scores)
        by_case.append(CaseScores(model, list(of_case), counts, sums, squares))
    return validate(JudgedScores(by_case, labelled, models))


def people(
    answers: int,
    raters: int,
    noise: float,
    *,
    bias: float = 10,
    blinded: bool = True,
    model: str = "sonnet",
    by_second: int | None = None,
    cases: int = 1_000,
) -> list[LabelledScore]:
    """`by_second` is how many of the answers more than one person has scored; without it all of them."""
    draw = random.Random(f"{model} {noise}")
    labelled = []
    for answer in range(answers):
        truth = draw.uniform(30, 80)
        judge = truth + bias + draw.gauss(0, 3)
        labelled += [
            LabelledScore(
                f"{model} {answer}",
                answer % cases,
                model,
                judge,
                f"rater-{rater}",
                truth + draw.gauss(0, noise),
                blinded,
            )
            for rater in range(raters if by_second is None or answer < by_second else 1)
        ]
    return labelled


def others(answers: int, *, model: str = "sonnet", low: float = 40, high: float = 90) -> list[Judged]:
    draw = random.Random(f"others {model}")
    return [(model, answer % 1_000, draw.uniform(low, high)) for answer in range(answers)]


def test_a_judge_who_is_ten_points_too_kind_is_corrected() -> None:
    found = validated(people(60, 3, noise=4), others(2_000))
    assert (found.labels, found.labelled_results, found.raters, found.overlapping_results) == (180, 60, 3, 60)
    assert (found.judged_results, found.labelled_cases) == (2_060, 60)
    assert found.judge_bias == pytest.approx(10, abs=1.5)
    assert found.people_alpha is not None
    assert found.people_alpha > 0.8
    assert found.corrected_mean == pytest.approx(found.judge_mean - 10, abs=2)
    assert found.corrected_low is not None
    assert found.corrected_high is not None
    assert found.people_low is not None
    assert found.people_high is not None
    assert found.corrected_high - found.corrected_low < found.people_high - found.people_low
    assert found.reasons == []


def test_twenty_nine_labelled_answers_correct_nobody_and_the_thirtieth_does() -> None:
    found = validated(people(29, 2, noise=4), others(2_000))
    assert (found.corrected_mean, found.corrected_low, found.tuning) == (None, None, None)
    assert found.reasons == ["labelled answers: 29, and a correction needs 30; label 1 more"]
    assert validated(people(30, 2, noise=4), others(2_000)).corrected_mean is not None


def test_agreement_on_nineteen_answers_is_no_agreement_and_on_twenty_it_may_be() -> None:
    found = validated(people(60, 2, noise=4, by_second=19), others(2_000))
    assert found.people_alpha is not None
    assert found.people_alpha > 0.8
    assert found.corrected_mean is None
    [reason] = found.reasons
    assert reason.startswith("answers that two or more people have scored: 19, and 20 are needed")
    assert "have 1 more scored" in reason
    assert validated(people(60, 2, noise=4, by_second=20), others(2_000)).corrected_mean is not None


def test_one_rater_corrects_nobody_and_the_answer_says_so() -> None:
    found = validated(people(60, 1, noise=4), others(2_000))
    assert (found.corrected_mean, found.tuning, found.people_alpha) == (None, None, None)
    assert found.people_low is not None
    assert "two or more people have scored: 0" in found.reasons[0]


def test_people_who_do_not_agree_correct_nobody() -> None:
    found = validated(people(60, 3, noise=60), others(2_000))
    assert found.people_alpha is not None
    assert found.people_alpha < 0.4
    assert found.corrected_mean is None
    assert "agree too little" in found.reasons[0]


def test_people_who_give_every_answer_the_same_score_correct_nobody() -> None:
    same = [replace(label, value=80.0) for label in people(60, 2, noise=4)]
    found = validated(same, others(2_000))
    assert (found.corrected_mean, found.people_alpha, found.people_mean) == (None, None, 80)
    assert "gave every answer the same score" in found.reasons[0]


def test_labels_of_one_test_case_correct_nobody_however_many_they_are() -> None:
    found = validated(people(60, 2, noise=4, cases=1), others(2_000))
    assert (found.corrected_mean, found.people_low, found.labelled_cases) == (None, None, 1)
    assert found.people_mean == pytest.approx(55, abs=10)
    assert "are of one test case" in found.reasons[0]


def test_where_every_answer_is_labelled_there_is_nothing_to_correct() -> None:
    found = validated(people(60, 2, noise=4), [])
    assert (found.corrected_mean, found.judge_shift) == (None, None)
    assert found.people_low is not None
    assert "fewer than two test cases" in found.reasons[0]


def test_answers_to_one_case_are_one_observation_of_it() -> None:
    apart = validated(people(60, 2, noise=4), others(2_000))
    together = validated(people(60, 2, noise=4, cases=6), others(2_000))
    for low, high in (("people_low", "people_high"), ("corrected_low", "corrected_high")):
        lengths = [getattr(found, high) - getattr(found, low) for found in (apart, together)]
        assert lengths[0] != pytest.approx(lengths[1], rel=0.05), low
    assert apart.people_mean == together.people_mean


def test_labelled_answers_that_the_judge_likes_better_than_the_rest_are_told_of() -> None:
    found = validated(people(60, 2, noise=4), others(2_000, low=20, high=70))
    assert found.judge_shift == pytest.approx(20, abs=5)
    assert found.judge_shift_standard_error == pytest.approx(15 / 60**0.5, rel=0.2)
    [reason] = found.reasons
    assert reason.startswith(f"the judge scores the labelled answers {found.judge_shift:.1f} points higher")
    assert f"standard error {found.judge_shift_standard_error:.1f}" in reason
    lower = validated(people(60, 2, noise=4, bias=0), others(2_000, low=60, high=95))
    assert "points lower" in lower.reasons[0]


def test_a_shift_that_chance_explains_is_a_figure_and_no_warning() -> None:
    found = validated(people(60, 2, noise=4), others(2_000))
    assert found.judge_shift is not None
    assert abs(found.judge_shift) > 0
    assert found.reasons == []


def test_a_judge_whose_scores_are_all_equal_has_no_shift() -> None:
    equal = [replace(label, judge=100 / 3) for label in people(60, 2, noise=4)]
    found = validated(equal, [("sonnet", case, 100 / 3) for case in range(700)])
    assert found.judge_shift == pytest.approx(0)
    assert found.reasons == []


def test_a_rater_counts_once_for_each_answer_and_the_first_label_stays() -> None:
    once = people(60, 2, noise=4)
    again = [replace(label, value=0.0, blinded=False) for label in once]
    assert validated([*once, *again], others(2_000)) == validated(once, others(2_000))


def test_labels_by_people_who_knew_the_model_are_counted_and_told_of() -> None:
    found = validated(people(60, 2, noise=4, blinded=False), others(2_000))
    assert (found.labels, found.blinded_labels) == (120, 0)
    assert "knew the model" in found.reasons[-1]


def test_a_single_label_is_counted_and_gives_no_interval() -> None:
    found = validated(people(1, 1, noise=0), [])
    assert (found.labels, found.people_low, found.judge_rank_correlation) == (1, None, None)
    assert found.judge_bias is not None


def test_a_judge_who_is_kind_to_one_model_only_is_corrected_for_that_model() -> None:
    labelled = [*people(80, 2, noise=4, bias=0), *people(60, 2, noise=4, model="haiku", bias=15)]
    rest = [*others(1_000), *others(1_000, model="haiku", low=45, high=95), *others(500, model="unlabelled", high=41)]
    found = validated(labelled, rest)
    sonnet, haiku = found.models
    assert (sonnet.model_name, sonnet.labelled_results, sonnet.judged_results) == ("sonnet", 80, 1_080)
    assert (haiku.model_name, haiku.labelled_results, haiku.judged_results) == ("haiku", 60, 1_060)
    assert sonnet.judge_bias == pytest.approx(0, abs=1.5)
    assert haiku.judge_bias == pytest.approx(15, abs=1.5)
    assert sonnet.judge_bias_low is not None
    assert sonnet.judge_bias_high is not None
    assert sonnet.judge_bias_low < 0 < sonnet.judge_bias_high
    assert haiku.judge_bias_low is not None
    assert haiku.judge_bias_low > 10
    [pair] = found.pairs
    assert (pair.model_a, pair.model_b, pair.reason) == ("sonnet", "haiku", None)
    assert pair.judge_difference == pytest.approx(sonnet.judge_mean - haiku.judge_mean)
    assert sonnet.corrected_mean is not None
    assert haiku.corrected_mean is not None
    assert pair.corrected_difference == pytest.approx(sonnet.corrected_mean - haiku.corrected_mean)
    assert pair.corrected_difference_low is not None
    assert pair.corrected_difference_low > 0 > pair.judge_difference
    assert found.judged_results == 2_640


def test_a_model_with_too_few_labels_of_its_own_is_shown_uncorrected_and_so_are_its_pairs() -> None:
    labelled = [*people(60, 2, noise=4), *people(29, 2, noise=4, model="haiku")]
    found = validated(labelled, [*others(1_000), *others(1_000, model="haiku")])
    assert found.corrected_mean is not None
    sonnet, haiku = found.models
    assert (sonnet.corrected_mean is None, sonnet.reasons) == (False, [])
    assert (haiku.corrected_mean, haiku.judge_bias_low, haiku.judge_bias is None) == (None, None, False)
    assert haiku.reasons == ["labelled answers: 29, and a correction needs 30; label 1 more"]
    [pair] = found.pairs
    assert pair.judge_difference == pytest.approx(sonnet.judge_mean - haiku.judge_mean)
    assert (pair.corrected_difference, pair.corrected_difference_low) == (None, None)
    assert pair.reason == "no corrected mean of haiku"


def test_people_who_do_not_agree_correct_no_model_either() -> None:
    found = validated(people(60, 3, noise=60), others(2_000))
    [model] = found.models
    assert (model.corrected_mean, model.judge_bias_low) == (None, None)
    assert "agree too little" in model.reasons[0]


def test_only_so_many_models_are_compared_as_a_response_holds_and_it_says_how_many_it_leaves_out() -> None:
    names = [f"model-{number:02}" for number in range(MAX_COMPARED_MODELS + 3)]
    labelled = [label for name in names for label in people(4, 1, noise=4, model=name)]
    labelled += people(5, 1, noise=4, model="the most")
    found = validated(labelled, [judged for name in names for judged in others(30, model=name)])
    assert [model.model_name for model in found.models] == ["the most", *names[: MAX_COMPARED_MODELS - 1]]
    assert len(found.pairs) == MAX_COMPARED_MODELS * (MAX_COMPARED_MODELS - 1) / 2
    assert found.models_left_out == 4
    assert found.judged_results == 5 + len(names) * 34
