"""Means and differences corrected by people's labels: by arithmetic of its own, and against known truths."""

from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy import stats

from skill_benchmark.domain.statistics import ppi

Array = np.ndarray[Any, Any]
Random = np.random.Generator

RUNS = 2_000
TRUTH = 70.0


@dataclass(frozen=True)
class Answers:
    """Of a model: what people would say of each, what the judge says, its test case, and whether it is labelled."""

    people: Array
    judge: Array
    cases: Array
    labelled: Array

    def sample(self) -> ppi.Sample:
        y, f, cases = self.people, self.judge, self.cases
        others = ppi.Moments.of(f[~self.labelled], cases[~self.labelled])
        return ppi.Sample.of(y[self.labelled], f[self.labelled], others, cases[self.labelled])

    def corrected(self) -> ppi.CorrectedMean:
        sample = self.sample()
        corrected = ppi.corrected_mean(sample.people, sample.judge, sample.others, sample.clusters)
        assert corrected is not None
        return corrected

    def influences(self) -> dict[int, float]:
        """Of each test case on the corrected mean, by the formula in docs/judging.md."""
        y, f, of_labelled = self.people[self.labelled], self.judge[self.labelled], self.cases[self.labelled]
        others, of_others = self.judge[~self.labelled], self.cases[~self.labelled]
        tuning = self.corrected().tuning
        rest = y - tuning * f
        groups = [len(np.unique(cases)) for cases in (of_labelled, of_others)]
        scale = [sqrt(count / (count - 1)) for count in groups]
        return {
            int(case): scale[0] * (rest[of_labelled == case] - rest.mean()).sum() / len(y)
            + scale[1] * tuning * (others[of_others == case] - others.mean()).sum() / len(others)
            for case in np.unique(self.cases)
        }


def two_models(random: Random, labels: int, cases: int = 150, repeats: int = 2) -> tuple[Answers, Answers]:
    """Of one true mean. Test cases differ for people, for the judge and for each model; labels are drawn at random."""
    people = TRUTH + random.normal(0, 12, (1, cases, 1)) + random.normal(0, 5, (2, cases, 1))
    people = people + random.normal(0, 6, (2, cases, repeats))
    judge = people + 6 + random.normal(0, 4, (1, cases, 1)) + random.normal(0, 6, people.shape)
    of_case = np.repeat(np.arange(cases), repeats)
    of_models = [
        Answers(y.ravel(), f.ravel(), of_case, random.permutation(len(of_case)) < labels)
        for y, f in zip(people, judge, strict=True)
    ]
    return of_models[0], of_models[1]


def difference(a: Answers, b: Answers) -> ppi.Estimate:
    corrected = ppi.corrected_difference(a.sample(), b.sample())
    assert corrected is not None
    return corrected


def shift(answers: Answers) -> ppi.Estimate:
    sample = answers.sample()
    of_labelled = ppi.shift(sample.judge, sample.others, sample.clusters)
    assert of_labelled is not None
    return of_labelled


@dataclass(frozen=True)
class Simulated:
    mean_covered: float
    difference_covered: float
    shift_reported: float


@cache
def simulated(labels: int) -> Simulated:
    random = np.random.default_rng(20261124)
    covered: list[tuple[bool, bool, bool]] = []
    for _ in range(RUNS):
        a, b = two_models(random, labels)
        mean, between, moved = a.corrected(), difference(a, b), shift(b)
        covered.append(
            (mean.low <= TRUTH <= mean.high, between.low <= 0 <= between.high, not moved.low <= 0 <= moved.high)
        )
    return Simulated(*np.mean(covered, axis=0))


@pytest.mark.parametrize("labels", [30, 50, 100, 200])
def test_the_corrected_mean_of_clustered_answers_is_covered(labels: int) -> None:
    assert simulated(labels).mean_covered >= 0.93


@pytest.mark.parametrize("labels", [30, 50, 100, 200])
def test_the_corrected_difference_of_clustered_answers_is_covered(labels: int) -> None:
    assert simulated(labels).difference_covered >= 0.93


