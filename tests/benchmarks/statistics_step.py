"""The statistics of a comparison, beside adding up the same results: many results, many models, repeats."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from skill_benchmark.domain.comparison import compared
from skill_benchmark.domain.measured import Measured, measured
from skill_benchmark.domain.plan import PlannedCase
from skill_benchmark.domain.records import Call
from skill_benchmark.domain.results import BranchRecords, assemble
from skill_benchmark.domain.summary import Summary
from tests.unit.domain.examples import a_plan, a_verdict, an_answer, by_seat


def report() -> None:
    print("statistics of a run (pairs of models in parentheses)")
    for models, cases, repeats in ((5, 2_000, 1), (5, 400, 5), (10, 10_000, 1), (10, 100_000, 1), (100, 1_000, 1)):
        summary = Summary([f"model-{index}" for index in range(models)], cases, repeats)
        results = _results(models, cases, repeats)
        adding = _seconds(lambda: _add(summary, results))  # noqa: B023 - called at once
        closed = summary.close()
        comparing = _seconds(lambda: compared(closed, summary.scores()))  # noqa: B023
        print(
            f"  {models:3} models ({models * (models - 1) // 2:4}) × {cases:7,} cases × {repeats}: "
            f"adding up {adding:6.2f} s, comparing {comparing:5.2f} s ({comparing / adding:.2f} × the adding up)"
        )


def _add(summary: Summary, results: list[Measured]) -> None:
    for result in results:
        summary.add(result)


def _results(models: int, cases: int, repeats: int) -> list[Measured]:
    """Scores of models that differ a little, on cases that differ much."""
    random = np.random.default_rng(1)
    means = 75 + random.normal(0, 1, models)[:, None, None] + random.normal(0, 12, (cases, 1))
    scores = np.round(np.clip(means + random.normal(0, 8, (models, cases, repeats)), 0, 100))
    plan = a_plan(cases=[PlannedCase(input="a")])
    records = BranchRecords(answer=an_answer(call=Call()), verdicts=by_seat(a_verdict(80, call=Call())))
    example = measured(assemble(plan, 0, plan.branches(0)[0], records))
    return [
        replace(example, model=f"model-{model}", case_index=case, quality_score=float(scores[model, case, repeat]))
        for case in range(cases)
        for model in range(models)
        for repeat in range(repeats)
    ]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    report()
