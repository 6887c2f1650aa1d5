"""How often intervals hold the truth: of scores by shape and number of test cases, of all pairs of a run at once, and
the verdicts on models with rare failures.

`python -m tests.benchmarks.coverage --seed 1 --runs 2000` prints the tables of docs/judging.md.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from skill_benchmark.domain.statistics.means import score_interval, unseen_share
from skill_benchmark.domain.statistics.pairs import compare_models

Random = np.random.Generator

CASES = (5, 10, 20, 50, 200)


@dataclass(frozen=True)
class Shape:
    """How the scores of a model are spread over all inputs."""

    name: str
    draw: Callable[[Random, Any], Any]
    """Scores of the given shape."""
    mean: float
    shows_it: Callable[[Any], Any] = lambda scores: np.ones(len(scores), dtype=bool)
    """Which samples, one per row, hold at least one of the rare scores."""


def _rounded_beta_mean() -> float:
    edges = (np.arange(101) + 0.5) / 100
    shares = np.diff(stats.beta.cdf(np.append(0, edges), 5, 1))
    return float((np.arange(101) * shares).sum())


SHAPES = (
    Shape("beta(5, 1)", lambda random, size: np.round(100 * random.beta(5, 1, size)), _rounded_beta_mean()),
    Shape(
        "a third at 100",
        lambda random, size: np.where(random.random(size) < 1 / 3, 100, random.integers(50, 100, size)),
        100 / 3 + 74.5 * 2 / 3,
    ),
    Shape(
        "90 % at 100",
        lambda random, size: np.where(random.random(size) < 0.9, 100, random.integers(0, 100, size)),
        90 + 4.95,
    ),
    Shape(
        "5 % zeros",
        lambda random, size: np.where(random.random(size) < 0.05, 0, random.integers(70, 101, size)),
        0.95 * 85,
        lambda scores: (scores == 0).any(axis=1),
    ),
)


@dataclass(frozen=True)
class Coverage:
    of_all: float
    of_samples_that_show_it: float
    showing: float
    """The share of samples with at least one of the rare scores; 1 for a shape without any."""


def coverage(shape: Shape, cases: int, *, runs: int, seed: int) -> Coverage:
    samples = shape.draw(np.random.default_rng([seed, cases]), (runs, cases))
    ends = np.array([score_interval(row.astype(float)).ends for row in samples])
    covered = (ends[:, 0] <= shape.mean) & (shape.mean <= ends[:, 1])
    shows = shape.shows_it(samples)
    return Coverage(float(covered.mean()), float(covered[shows].mean()), float(shows.mean()))


def _of_scores(runs: int, seed: int) -> None:
    print(f"Intervals of a mean that hold the truth, of {runs:,} runs, in %\n")
    print("| shape | " + " | ".join(f"n = {cases}" for cases in CASES) + " |")
    print("|---|" + "---|" * len(CASES))
    for shape in SHAPES:
        measured = [coverage(shape, cases, runs=runs, seed=seed) for cases in CASES]
        print(f"| {shape.name} | " + " | ".join(f"{100 * one.of_all:.1f}" for one in measured) + " |")
        if measured[0].showing < 1:
            shown = [f"{100 * one.of_samples_that_show_it:.1f} ({100 * one.showing:.0f})" for one in measured]
            print(f"| … where a zero is among the cases (in % of runs) | {' | '.join(shown)} |")
    unseen = [f"{100 * (unseen_share(cases) or 0):.1f}" for cases in CASES]
    print(f"| what could be unseen, % of inputs | {' | '.join(unseen)} |\n")


def _of_pairs(runs: int, seed: int) -> None:
    """Models that differ in their means, two of which are equal, on common cases."""
    print(f"All intervals of a run hold the truth at once, and any verdict is wrong, of {runs:,} runs, in %\n")
    print("| models | pairs | n = 10 | n = 50 |")
    print("|---|---|---|---|")
    for models in (2, 3, 5):
        cells = [_family(models, cases, runs, seed) for cases in (10, 50)]
        cells_text = " | ".join(f"{100 * held:.1f}, {100 * wrong:.1f}" for held, wrong in cells)
        print(f"| {models} | {models * (models - 1) // 2} | {cells_text} |")
    print()


def _family(models: int, cases: int, runs: int, seed: int) -> tuple[float, float]:
    """The share of runs whose intervals all hold the truth, and of those with any verdict that is wrong."""
    random = np.random.default_rng([seed, models, cases])
    names = [f"model-{index}" for index in range(models)]
    means = np.array([80.0, 80.0, *(70 - 3 * np.arange(models - 2))])
    held = wrong = 0
    for _ in range(runs):
        of_cases = random.normal(0, 10, cases)
        scores = means[:, None] + of_cases + random.normal(0, 8, (models, cases))
        pairs = compare_models(names, np.round(scores, 1))
        truths = [means[names.index(pair.model_a)] - means[names.index(pair.model_b)] for pair in pairs]
        held += all(
            (pair.interval_low or 0) <= truth <= (pair.interval_high or 0)
            for pair, truth in zip(pairs, truths, strict=True)
        )
        wrong += any(
            (pair.verdict == "better" and truth <= 0)
            or (pair.verdict == "worse" and truth >= 0)
            or (pair.verdict == "equivalent" and abs(truth) > 3)
            for pair, truth in zip(pairs, truths, strict=True)
        )
    return held / runs, wrong / runs


def _of_rare_failures(runs: int, seed: int) -> None:
    print(f"Equal means, of which one has rare failures: called better or worse, of {runs:,} runs, in %\n")
    print("| | " + " | ".join(f"n = {cases}" for cases in CASES) + " |")
    print("|---|" + "---|" * len(CASES))
    for name, draw in (
        ("no failures, noise on both", lambda random, cases: _failing(random, cases, 0.0)),
        ("fails on 2 %, and is as much better elsewhere", lambda random, cases: _failing(random, cases, 0.02)),
        ("fails on 5 %, and is as much better elsewhere", lambda random, cases: _failing(random, cases, 0.05)),
        ("90 % at 100, the other always at 95", _capped),
    ):
        print(f"| {name} | " + " | ".join(f"{100 * _called(draw, cases, runs, seed):.1f}" for cases in CASES) + " |")
    print()


def _failing(random: Random, cases: int, share: float) -> Any:
    """Scores of two models: one gets 0 on this share, and so much more elsewhere that the means are equal."""
    better = 80 + 80 * share / (1 - share) + random.normal(0, 6, cases)
    return [np.where(random.random(cases) < share, 0, better), 80 + random.normal(0, 6, cases)]


def _capped(random: Random, cases: int) -> Any:
    """Means of 94.95 and 95."""
    return [SHAPES[2].draw(random, cases), np.full(cases, 95)]


def _called(draw: Callable[[Random, int], Any], cases: int, runs: int, seed: int) -> float:
    random = np.random.default_rng([seed, cases])
    called = 0
    for _ in range(runs):
        [pair] = compare_models(["failing", "other"], np.round(np.stack(draw(random, cases)).astype(float)))
        called += pair.verdict in {"better", "worse"}
    return called / runs


def report() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=2_000)
    options = parser.parse_args()
    _of_scores(options.runs, options.seed)
    _of_pairs(options.runs, options.seed)
    _of_rare_failures(options.runs, options.seed)


if __name__ == "__main__":
    report()
