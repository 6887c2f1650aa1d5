"""What the command prints of a comparison, for a reader with 80 columns."""

import io
from pathlib import Path
from typing import Any

import pytest

from local.cli import fire, report
from local.cli.terminal import Terminal

SONNET, HAIKU, OPUS = "claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5"
INDENT = " " * 14


def a_model(name: str = SONNET, **changes: Any) -> dict[str, Any]:
    return {
        "model_name": name,
        "mean_quality_score": 90.7,
        "adjusted_quality_score": 90.7,
        "quality_sd": 9.7,
        "quality_interval_low": 85.0,
        "quality_interval_high": 95.0,
        "unseen_failure_share": 0.259,
        "scored_results": 10,
        "scored_cases": 10,
        "planned_results": 10,
        "estimated_cost_microcents": 100,
        "cost_uncounted_results": 0,
        "total_tokens": 25,
        "latency_ms_p50": 1.0,
        "latency_ms_p95": 2.0,
        "not_ranked_reason": None,
        **changes,
    }


def a_pair(a: str = SONNET, b: str = HAIKU, **changes: Any) -> dict[str, Any]:
    return {
        "model_a": a,
        "model_b": b,
        "cases": 10,
        "difference": 11.9,
        "interval_low": 3.6,
        "interval_high": 20.1,
        "p_value_holm": 0.0067,
        "smallest_detectable_difference": 8.25,
        "verdict": "better",
        "matters": True,
        "reason": None,
        **changes,
    }


def a_run(**changes: Any) -> dict[str, Any]:
    return {
        "id": "run_1",
        "status": "completed",
        "simulated": False,
        "skill_id": "triage",
        "planned_cases": 10,
        "repeats": 1,
        "judges": ["judge"],
        "best_model": SONNET,
        "best_quality_score": 90.7,
        "best_model_tied_with": [],
        "ranking_basis": "means",
        "cheapest_model": None,
        "judge_cost_microcents": 7,
        "warnings": [],
        **changes,
    }


def shown(
    models: list[dict[str, Any]] | None = None, pairs: list[dict[str, Any]] | None = None, **of_run: Any
) -> list[str]:
    """The lines of the report."""
    file = io.StringIO()
    comparison = {"models": models or [a_model(SONNET), a_model(HAIKU)], "pairs": pairs or []}
    document = {"run": a_run(**of_run), "comparison": comparison, "results": []}
    report.show(Terminal(file=file, width=80), document, saved_in=Path("data"), json_file=None)
    return file.getvalue().splitlines()


def block(lines: list[str], label: str) -> list[str]:
    """The lines of a label: its own, and those that continue it."""
    start = next(index for index, line in enumerate(lines) if line.startswith(label))
    end = next(index for index, line in enumerate(lines[start + 1 :], start + 1) if not line.startswith("    "))
    return [line.removeprefix(label).strip() for line in lines[start:end]]


def differences(lines: list[str]) -> list[str]:
    return [line.removeprefix("difference").strip() for line in lines if line.startswith("difference")]


def test_a_report_of_usual_names_fits_into_80_columns() -> None:
    inconclusive = a_pair(
        SONNET, OPUS, verdict="inconclusive", matters=None, reason="needs at least 9 cases for 5 models"
    )
    small = a_pair(verdict="worse", matters=False, difference=-2.9, p_value_holm=0.00012)
    lines = shown(
        pairs=[inconclusive, small],
        best_model_tied_with=[OPUS, HAIKU],
        ranking_basis="case-plus-model effects",
    )
    assert max(map(len, lines)) <= 80


def test_what_is_longer_than_a_line_continues_under_itself() -> None:
    long = "the models were not scored on the same test cases " * 4
    lines = shown(warnings=[long], pairs=[a_pair(reason=long)])
    for label, all_of_it in (
        ("warning", [long.strip()]),
        ("difference", [*block(shown(pairs=[a_pair()]), "difference"), long.strip()]),
    ):
        assert " ".join(block(lines, label)) == " ".join(all_of_it)
        assert len(block(lines, label)) > len(all_of_it)
    assert max(map(len, lines)) <= 80


