"""Two models are equivalent where a difference that matters is excluded, the one behind unseen cases included."""

import numpy as np
import pytest

from skill_benchmark.domain.statistics.equivalence import cases_for_equivalence, is_shown_to_be_small
from skill_benchmark.domain.statistics.levels import EQUIVALENCE_MARGIN


def by_random_weights(differences: np.ndarray, draws: int = 200_000) -> float:
    """Gaffke's bound by its definition: weights uniform on all that add up to 1, and one more case at -100."""
    weights = np.random.default_rng(1).standard_exponential((draws, len(differences) + 1))
    means = weights @ np.append(differences, -100.0) / weights.sum(axis=1)
    return float((means <= -EQUIVALENCE_MARGIN).mean())


@pytest.mark.parametrize(
    "differences",
    [np.zeros(240), np.tile([-2.0, 1.0, 2.0], 90), np.append(np.tile([1.0, -1.0], 190), [-60.0, -35.0])],
)
def test_evidence_is_that_of_the_random_weights(differences: np.ndarray) -> None:
    probability = max(by_random_weights(differences), by_random_weights(-differences))
    # The level is 5 % over the number of pairs, on both sides together.
    pairs = 0.025 / probability
    assert is_shown_to_be_small(differences, int(pairs * 0.85))
    assert not is_shown_to_be_small(differences, int(pairs * 1.15) + 1)


@pytest.mark.parametrize("pairs", [1, 3, 10, 45])
def test_models_that_never_differ_need_the_cases_of_the_binomial_bound(pairs: int) -> None:
    enough = cases_for_equivalence(pairs)
    assert 0.97**enough <= 0.025 / pairs < 0.97 ** (enough - 1)
    # Two cases to either side of it, for the approximation of the weights.
    assert is_shown_to_be_small(np.zeros(enough + 2), pairs)
    assert not is_shown_to_be_small(np.zeros(enough - 2), pairs)


def test_a_large_difference_is_not_small_whatever_its_sign() -> None:
    noise = np.tile([-1.0, 0.0, 1.0], 200)
    assert is_shown_to_be_small(noise, 1)
    assert not is_shown_to_be_small(noise + 4, 1)
    assert not is_shown_to_be_small(noise - 4, 1)
    assert not is_shown_to_be_small(np.full(500, -40.0), 1)


@pytest.mark.parametrize("cases", [2, 5, 10, 40, 125, 200, 400])
@pytest.mark.parametrize("share", [0.035, 0.05, 0.1])
def test_a_rare_failure_of_one_model_is_hardly_ever_called_equivalent(cases: int, share: float) -> None:
    """The model fails on this share of all inputs, with 0 where the other has 90 or so: a difference over 3 points."""
    random = np.random.default_rng(6)
    failures = random.random((400, cases)) < share
    differences = np.round(random.normal(0, 1, failures.shape)) - 90 * failures
    assert np.mean([is_shown_to_be_small(row, 1) for row in differences]) <= 0.05
