"""The components of variance: true ones are found again, and what was not measured is a default that says so."""

from dataclasses import replace

import numpy as np
import pytest

from skill_benchmark.domain.noise import (
    DEFAULT_CASE_SD,
    DEFAULT_JUDGE_SD,
    DEFAULT_REPEAT_SD,
    Noise,
    noise_of,
)
from tests.recorded_data import recorded
from tests.unit.domain.drawn_scores import Scores, drawn, measured_run


@pytest.mark.parametrize(
    ("sds", "size"),
    [
        ((12.0, 8.0, 5.0), (2, 60, 2, 2)),
        ((4.0, 15.0, 3.0), (3, 40, 3, 2)),
        ((20.0, 3.0, 9.0), (5, 30, 2, 3)),
    ],
    ids=str,
)
def test_the_true_components_are_found_again(sds: tuple[float, float, float], size: tuple[int, int, int, int]) -> None:
    """On average over 300 runs, as variances: a root is lower on average than what it is the root of."""
    random = np.random.default_rng(41)
    noises = [noise_of([measured_run(drawn(random, sds, size))]) for _ in range(300)]
    estimated = np.mean([[n.case.sd**2, n.repeat.sd**2, n.judge.sd**2] for n in noises], axis=0)
    total = sds[0] ** 2 + 2 * (sds[1] ** 2 + sds[2] ** 2)
    assert np.abs(estimated - np.square(sds)).max() < 0.03 * total
    assert {component.source for n in noises for component in (n.case, n.repeat, n.judge)} == {"history"}


def test_runs_are_pooled_by_their_degrees_of_freedom() -> None:
    random = np.random.default_rng(7)
    large, small = drawn(random, (5, 5, 2), (2, 200, 2, 2)), drawn(random, (30, 20, 12), (2, 6, 2, 2))
    pooled = noise_of([measured_run(large), measured_run(small)])
    judge = np.concatenate([large.var(axis=3, ddof=1).ravel(), small.var(axis=3, ddof=1).ravel()]).mean()
    repeats = np.concatenate(
        [large.mean(axis=3).var(axis=2, ddof=1).ravel(), small.mean(axis=3).var(axis=2, ddof=1).ravel()]
    ).mean()
    assert pooled.judge.sd**2 == pytest.approx(judge)
    assert pooled.repeat.sd**2 == pytest.approx(repeats - judge / 2)
    assert [each.degrees_of_freedom for each in (pooled.case, pooled.repeat, pooled.judge)] == [199 + 5, 412, 824]


def test_the_pairs_of_many_models_are_not_taken_for_independent() -> None:
    noise = noise_of([measured_run(drawn(np.random.default_rng(1), (9, 5, 3), (5, 21, 2, 2)))])
    assert noise.case.degrees_of_freedom == (5 - 1) * (21 - 1), "of ten pairs of five models"


def test_the_spread_of_differences_that_was_measured_is_kept_whatever_the_defaults_say() -> None:
    """One repeat and one verdict: what is within a case is not separable, and a plan of one repeat needs no part."""
    for sds in ((30.0, 5.0, 5.0), (2.0, 1.0, 1.0)):
        run = measured_run(drawn(np.random.default_rng(3), sds, (2, 50, 1, 1)))
        noise = noise_of([run])
        assert noise.difference_sd(1, 1) == pytest.approx(run.pairs[0].difference_sd)
        assert (noise.case.source, noise.repeat.source, noise.judge.source) == ("history", "default", "default")


def test_a_default_never_accounts_for_more_than_its_share() -> None:
    """Where less was measured than the defaults would give, repeats get no more of it than of the defaults."""
    run = measured_run(drawn(np.random.default_rng(3), (2.0, 1.0, 1.0), (2, 50, 1, 1)))
    noise, default = noise_of([run]), noise_of([])
    assert noise.repeat.sd < DEFAULT_REPEAT_SD
    assert noise.repeat.reason.endswith("cut in proportion to the spread that was measured")
    assert share_within(noise) == pytest.approx(share_within(default))


def share_within(noise: Noise) -> float:
    return noise.within_case_variance(1, 1) / noise.difference_sd(1, 1) ** 2


def test_a_large_spread_is_the_cases_and_not_the_repeats() -> None:
    noise = noise_of([measured_run(drawn(np.random.default_rng(3), (40.0, 1.0, 1.0), (2, 50, 1, 1)))])
    assert (noise.repeat.sd, noise.judge.sd) == (DEFAULT_REPEAT_SD, DEFAULT_JUDGE_SD)
    assert noise.case.sd > 30


def test_repeats_without_a_second_verdict_hold_the_judge() -> None:
    run = measured_run(drawn(np.random.default_rng(5), (10.0, 12.0, 6.0), (2, 400, 2, 1)))
    noise = noise_of([run])
    assert (noise.repeat.source, noise.judge.source) == ("history", "default")
    assert noise.judge.sd == DEFAULT_JUDGE_SD
    within = [model.repeat_sd**2 for model in run.models.values() if model.repeat_sd is not None]
    assert noise.within_case_variance(1, 1) == pytest.approx(sum(within)), "both together as they were measured"


def test_repeats_that_are_closer_than_the_default_of_the_judge_cut_it() -> None:
    noise = noise_of([measured_run(drawn(np.random.default_rng(5), (10.0, 1.0, 1.0), (2, 400, 2, 1)))])
    assert 0 < noise.judge.sd < 1.5
    assert noise.judge.reason.endswith("cut in proportion to the spread that was measured")
    assert noise.within_case_variance(1, 1) == pytest.approx(4, rel=0.15)