def test_a_name_that_is_longer_than_a_line_is_not_broken() -> None:
    name = "a-model-of-many-words-" * 6
    assert block(shown([a_model(name)], best_model=name), "best quality")[0] == name


def test_a_text_forges_no_line_of_its_own() -> None:
    lines = shown(warnings=["one\nrun run_2 (completed)"], pairs=[a_pair(reason="two\ncheapest gpt")])
    assert "one\\nrun run_2 (completed)" in block(lines, "warning")
    assert "two\\ncheapest gpt" in block(lines, "difference")


def test_an_interval_is_printed_as_it_is() -> None:
    lines = shown([a_model(quality_interval_low=62.25, quality_interval_high=100.0)])
    assert block(lines, "best quality") == [f"{SONNET} (90.7, 95 % 62.2 to 100.0)"]


def test_a_mean_without_an_interval_stands_alone() -> None:
    lines = shown([a_model(quality_interval_low=None, quality_interval_high=None)])
    assert block(lines, "best quality") == [f"{SONNET} (90.7)"]


def test_the_best_model_is_said_to_be_tied_with_those_that_it_is_not_shown_to_beat() -> None:
    assert block(shown(best_model_tied_with=[HAIKU, OPUS]), "best quality")[1:] == [
        f"not shown to be better than {HAIKU}, {OPUS}"
    ]


def test_a_model_that_is_not_best_by_its_mean_is_said_to_be_ranked_otherwise() -> None:
    models = [a_model(adjusted_quality_score=88.04), a_model(HAIKU, mean_quality_score=93.0)]
    assert block(shown(models, ranking_basis="case-plus-model effects"), "best quality") == [
        f"{SONNET} (90.7, 95 % 85.0 to 95.0)",
        "ranked by case-plus-model effects: 88.0 on the same test cases",
    ]


@pytest.mark.parametrize("basis", ["means", None])
def test_a_ranking_by_means_is_not_explained(basis: str | None) -> None:
    assert len(block(shown(ranking_basis=basis), "best quality")) == 1


def test_what_could_be_unseen_is_said_once_where_models_have_as_many_cases() -> None:
    assert block(shown(), "unseen") == ["with 10 cases, a failure of up to 26% of inputs could be invisible"]


def test_what_could_be_unseen_is_said_for_each_number_of_cases() -> None:
    fewer = a_model(HAIKU, scored_cases=8, unseen_failure_share=0.312)
    lines = shown([a_model(SONNET), fewer, a_model(OPUS)])
    assert [line for line in lines if line.startswith("unseen")] == [
        "unseen        with 10 cases, a failure of up to 26% of inputs could be invisible",
        "unseen        with 8 cases, a failure of up to 31% of inputs could be invisible",
    ]
    assert f"{INDENT}for {SONNET}, {OPUS}" in lines
    assert f"{INDENT}for {HAIKU}" in lines


@pytest.mark.parametrize(
    ("cases", "share", "text"), [(1, 0.95, "1 case, a failure of up to 95%"), (5000, 0.000599, "0.06%")]
)
def test_a_share_keeps_its_first_digits(cases: int, share: float, text: str) -> None:
    assert text in " ".join(block(shown([a_model(scored_cases=cases, unseen_failure_share=share)]), "unseen"))


def test_of_a_run_of_an_earlier_release_nothing_is_said_of_what_is_unseen() -> None:
    assert not [line for line in shown([a_model(unseen_failure_share=None)]) if "unseen" in line]


def test_a_difference_stands_under_the_names_of_its_models() -> None:
    assert block(shown(pairs=[a_pair()]), "difference") == [
        f"{SONNET} − {HAIKU}",
        "+11.9, 95 % 3.6 to 20.1, p 0.0067: better",
    ]


def test_an_end_that_is_hardly_above_zero_does_not_read_as_zero() -> None:
    above, below = a_pair(interval_low=1e-6, interval_high=5.2), a_pair(interval_low=-5.2, interval_high=-1e-6)
    assert "95 % above 0 to 5.2" in block(shown(pairs=[above]), "difference")[1]
    assert "95 % -5.2 to below 0" in block(shown(pairs=[below]), "difference")[1]
    holds_it = a_pair(interval_low=0.0, interval_high=5.2)
    assert "95 % 0.0 to 5.2" in block(shown(pairs=[holds_it]), "difference")[1]


