"""Scores with known components of variance, and what a run of them would keep."""

import numpy as np
import numpy.typing as npt

from skill_benchmark.domain.noise import ModelNoise, PairNoise, RunNoise

Scores = npt.NDArray[np.float64]


def drawn(
    random: np.random.Generator,
    sds: tuple[float, float, float],
    size: tuple[int, int, int, int],
    differences: Scores | None = None,
) -> Scores:
    """Verdicts by model, test case, repeat and verdict, of these components (case, repeat, judge).

    What two models differ by from case to case has the standard deviation `case`.
    """
    models, cases, repeats, verdicts = size
    case, repeat, judge = sds
    hardness = random.normal(60, 15, (1, cases, 1, 1))
    own = random.normal(0, case / np.sqrt(2), (models, cases, 1, 1))
    answers = random.normal(0, repeat, (models, cases, repeats, 1))
    told = random.normal(0, judge, (models, cases, repeats, verdicts))
    scores: Scores = hardness + own + answers + told
    return scores if differences is None else scores + differences[:, None, None, None]


def measured_run(scores: Scores) -> RunNoise:
    """What a run of these verdicts keeps, by arithmetic of its own."""
    models, cases, repeats, verdicts = scores.shape
    answers = scores.mean(axis=3)
    means = answers.mean(axis=2)
    names = [f"model-{number}" for number in range(models)]
    return RunNoise(
        run_id="run_1",
        models={
            name: ModelNoise(
                scored_results=cases * repeats,
                scored_cases=cases,
                verdicts=verdicts,
                repeat_sd=float(np.sqrt(answers[at].var(axis=1, ddof=1).mean())) if repeats > 1 else None,
                judge_sd=float(np.sqrt(scores[at].var(axis=2, ddof=1).mean())) if verdicts > 1 else None,
            )
            for at, name in enumerate(names)
        },
        pairs=[
            PairNoise(names[a], names[b], cases, float((means[a] - means[b]).std(ddof=1)))
            for a in range(models)
            for b in range(a + 1, models)
        ],
    )
