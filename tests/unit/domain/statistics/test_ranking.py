"""Means of models that were not scored on the same test cases."""

import numpy as np
import pytest

from skill_benchmark.domain.statistics.ranking import adjusted_means

NONE = np.nan


def test_on_the_same_cases_it_is_the_mean() -> None:
    scores = np.array([[80, 90, 70, NONE], [60, 65, 70, NONE]])
    assert adjusted_means(scores) == pytest.approx([80, 65])


def test_two_models_differ_by_their_mean_difference_on_the_cases_that_both_have() -> None:
    scores = np.array([[90, 80, NONE, 70], [92, 86, 10, NONE]])
    a, b = adjusted_means(scores)
    assert b - a == pytest.approx(4)


def test_it_is_the_least_squares_fit_of_a_model_effect_and_a_case_effect() -> None:
    random = np.random.default_rng(3)
    scores = random.normal(70, 10, (4, 30)) + random.normal(0, 12, 30)
    scores[random.random(scores.shape) < 0.2] = NONE
    model, case = np.nonzero(~np.isnan(scores))
    design = np.zeros((len(model), 4 + 30))
    design[np.arange(len(model)), model] = 1
    design[np.arange(len(model)), 4 + case] = 1
    fitted = np.linalg.lstsq(design, scores[model, case], rcond=None)[0]
    assert adjusted_means(scores) == pytest.approx(fitted[:4] + fitted[4:].mean())


def test_a_model_without_scores_has_no_mean() -> None:
    adjusted = adjusted_means(np.array([[80, NONE], [NONE, NONE], [70, 90]]))
    assert np.isnan(adjusted).tolist() == [False, True, False]
