"""Every figure that the documentation of the recorded data states, computed there without this project's code."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from skill_benchmark.domain.statistics import agreement, ppi
from skill_benchmark.domain.statistics.means import difference_interval, score_interval
from skill_benchmark.domain.statistics.orders import both_orders
from skill_benchmark.domain.statistics.proportions import mcnemar_exact
from tests.recorded_data import recorded

SUBSETS = ("Natural", "Neighbor", "GPTInst", "GPTOut", "Manual")
GROUPS = {**{name: (name,) for name in SUBSETS}, "Adversarial": SUBSETS[1:], "All": SUBSETS}
DIMENSIONS = ("relevance", "consistency", "fluency", "coherence")
JUDGES = ("gpt4", "gpt35", "llama70b")
EXPERTS = ("expert_1", "expert_2", "expert_3")
TURKERS = tuple(f"turker_{index}" for index in range(1, 6))

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(recorded("reference.json"))
    return found


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(recorded(name))))


@pytest.fixture(scope="module")
def replay() -> list[dict[str, Any]]:
    return [json.loads(line) for line in recorded("llmbar_replay.jsonl").split("\n") if line]


@pytest.fixture(scope="module")
def pairwise() -> dict[tuple[str, str], list[dict[str, str]]]:
    found = defaultdict(list)
    for row in rows_of("llmbar_pairwise.csv"):
        found[row["evaluator"], row["prompt_variant"]].append(row)
    return dict(found)


@pytest.fixture(scope="module")
def summeval() -> list[dict[str, str]]:
    return rows_of("summeval_scores.csv")


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("judge", ["gpt4", "chatgpt"])
def test_ratings_of_one_output_at_a_time(
    group: str, judge: str, replay: list[dict[str, Any]], reference: dict[str, Any]
) -> None:
    stated = reference["llmbar_replay"][f"{group}|{judge}"]
    cases = [case for case in replay if case["subset"] in GROUPS[group]]
    first, second = ([case[f"{judge}_rating_{slot}"] for case in cases] for slot in (1, 2))
    assert (first.count(None), second.count(None)) == (stated["missing_1"], stated["missing_2"])
    both = [(a, b, case["label"]) for a, b, case in zip(first, second, cases, strict=True) if None not in (a, b)]
    assert fmean(a for a in first if a is not None) == pytest.approx(stated["mean_1"], abs=1e-9)
    assert fmean(b for b in second if b is not None) == pytest.approx(stated["mean_2"], abs=1e-9)
    assert sum(a == b for a, b, _ in both) == stated["ties"]
    preferred = [(a - b) if label == 1 else (b - a) for a, b, label in both]
    assert sum(difference > 0 for difference in preferred) == stated["preferred_higher"]
    for differences, name in (
        ([a - b for a, b, _ in both], "diff_1_minus_2"),
        (preferred, "diff_preferred_minus_other"),
    ):
        interval = difference_interval(differences)
        assert interval.count == stated[name]["n"]
        # The stated ends are those of the t interval; ours are at least as far out.
        assert interval.ends[0] <= stated[name]["low"] + 1e-9
        assert interval.ends[1] >= stated[name]["high"] - 1e-9
        assert interval.standard_error == pytest.approx(stated[name]["se"], abs=1e-9)


def winners(rows: list[dict[str, str]], order: str) -> list[int | None]:
    return [int(row[f"winner_order_{order}"]) if row[f"winner_order_{order}"] else None for row in rows]


def test_both_orders_of_every_evaluator_and_prompt(
    pairwise: dict[tuple[str, str], list[dict[str, str]]], reference: dict[str, Any]
) -> None:
    checked = 0
    names = {key.rsplit("|", 2)[1] for key in reference["llmbar_pairwise"]}
    for (evaluator, prompt), rows in pairwise.items():
        name = evaluator if evaluator in names else evaluator.rsplit("-", 1)[0]
        for group, subsets in GROUPS.items():
            stated = reference["llmbar_pairwise"].get(f"{group}|{name}|{prompt}")
            if stated is None:
                continue
            here = [row for row in rows if row["subset"] in subsets]
            found = both_orders(winners(here, "ab"), winners(here, "ba"), [int(row["label"]) for row in here])
            assert found.count == stated["n"]
            for figure in ("missing_ab", "missing_ba", "correct_ab", "correct_ba", "both_correct", "same_winner"):
                assert getattr(found, figure) == stated[figure], (group, evaluator, prompt, figure)
            assert found.first_slot_share == pytest.approx(stated["first_slot_share"], abs=1e-9)
            checked += 1
    assert checked == len(reference["llmbar_pairwise"])


def test_mcnemar_of_the_prompts(
    pairwise: dict[tuple[str, str], list[dict[str, str]]], reference: dict[str, Any]
) -> None:
    def right(prompt: str, subsets: tuple[str, ...]) -> list[bool]:
        return [
            row["winner_order_ab"] == row["winner_order_ba"] == row["label"]
            for row in pairwise["GPT-4", prompt]
            if row["subset"] in subsets
        ]

    assert len(reference["llmbar_mcnemar_gpt4"]) >= 14
    for name, stated in reference["llmbar_mcnemar_gpt4"].items():
        group, a, b = name.split("|")
        pairs = list(zip(right(a, GROUPS[group]), right(b, GROUPS[group]), strict=True))
        only_a, only_b = sum(x and not y for x, y in pairs), sum(y and not x for x, y in pairs)
        assert (only_a, only_b) == (stated["only_a"], stated["only_b"]), name
        assert mcnemar_exact(only_a, only_b) == pytest.approx(stated["p_exact"], rel=1e-6), name


def of_dimension(summeval: list[dict[str, str]], dimension: str) -> list[dict[str, str]]:
    return [row for row in summeval if row["dimension"] == dimension]


def ratings(row: dict[str, str], raters: tuple[str, ...]) -> dict[str, float]:
    return {rater: float(row[rater]) for rater in raters}


def expert_mean(row: dict[str, str]) -> float:
    return fmean(ratings(row, EXPERTS).values())


def articles(rows: list[dict[str, str]]) -> list[int]:
    number: dict[str, int] = {}
    return [number.setdefault(row["article_id"], len(number)) for row in rows]


def standard_error_by_article(values: list[float], rows: list[dict[str, str]]) -> float:
    estimate = ppi.labels_alone(values, articles(rows))
    assert estimate is not None
    return estimate.standard_error


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_people_among_themselves(dimension: str, summeval: list[dict[str, str]], reference: dict[str, Any]) -> None:
    stated, rows = reference["summeval"][dimension], of_dimension(summeval, dimension)
    experts, turkers = ([ratings(row, raters) for row in rows] for raters in (EXPERTS, TURKERS))
    for units, name in ((experts, "expert_alpha_interval"), (turkers, "turker_alpha_interval")):
        assert agreement.krippendorff_alpha([list(unit.values()) for unit in units]) == pytest.approx(stated[name])
    assert agreement.one_against_the_others(experts) == pytest.approx(stated["one_expert_vs_other_two_rho"])
    means = [expert_mean(row) for row in rows]
    assert fmean(means) == pytest.approx(stated["mean_expert_all_rows"])
    assert score_interval(means).standard_error == pytest.approx(stated["expert_se_iid"])
    assert standard_error_by_article(means, rows) == pytest.approx(stated["expert_se_article"])
    of_turkers = [fmean(unit.values()) for unit in turkers]
    assert agreement.spearman(of_turkers, means) == pytest.approx(stated["turker_mean_rho"])
    panel = [fmean(float(row[judge]) for judge in JUDGES if row[judge]) for row in rows]
    assert agreement.spearman(panel, means) == pytest.approx(stated["panel_mean_rho"])


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_judges_beside_people(
    dimension: str, judge: str, summeval: list[dict[str, str]], reference: dict[str, Any]
) -> None:
    stated = reference["summeval"][dimension][judge]
    rows = [row for row in of_dimension(summeval, dimension) if row[judge]]
    scores, people = [float(row[judge]) for row in rows], [expert_mean(row) for row in rows]
    assert (len(rows), 1200 - len(rows)) == (stated["n"], stated["missing"])
    assert fmean(scores) == pytest.approx(stated["mean"])
    assert agreement.bias(scores, people) == pytest.approx(stated["bias"])
    assert agreement.mean_absolute_error(scores, people) == pytest.approx(stated["mae"])
    assert agreement.spearman(scores, people) == pytest.approx(stated["rho"])
    assert score_interval(scores).standard_error == pytest.approx(stated["se_iid"])
    assert standard_error_by_article(scores, rows) == pytest.approx(stated["se_article"])
    assert sum(score == 5 for score in scores) / len(scores) == pytest.approx(stated["share_of_5"])


def judged_by_gpt4(summeval: list[dict[str, str]], dimension: str) -> list[dict[str, str]]:
    return [row for row in of_dimension(summeval, dimension) if row["gpt4"]]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_judges_mean_corrected_by_a_hundred_labels(
    dimension: str, summeval: list[dict[str, str]], reference: dict[str, Any]
) -> None:
    stated, rows = reference["summeval"][dimension]["ppi"], judged_by_gpt4(summeval, dimension)
    chosen = {
        (row["system"], row["article_id"]) for row in rows_of("ppi_labelled_100.csv") if row["dimension"] == dimension
    }
    labelled = [row for row in rows if (row["system"], row["article_id"]) in chosen]
    others = [float(row["gpt4"]) for row in rows if (row["system"], row["article_id"]) not in chosen]
    people = [expert_mean(row) for row in labelled]
    found = ppi.corrected_mean(people, [float(row["gpt4"]) for row in labelled], ppi.Moments.of(others))
    alone = ppi.labels_alone(people)
    assert found is not None
    assert alone is not None
    assert (len(rows), len(labelled)) == (stated["population"], 100)
    for figure, name in (
        (found.tuning, "lambda"),
        (found.mean, "theta"),
        (found.standard_error, "se"),
        (found.low, "low"),
        (found.high, "high"),
        (alone.mean, "labels_only_mean"),
        (alone.standard_error, "labels_only_se"),
        (alone.low, "labels_only_low"),
        (alone.high, "labels_only_high"),
    ):
        assert figure == pytest.approx(stated[name], abs=1e-6), name


def resamples(size: int, seed: int) -> Iterator[np.ndarray[Any, np.dtype[np.int64]]]:
    random = np.random.default_rng(seed)
    for _ in range(2000):
        yield random.permutation(size)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_corrected_interval_covers_in_two_thousand_resamples(
    dimension: str, summeval: list[dict[str, str]], reference: dict[str, Any]
) -> None:
    stated, rows = reference["summeval"][dimension]["coverage"], judged_by_gpt4(summeval, dimension)
    people = np.array([expert_mean(row) for row in rows])
    judge = np.array([float(row["gpt4"]) for row in rows])
    truth = people.mean()
    hits, widths, hits_alone, widths_alone = [], [], [], []
    for order in resamples(len(rows), reference["seeds"]["coverage"]):
        labelled, others = order[:100], order[100:]
        found = ppi.corrected_mean(people[labelled], judge[labelled], ppi.Moments.of(judge[others]))
        alone = ppi.labels_alone(people[labelled])
        assert found is not None
        assert alone is not None
        hits.append(found.low <= truth <= found.high)
        widths.append(found.high - found.low)
        hits_alone.append(alone.low <= truth <= alone.high)
        widths_alone.append(alone.high - alone.low)
    assert fmean(hits) == pytest.approx(stated["ppi"], abs=0.015)
    assert fmean(widths) == pytest.approx(stated["ppi_width"], abs=0.005)
    assert fmean(hits_alone) == pytest.approx(stated["labels_only"], abs=0.015)
    assert fmean(widths_alone) == pytest.approx(stated["labels_only_width"], abs=0.005)
    effective = 100 * (fmean(widths_alone) / fmean(widths)) ** 2
    assert effective == pytest.approx(stated["effective_labels"], abs=1.5)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_hundred_labels_have_the_standard_error_of_their_articles(
    dimension: str, summeval: list[dict[str, str]]
) -> None:
    rows = judged_by_gpt4(summeval, dimension)
    of_article = np.array(articles(rows))
    people, judge = np.array([expert_mean(row) for row in rows]), np.array([float(row["gpt4"]) for row in rows])
    labelled = np.zeros(len(rows), dtype=bool)
    labelled[next(resamples(len(rows), 1))[:100]] = True
    others = ppi.Moments.of(judge[~labelled], of_article[~labelled])
    corrected = ppi.corrected_mean(people[labelled], judge[labelled], others, of_article[labelled])
    assert corrected is not None
    rest, unlabelled = people[labelled] - corrected.tuning * judge[labelled], judge[~labelled]
    squared = 0.0
    for article in set(of_article):
        of_rest = rest[of_article[labelled] == article]
        of_others = unlabelled[of_article[~labelled] == article]
        drawn = len(set(of_article[labelled]))
        influence = (of_rest - rest.mean()).sum() / 100 * (drawn / (drawn - 1)) ** 0.5
        influence += corrected.tuning * (of_others - unlabelled.mean()).sum() / len(unlabelled) * (100 / 99) ** 0.5
        squared += influence**2
    assert corrected.standard_error == pytest.approx(squared**0.5)
    assert corrected.mean == pytest.approx(corrected.tuning * unlabelled.mean() + rest.mean())


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_corrected_difference_of_two_systems_covers_that_of_the_experts(
    dimension: str, summeval: list[dict[str, str]]
) -> None:
    """Half of each system's summaries are labelled, each system's for itself; nine random halves of all pairs."""
    of_system: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in judged_by_gpt4(summeval, dimension):
        of_system[row["system"]].append(row)
    number = {row["article_id"]: place for place, row in enumerate(next(iter(of_system.values())))}
    random = np.random.default_rng(20261124)
    covered = []
    for _ in range(9):
        samples, truths = {}, {}
        for system, rows in of_system.items():
            order = random.permutation(len(rows))
            people, judge = np.array([expert_mean(row) for row in rows]), np.array([float(row["gpt4"]) for row in rows])
            article = np.array([number.setdefault(row["article_id"], len(number)) for row in rows])
            half, others = order[:50], order[50:]
            unlabelled = ppi.Moments.of(judge[others], article[others])
            samples[system] = ppi.Sample.of(people[half], judge[half], unlabelled, article[half])
            truths[system] = people.mean()
        for a, b in combinations(samples, 2):
            between = ppi.corrected_difference(samples[a], samples[b])
            assert between is not None
            covered.append(between.low <= truths[a] - truths[b] <= between.high)
    assert len(covered) == 9 * 66
    assert fmean(covered) >= 0.93