@pytest.mark.parametrize("verdict", ["better", "worse"])
def test_a_difference_that_is_shown_to_be_small_is_said_to_be(verdict: str) -> None:
    [_, figures] = block(shown(pairs=[a_pair(verdict=verdict, matters=False)]), "difference")
    assert figures.endswith(f": {verdict}, by less than matters")


@pytest.mark.parametrize(
    ("verdict", "matters"),
    [("better", True), ("better", None), ("worse", True), ("worse", None), ("equivalent", False), ("equivalent", None)],
)
def test_other_verdicts_stand_for_themselves(verdict: str, matters: bool | None) -> None:
    [_, figures] = block(shown(pairs=[a_pair(verdict=verdict, matters=matters)]), "difference")
    assert figures.endswith(f": {verdict}")


def test_an_inconclusive_pair_says_what_it_would_have_shown() -> None:
    assert block(shown(pairs=[a_pair(verdict="inconclusive", matters=None)]), "difference")[1:] == [
        "+11.9, 95 % 3.6 to 20.1, p 0.0067: inconclusive",
        "10 cases would show a difference of 8.2 four times in five",
    ]


def test_or_how_many_cases_it_needs() -> None:
    pair = a_pair(
        verdict="inconclusive", smallest_detectable_difference=None, reason="needs at least 9 cases for 5 models"
    )
    assert block(shown(pairs=[pair]), "difference")[2:] == ["needs at least 9 cases for 5 models"]


def test_a_pair_without_common_cases_has_a_reason_alone() -> None:
    pair = a_pair(difference=None, verdict=None, reason="no test case was scored for both models")
    assert block(shown(pairs=[pair]), "difference")[1:] == ["no test case was scored for both models"]


def test_the_pairs_of_the_best_model_are_shown_first() -> None:
    models = ["a", "b", "c", "best", "d"]
    pairs = [a_pair(a, b) for index, a in enumerate(models) for b in models[index + 1 :]]
    lines = shown([a_model(name) for name in models], pairs, best_model="best")
    assert differences(lines) == ["a − best", "b − best", "c − best", "best − d", "a − b", "a − c"]
    assert f"{INDENT}and 4 more pairs; --json has them all" in lines


def test_without_a_best_model_pairs_are_in_their_own_order() -> None:
    assert differences(shown(pairs=[a_pair("a", "b"), a_pair("a", "c")], best_model=None)) == ["a − b", "a − c"]


def test_what_is_not_ranked_and_what_it_costs_are_said_of_each_run() -> None:
    lines = shown(
        [a_model(), a_model(HAIKU, not_ranked_reason="3 of 10 planned answers were scored")],
        cheapest_model=HAIKU,
        cheapest_cost_microcents=17_200,
    )
    assert block(lines, "not ranked") == [f"{HAIKU}: 3 of 10 planned answers were scored"]
    assert block(lines, "cheapest") == [f"{HAIKU} ($0.000172 a scored answer)"]
    assert block(lines, "judging cost") == ["$0.00"]


def test_a_fired_run_says_what_its_best_model_must_not_be_taken_for() -> None:
    run = a_run(best_model_tied_with=[HAIKU], ranking_basis="case-plus-model effects", warnings=["other test cases"])
    assert fire.outcome_lines("triage", run, None) == [
        f"triage  run_1  completed  best: {SONNET}",
        f"  not shown to be better than {HAIKU}",
        "  ranked by case-plus-model effects",
        "  warning: other test cases",
    ]


@pytest.mark.parametrize("basis", ["means", None])
def test_a_fired_run_without_reservations_is_one_line(basis: str | None) -> None:
    assert fire.outcome_lines("triage", a_run(ranking_basis=basis), None) == [
        f"triage  run_1  completed  best: {SONNET}"
    ]


def test_a_fired_run_that_did_not_end_well_says_why() -> None:
    run = a_run(status="failed", best_model=None, ranking_basis=None)
    assert fire.outcome_lines("triage", run, "no key") == ["triage  run_1  failed  best: -  no key"]
