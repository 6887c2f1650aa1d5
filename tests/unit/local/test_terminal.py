"""What other people wrote shows on the terminal and does nothing there."""

import io
import json
from pathlib import Path

import pytest
from rich.table import Table

from local.cli import report
from local.cli.main import main
from local.cli.terminal import Terminal
from skill_benchmark.domain.text import visible

ATTACKS = {
    "clears the screen": "\x1b[2J\x1b[H",
    "sets the title": "\x1b]0;owned\x07",
    "writes the clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "links elsewhere": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "begins with the one-byte CSI": "\x9b2J",
    "returns and overwrites": "all good\rbad",
    "erases backwards": "bad\b\b\bok ",
    "forges a line": "error\nrun run_1 (completed) saved",
    "forges a line with a separator": "error\u2028run run_1 (completed)\u2029\x85",
    "turns the direction": "\u202egnp.exe\u202c \u2066x\u2069 \u200f \u061c",
    "hides": "a\u200bb\u2060c\ufeffd\xade",
    "hides in tags": "\U000e0041\U000e007f",
    "is half a character": "\ud83d",
}


def printed(text: str) -> str:
    file = io.StringIO()
    terminal = Terminal(file=file, force_terminal=True, color_system=None, width=500)
    terminal.print(text, markup=False, highlight=False, soft_wrap=True)
    table = Table("model", title=text)
    table.add_row(text)
    terminal.print(table)
    return file.getvalue()


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_text_shows_its_active_characters_and_none_of_them_acts(attack: str) -> None:
    shown = printed(f"before {attack} after")
    active = {character for character in attack if visible(character) != character}
    assert active
    assert not (active - {"\n"}) & set(shown)
    assert shown.count(visible(attack)) == 3
    assert len(shown.splitlines()) == len(printed("plain").splitlines())


def test_ordinary_text_of_any_script_is_shown_as_it_is() -> None:
    text = "naïve Ελλάδα 日本語 العربية हिन्दी می\u200cخواهم 👩\u200d👧 — “quoted” 1 < 2 & [3]"
    assert visible(text) == text


def test_a_json_document_stays_the_same_document() -> None:
    document = {"text": "".join(ATTACKS.values()).replace("\ud83d", ""), "other": ["ä", 1.5, None]}
    written = visible(json.dumps(document, ensure_ascii=False))
    assert written.isprintable()
    assert json.loads(written) == document


@pytest.mark.parametrize("attack", ["\x1b[2J", "\x9b2J", "\u202e"])
def test_an_error_of_one_line_shows_the_name_that_caused_it(attack: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--skill", f"{attack}.md", "--cases", "cases.jsonl"]) == 2
    assert attack not in (error := capsys.readouterr().err)
    assert visible(attack) in error


@pytest.mark.parametrize("attack", ["\x1b[2J", "\x9b2J", "\u202e"])
def test_so_does_a_mistake_in_the_arguments(attack: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", f"--{attack}"])
    assert attack not in (error := capsys.readouterr().err)
    assert visible(attack) in error


def test_a_report_of_a_run_obeys_nothing_of_what_models_and_judges_wrote() -> None:
    attack = "\x1b[2J\u202e[red]"
    pair = {"model_a": attack, "model_b": attack, "difference": None, "reason": attack}
    model = {
        "model_name": attack, "mean_quality_score": None, "scored_results": 0, "planned_results": 1,
        "estimated_cost_microcents": None, "cost_uncounted_results": 1, "total_tokens": None, "latency_ms_p50": None,
        "latency_ms_p95": None, "not_ranked_reason": attack, "unseen_failure_share": 0.5, "scored_cases": 4,
    }  # fmt: skip
    run = {
        "id": "run_1", "status": "failed", "simulated": True, "skill_id": attack, "planned_cases": 1, "repeats": 1,
        "judges": [attack], "best_model": None, "cheapest_model": None, "judge_cost_microcents": None,
        "warnings": [attack],
    }  # fmt: skip
    result = {"model_name": attack, "outcome": "model_error", "error_message": attack, "cost_missing_reason": attack}
    file = io.StringIO()
    terminal = Terminal(file=file, force_terminal=True, color_system=None, width=200)
    report.show(
        terminal,
        {"run": run, "comparison": {"models": [model], "pairs": [pair]}, "results": [result]},
        saved_in=Path("data"),
        json_file=None,
    )
    shown = file.getvalue()
    assert shown.count(visible(attack)) >= 8
    assert not set("\x1b\u202e") & set(shown)
