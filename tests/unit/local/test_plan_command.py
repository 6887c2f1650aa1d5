"""`skill-benchmark plan` where nothing was ever run: defaults that say so, and one line for what is wrong."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from local.cli.exit_codes import BAD_INPUT
from local.cli.main import main
from local.cli.plan import _show
from local.cli.terminal import Terminal
from skill_benchmark.domain.sample_size import History, Wanted, planned


def test_without_a_data_directory_the_plan_is_of_defaults_and_none_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_dir, out = tmp_path / "data", tmp_path / "plan.json"
    assert main(["plan", "--difference", "5", "--data-dir", str(data_dir), "--json", str(out)]) == 0
    assert not data_dir.exists()
    plan = json.loads(out.read_text(encoding="utf-8"))
    assert {component["source"] for component in plan["components"]} == {"default"}
    assert (plan["skill_id"], plan["difference"], plan["models"], plan["runs"]) == ("email-triage", 5.0, 2, [])
    shown = capsys.readouterr().out
    best = plan["recommended"]
    assert f"recommended  {best['cases']} test cases × 1: the fewest answers ({best['answers']})" in shown
    assert "why          test cases before repeats: " in shown
    assert "repeat       10.0 points (default): no completed run has repeated a test case" in shown
    assert "by default and not measured: case, repeat, judge" in shown
    assert [line.split()[:2] for line in shown.splitlines() if line.strip()[:2] in {"1 ", "2 ", "3 ", "5 "}] == [
        [str(option["repeats"]), str(option["cases"])] for option in plan["options"]
    ]


def test_the_options_are_those_of_the_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plan.json"
    asked = ["--difference", "2.5", "--models", "40", "--verdicts", "3", "--skill-id", "a.skill"]
    assert main(["plan", *asked, "--data-dir", str(tmp_path / "data"), "--json", str(out)]) == 0
    plan = json.loads(out.read_text(encoding="utf-8"))
    assert (plan["skill_id"], plan["models"], plan["pairs"], plan["verdicts_per_answer"]) == ("a.skill", 40, 780, 3)
    assert plan["warnings"][0].startswith("no skill 'a.skill' was run in "), "a name that was mistyped is told"
    shown = capsys.readouterr().out
    assert "a.skill: to find 2.5 points between two models of 40 (780 pairs), four times in five" in shown
    assert "3 repeats    40 models × 3 repeats are 120 answers a case; at most 100" in shown


def test_what_no_run_finds_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--difference", "0.01", "--data-dir", str(tmp_path / "data")]) == 0
    assert "no possible run finds 0.01 points; ask for a larger difference" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: --difference"),
        (["--difference", "0"], "'0' is not a number of points above 0 and up to 100"),
        (["--difference", "nan"], "'nan' is not a number of points"),
        (["--difference", "101"], "'101' is not a number of points"),
        (["--difference", "five"], "'five' is not a number of points"),
        (["--difference", "5", "--models", "1"], "'1' is not a whole number from 2 to 100"),
        (["--difference", "5", "--models", "2.5"], "'2.5' is not a whole number from 2 to 100"),
        (["--difference", "5", "--verdicts", "51"], "'51' is not a whole number from 1 to 50"),
        (["--difference", "5", "--skill-id", "a/b"], "'a/b' should be 1 to 200 of"),
        (["--difference", "5", "--skill-id", "a", "--skill", "b"], "not allowed with argument"),
    ],
)
def test_a_question_that_cannot_be_answered_is_bad_input(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["plan", *arguments, "--data-dir", str(tmp_path / "data")])
    assert ended.value.code == BAD_INPUT
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_files_that_cannot_be_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["plan", "--difference", "5", "--data-dir", str(tmp_path / "data")]
    assert main([*asked, "--skill", str(tmp_path / "none.md")]) == BAD_INPUT
    assert "none.md: is not a file; name the skill that was run, or its id with --skill-id" in capsys.readouterr().err
    assert main([*asked, "--json", str(tmp_path / "no folder" / "out.json")]) == BAD_INPUT
    assert "cannot be written; name a file in a folder that exists" in capsys.readouterr().err


def test_why_a_number_of_cases_finds_nothing_is_said_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    plan = asdict(planned(Wanted(5, models=3, verdicts=1), History(current_cases=3)))
    _show(Terminal(), {"skill_id": "triage", **plan})
    shown = capsys.readouterr().out
    assert shown.splitlines().count("3 cases      needs at least 7 cases for 3 models") == 1
    assert "…" not in shown


def test_one_is_singular_and_thousands_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--difference", "0.01", "--models", "100", "--data-dir", str(tmp_path / "data")]) == 0
    shown = capsys.readouterr().out
    assert "two models of 100 (4,950 pairs)" in shown
    assert "\n1 repeat     more than" in shown
