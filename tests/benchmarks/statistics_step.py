"""The statistics of a comparison: 10,000 results of five models, beside the plain mean of the same scores."""

import time
from collections.abc import Callable

import numpy as np

from skill_benchmark.domain.comparison import compared, seed_of
from skill_benchmark.domain.measured import measured
from skill_benchmark.domain.plan import PlannedCase
from skill_benchmark.domain.records import AnswerRecord, Call, VerdictRecord
from skill_benchmark.domain.results import BranchRecords, Result, assemble
from skill_benchmark.domain.summary import Summary
from tests.unit.domain.examples import a_plan, a_verdict, an_answer, by_seat

MODELS = [f"model-{index}" for index in range(5)]


def report() -> None:
    print("statistics of 10,000 results of 5 models (pairs: 10)")
    for cases, repeats in ((2_000, 1), (400, 5)):
        plan = a_plan(models=MODELS, cases=[PlannedCase(input="a")] * cases, repeats=repeats)
        results = _results(cases, repeats)
        summary = Summary(plan.models, len(plan.cases), plan.repeats)
        assembling = _seconds(lambda: _add(summary, results))  # noqa: B023 - called at once
        closed = summary.close()
        comparing = _seconds(lambda: compared(closed, summary.scores(), seed=seed_of("run_1")))  # noqa: B023
        print(
            f"  {cases:5} cases × {repeats}: adding up {assembling:.2f} s, comparing {comparing:.2f} s "
            f"({comparing / assembling:.1f} × the adding up)"
        )


def _add(summary: Summary, results: list[Result]) -> None:
    for result in results:
        summary.add(measured(result))


def _results(cases: int, repeats: int) -> list[Result]:
    random = np.random.default_rng(1)
    plan = a_plan(models=MODELS, cases=[PlannedCase(input="a")] * cases, repeats=repeats)
    scores = np.round(100 * random.beta(5, 1, (cases, len(MODELS) * repeats))).astype(int)
    answer, call = an_answer(), Call()
    return [
        assemble(plan, case, branch, _records(answer, int(scores[case, index]), call))
        for case in range(cases)
        for index, branch in enumerate(plan.branches(case))
    ]


def _records(answer: AnswerRecord, score: int, call: Call) -> BranchRecords:
    verdict: VerdictRecord = a_verdict(score, call=call)
    return BranchRecords(answer=answer, verdicts=by_seat(verdict))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    report()
