"""Each rule of the comparison is broken in a copy of the project: a unit test has to fail there."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATISTICS = "layers/core/skill_benchmark/domain/statistics"


@dataclass(frozen=True)
class Mutation:
    name: str
    file: str
    rule: str
    broken: str
    tests: str

    def __str__(self) -> str:
        return self.name


MUTATIONS = [
    Mutation(
        "a verdict by the raw p",
        f"{STATISTICS}/pairs.py",
        "if pair.p_value_holm >= ALPHA:\n        low, high",
        "if (pair.p_value or 0) >= ALPHA:\n        low, high",
        "statistics/test_pairs.py",
    ),
    Mutation(
        "a reason by the raw p",
        f"{STATISTICS}/pairs.py",
        "if pair.p_value_holm < ALPHA:",
        "if (pair.p_value or 0) < ALPHA:",
        "statistics/test_pairs.py",
    ),
    Mutation(
        "no correction for the number of pairs",
        f"{STATISTICS}/pairs.py",
        "min(1.0, (len(known) - rank) * p)",
        "p",
        "statistics/test_pairs.py",
    ),
    Mutation(
        "Bonferroni for Holm",
        f"{STATISTICS}/pairs.py",
        "(len(known) - rank) * p",
        "len(known) * p",
        "statistics/test_pairs.py",
    ),
    Mutation(
        "intervals of 94 %",
        f"{STATISTICS}/levels.py",
        "CONFIDENCE = 1 - ALPHA",
        "CONFIDENCE = 0.94",
        "statistics/test_means.py",
    ),
    Mutation(
        "a level of 10 %", f"{STATISTICS}/levels.py", "ALPHA = 0.05", "ALPHA = 0.1", "statistics/test_equivalence.py"
    ),
    Mutation(
        "equivalence at twice its level",
        f"{STATISTICS}/equivalence.py",
        "level = level_of(pairs) / 2",
        "level = level_of(pairs)",
        "statistics/test_equivalence.py",
    ),
    Mutation(
        "equivalence on one side only",
        f"{STATISTICS}/equivalence.py",
        "_beyond_margin(differences) <= level and _beyond_margin(-differences) <= level",
        "_beyond_margin(differences) <= level",
        "statistics/test_equivalence.py",
    ),
    Mutation(
        "equivalence without unseen cases",
        f"{STATISTICS}/equivalence.py",
        "weights = np.append(counts, 1)",
        "weights = np.append(counts, 1e-9)",
        "statistics/test_equivalence.py",
    ),
    Mutation(
        "equivalence of one pair for all",
        f"{STATISTICS}/pairs.py",
        "is_shown_to_be_small(differences, tested)",
        "is_shown_to_be_small(differences, 1)",
        "statistics/test_pairs.py",
    ),
    Mutation(
        "Hall's transformation without its location",
        f"{STATISTICS}/means.py",
        "(at - corrected / (6 * count))",
        "at",
        "statistics/test_means.py",
    ),
    Mutation(
        "no correction for skew",
        f"{STATISTICS}/means.py",
        "_SHARE_OF_SKEW = 0.8",
        "_SHARE_OF_SKEW = 1e-9",
        "statistics/test_means.py",
    ),
    Mutation(
        "a verdict by the signs alone",
        f"{STATISTICS}/pairs.py",
        "elif not pair.difference_sd:",
        "else:",
        "statistics/test_pairs.py",
    ),
    Mutation(
        "a smallest difference without the interval",
        f"{STATISTICS}/detectable.py",
        "needed = _shift_for_interval(samples, 1 - level_of(pairs))",
        "needed = samples.mean(axis=1) - 9",
        "statistics/test_detectable.py",
    ),
    Mutation(
        "ends beyond the scale",
        f"{STATISTICS}/means.py",
        "return max(scale[0], low), min(scale[1], high)",
        "return low, high",
        "statistics/test_means.py",
    ),
    Mutation(
        "intervals of pairs that are not simultaneous",
        f"{STATISTICS}/pairs.py",
        "difference_interval(differences, 1 - level_of(tested))",
        "difference_interval(differences)",
        "statistics/test_pairs.py",
    ),
    Mutation(
        "an interval that contradicts its verdict",
        f"{STATISTICS}/pairs.py",
        "low, high = min(low, 0.0), max(high, 0.0)",
        "pass",
        "statistics/test_pairs.py",
    ),
    Mutation(
        "repeats taken for cases",
        "layers/core/skill_benchmark/domain/comparison.py",
        "score_interval(of_cases)",
        "score_interval(scores.quality)",
        "test_comparison.py",
    ),
    Mutation(
        "means of results",
        f"{STATISTICS}/cases.py",
        "np.divide(sums, repeats, out=means, where=repeats > 0)",
        "np.divide(sums, repeats.mean(), out=means, where=repeats > 0)",
        "statistics/test_means.py",
    ),
    Mutation(
        "a ranking by plain means",
        "layers/core/skill_benchmark/domain/comparison.py",
        "key=lambda model: (-adjusted[model.model_name], model.price_in_order)",
        "key=lambda model: (-(model.mean_quality_score or 0), model.price_in_order)",
        "test_comparison.py",
    ),
    Mutation(
        "a proven loser may be the best",
        "layers/core/skill_benchmark/domain/comparison.py",
        "if model.model_name not in better_than]",
        "if model.model_name]",
        "test_comparison.py",
    ),
    Mutation(
        "a smallest difference without correction",
        f"{STATISTICS}/pairs.py",
        "smallest_detectable_difference(pair.difference_sd, pair.cases, tested)",
        "smallest_detectable_difference(pair.difference_sd, pair.cases, 1)",
        "statistics/test_pairs.py",
    ),
    Mutation(
        "sign flips one-sided",
        f"{STATISTICS}/sign_flips.py",
        "p_values += (np.abs(signs @ differences) >= observed)",
        "p_values += ((signs @ differences) >= observed)",
        "statistics/test_sign_flips.py",
    ),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the unit tests of the domain need."""
    root = tmp_path_factory.mktemp("mutated")
    shutil.copy(ROOT / "pyproject.toml", root)
    for folder in ("layers/core/skill_benchmark", "tests"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    return root


def test_the_copy_passes_as_it_is(copy: Path) -> None:
    assert _run(copy, "statistics", "test_comparison.py") == 0


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_broken_rule_is_noticed(mutation: Mutation, copy: Path) -> None:
    file = copy / mutation.file
    text = file.read_text(encoding="utf-8")
    assert text.count(mutation.rule) == 1, "the rule is not where the mutation looks for it"
    try:
        file.write_text(text.replace(mutation.rule, mutation.broken), encoding="utf-8")
        assert _run(copy, mutation.tests) == 1, "no test failed"
    finally:
        file.write_text(text, encoding="utf-8")


def _run(root: Path, *tests: str) -> int:
    """The exit code of pytest: 0 where all tests passed, 1 where one failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-W", "ignore"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": f"{root}:{root / 'layers/core'}"}
    done = subprocess.run(
        [*command, *(f"tests/unit/domain/{test}" for test in tests)],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.returncode