@pytest.mark.parametrize("labels", [30, 50, 100, 200])
def test_labels_drawn_at_random_look_different_from_the_rest_once_in_twenty_times(labels: int) -> None:
    assert 0.03 <= simulated(labels).shift_reported <= 0.07


def test_whole_cases_that_are_labelled_are_covered_only_because_they_are_clusters() -> None:
    random = np.random.default_rng(20261124)
    covered, covered_without = [], []
    for _ in range(800):
        drawn, _ = two_models(random, 0, cases=120, repeats=6)
        answers = Answers(drawn.people, drawn.judge, drawn.cases, random.permutation(120)[drawn.cases] < 25)
        by_case = answers.corrected()
        sample = answers.sample()
        each_for_itself = ppi.corrected_mean(
            sample.people, sample.judge, ppi.Moments.of(answers.judge[~answers.labelled])
        )
        assert each_for_itself is not None
        covered.append(by_case.low <= TRUTH <= by_case.high)
        covered_without.append(each_for_itself.low <= TRUTH <= each_for_itself.high)
    assert np.mean(covered) >= 0.93
    assert np.mean(covered_without) < 0.85


def test_the_standard_error_is_the_root_of_the_cases_squared_influences() -> None:
    a, b = two_models(np.random.default_rng(1), 60, cases=40, repeats=3)
    of_a, of_b = a.influences(), b.influences()
    assert a.corrected().standard_error == pytest.approx(sqrt(sum(value**2 for value in of_a.values())))
    between = [of_a[case] - of_b[case] for case in of_a]
    assert difference(a, b).standard_error == pytest.approx(sqrt(sum(value**2 for value in between)))
    assert difference(a, b).mean == pytest.approx(a.corrected().mean - b.corrected().mean)


def test_models_without_a_case_in_common_are_independent() -> None:
    a, b = two_models(np.random.default_rng(1), 60, cases=40, repeats=3)
    apart = Answers(b.people, b.judge, b.cases + 1_000, b.labelled)
    errors = (a.corrected().standard_error, b.corrected().standard_error)
    assert difference(a, apart).standard_error == pytest.approx(np.hypot(*errors))
    assert difference(a, b).standard_error < 0.8 * np.hypot(*errors)


def test_models_with_unequal_numbers_of_labels_have_a_difference_too() -> None:
    a, _ = two_models(np.random.default_rng(1), 40)
    _, b = two_models(np.random.default_rng(2), 200)
    between = difference(a, b)
    quantile = (between.high - between.mean) / between.standard_error
    assert quantile == pytest.approx(stats.t.ppf(0.975, len(np.unique(a.cases[a.labelled])) - 1))


@pytest.mark.parametrize(("clusters", "quantile"), [(2, 12.7062), (30, 2.0452), (99, 1.9845), (100, 1.96), (400, 1.96)])
def test_the_quantile_is_t_for_fewer_than_a_hundred_clusters(clusters: int, quantile: float) -> None:
    random = np.random.default_rng(1)
    people, of_case = random.normal(70, 10, 4 * clusters), np.repeat(np.arange(clusters), 4)
    judge, others = people + random.normal(0, 3, len(people)), ppi.Moments.of(random.normal(70, 10, 500))
    for found in (
        ppi.labels_alone(people, of_case),
        ppi.corrected_mean(people, judge, others, of_case),
        ppi.shift(judge, others, of_case),
    ):
        assert found is not None
        assert (found.high - found.low) / 2 / found.standard_error == pytest.approx(quantile, abs=1e-3)


@pytest.mark.parametrize(
    ("values", "cases"), [([70.0, 80, 90, 60, 75, 10], [0, 0, 0, 1, 2, 2]), ([70.0, 80, 90, 60, 75], [0, 0, 0, 1, 2])]
)
def test_the_labels_alone_have_the_cluster_robust_standard_error_of_a_mean(
    values: list[float], cases: list[int]
) -> None:
    alone = ppi.labels_alone(values, cases)
    assert alone is not None
    assert alone.mean == pytest.approx(np.mean(values))
    deviations = [
        sum(value - np.mean(values) for value, case in zip(values, cases, strict=True) if case == group)
        for group in range(3)
    ]
    expected = np.sqrt(3 / 2 * sum(deviation**2 for deviation in deviations)) / len(values)
    assert alone.standard_error == pytest.approx(expected)