def test_what_one_judge_always_gives_more_than_another_is_no_noise_of_a_difference() -> None:
    """Two judges, one of whom gives 30 points less: their verdicts lie far apart, and the repeats do not."""
    random = np.random.default_rng(9)
    scores = drawn(random, (10.0, 4.0, 2.0), (2, 300, 2, 2)) - np.array([0, 30])
    noise = noise_of([measured_run(scores)])
    assert noise.difference_sd(2, 2) == pytest.approx(np.sqrt(100 + 2 * (16 + 4 / 2) / 2), rel=0.1)


def test_repeats_that_explain_all_leave_nothing_to_the_cases() -> None:
    run = measured_run(drawn(np.random.default_rng(2), (0.0, 20.0, 2.0), (2, 30, 2, 2)))
    [pair] = run.pairs
    noise = noise_of([replace(run, pairs=[replace(pair, difference_sd=10.0)])])
    assert noise.case.sd == 0
    assert noise.case.source == "history"


def test_without_history_all_is_by_default_and_says_why() -> None:
    noise = noise_of([])
    assert (noise.case.sd, noise.repeat.sd, noise.judge.sd) == (20, 10, 5)
    assert {component.source for component in (noise.case, noise.repeat, noise.judge)} == {"default"}
    assert all(component.reason for component in (noise.case, noise.repeat, noise.judge))
    assert noise.difference_sd(1, 1) == pytest.approx(25.5, abs=0.01)
    assert noise.difference_sd(5, 2) == pytest.approx(np.sqrt(400 + 2 * (100 + 12.5) / 5))


def test_models_that_never_differed_show_no_spread() -> None:
    """A difference of 0 on each of a few cases says nothing of the next case, and would ask for next to none."""
    scores = np.full((2, 20, 1, 1), 100.0)
    noise = noise_of([measured_run(scores)])
    assert (noise.case.sd, noise.case.source) == (DEFAULT_CASE_SD, "default")
    assert "cannot be seen" in noise.case.reason


def test_a_run_of_one_model_says_what_its_repeats_do_and_nothing_of_differences() -> None:
    noise = noise_of([measured_run(drawn(np.random.default_rng(8), (10, 6, 3), (1, 200, 2, 2)))])
    assert (noise.case.source, noise.repeat.source, noise.judge.source) == ("default", "history", "history")
    assert noise.repeat.sd == pytest.approx(6, rel=0.15)


def test_the_default_is_what_recorded_verdicts_of_twelve_systems_have() -> None:
    """Scores of 12 summarizers of 100 articles, the mean of four dimensions, on 0 to 100; docs/judging.md has them."""
    by_gpt4, by_experts = recorded_means("gpt4"), recorded_means("expert_1", "expert_2", "expert_3")
    assert pooled_difference_sd(by_gpt4) == pytest.approx(24.7, abs=0.05)
    assert pooled_difference_sd(by_experts) == pytest.approx(18.6, abs=0.05)
    assert noise_of([]).difference_sd(1, 1) == pytest.approx(pooled_difference_sd(by_gpt4), rel=0.05)


def test_one_judge_differs_less_from_itself_by_default_than_three_judges_from_each_other() -> None:
    judges = np.stack([recorded_means(judge) for judge in ("gpt4", "gpt35", "llama70b")])
    judges -= judges.mean(axis=(1, 2), keepdims=True)
    between = np.sqrt(judges.var(axis=0, ddof=1).mean())
    assert between == pytest.approx(17.8, abs=0.05)
    assert between > DEFAULT_JUDGE_SD


def recorded_means(*columns: str) -> Scores:
    """By system and article: the mean of all that these columns say in the four dimensions, on 0 to 100."""
    header, *lines = recorded("summeval_scores.csv").splitlines()
    places = [header.split(",").index(column) for column in columns]
    given: dict[tuple[str, str], list[float]] = {}
    for row in (line.split(",") for line in lines):
        said = [(float(row[place]) - 1) * 25 for place in places if row[place]]
        given.setdefault((row[0], row[1]), []).extend(said)
    systems, articles = (sorted({key[at] for key in given}) for at in (0, 1))
    return np.array([[np.mean(given[system, article]) for article in articles] for system in systems])


def pooled_difference_sd(means: Scores) -> float:
    pairs = [(means[a] - means[b]).var(ddof=1) for a in range(len(means)) for b in range(a)]
    return float(np.sqrt(np.mean(pairs)))


def test_verdicts_without_repeats_say_what_the_judge_adds_and_the_rest_is_shared_out() -> None:
    run = measured_run(drawn(np.random.default_rng(6), (10.0, 8.0, 12.0), (2, 500, 1, 2)))
    noise = noise_of([run])
    assert (noise.case.source, noise.repeat.source, noise.judge.source) == ("history", "default", "history")
    assert noise.judge.sd == pytest.approx(12, rel=0.1)
    assert noise.difference_sd(1, 2) == pytest.approx(run.pairs[0].difference_sd)
    # Less the judge, there is less than the 600 of the defaults for case and repeat: both are cut in proportion.
    left = run.pairs[0].difference_sd ** 2 - noise.judge.sd**2
    assert noise.repeat.sd**2 == pytest.approx(left * 100 / 600)


def test_verdicts_that_lie_further_apart_than_the_differences_leave_nothing_to_repeats() -> None:
    """As those of two judges do, one of whom is always stricter."""
    scores = drawn(np.random.default_rng(6), (3.0, 1.0, 1.0), (2, 50, 1, 2)) - np.array([0, 40])
    noise = noise_of([measured_run(scores)])
    assert (noise.case.sd, noise.repeat.sd) == (0, 0)