def test_a_shift_of_answers_without_clusters_is_welchs() -> None:
    random = np.random.default_rng(1)
    labelled, others = random.normal(80, 5, 40), random.normal(70, 15, 300)
    moved = ppi.shift(labelled, ppi.Moments.of(others))
    assert moved is not None
    expected = stats.ttest_ind(labelled, others, equal_var=False).statistic
    assert moved.mean / moved.standard_error == pytest.approx(expected)


def test_scores_that_are_added_up_by_case_give_the_same_figures() -> None:
    a, _ = two_models(np.random.default_rng(1), 60)
    sample, cases = a.sample(), np.unique(a.cases)
    every = ppi.Moments(
        cases,
        np.bincount(a.cases).astype(float),
        np.bincount(a.cases, weights=a.judge).astype(float),
        float((a.judge**2).sum()),
    )
    others = every.without(sample.judge, sample.clusters)
    added_up = ppi.corrected_mean(sample.people, sample.judge, others, sample.clusters)
    assert added_up is not None
    for name in ("tuning", "mean", "standard_error", "low", "high"):
        assert getattr(added_up, name) == pytest.approx(getattr(a.corrected(), name), abs=1e-9)


def test_a_case_whose_answers_are_all_labelled_is_no_cluster_of_the_others() -> None:
    every = ppi.Moments.of([80.0, 90, 70, 60], [0, 0, 1, 2])
    others = every.without([80.0, 90], [0, 0])
    assert others.clusters.tolist() == [1, 2]
    assert (others.count, others.sum, others.sum_of_squares) == (2, 130, 8500)


def test_a_judge_who_knows_nothing_is_not_used() -> None:
    people = [10.0, 90.0, 20.0, 80.0, 30.0, 70.0]
    for nothing in (50.0, 100 / 3):
        corrected = ppi.corrected_mean(people, [nothing] * 6, ppi.Moments.of([nothing] * 100))
        alone = ppi.labels_alone(people)
        assert corrected is not None
        assert alone is not None
        assert (corrected.tuning, corrected.mean) == (0, alone.mean)
        assert corrected.standard_error == pytest.approx(alone.standard_error)


def test_too_few_clusters_correct_nothing() -> None:
    assert ppi.corrected_mean([80.0], [90.0], ppi.Moments.of([90.0, 80.0])) is None
    assert ppi.corrected_mean([80.0, 70.0], [90.0, 80.0], ppi.Moments.of([90.0, 80.0]), [0, 0]) is None
    assert ppi.corrected_mean([80.0, 70.0], [90.0, 80.0], ppi.Moments.of([90.0])) is None
    assert ppi.corrected_mean([80.0, 70.0], [90.0, 80.0], ppi.Moments.of([90.0, 80.0], [7, 7])) is None
    assert ppi.labels_alone([80.0]) is None
    assert ppi.labels_alone([80.0, 70.0], [0, 0]) is None
    assert ppi.shift([80.0], ppi.Moments.of([90.0, 80.0])) is None
    enough = ppi.Sample.of([80.0, 70.0], [90.0, 80.0], ppi.Moments.of([90.0, 80.0]))
    assert ppi.corrected_difference(enough, ppi.Sample.of([80.0], [90.0], ppi.Moments.of([90.0, 80.0]))) is None


def test_a_label_without_a_judges_score_or_without_a_cluster_is_refused() -> None:
    with pytest.raises(ValueError, match="each label"):
        ppi.corrected_mean([80.0, 70.0], [90.0], ppi.Moments.of([90.0, 80.0]))
    with pytest.raises(ValueError, match="the cluster"):
        ppi.labels_alone([80.0, 70.0], [0])
