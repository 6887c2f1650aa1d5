"""What a person hands over is checked before anything is started: one line that says what to change."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from local.cli.inputs import RunArguments, read_cases, read_inputs
from local.cli.main import main
from local.errors import LocalError
from skill_benchmark.domain.errors import InvalidInput


@pytest.fixture
def arguments(tmp_path: Path) -> RunArguments:
    skill, cases = tmp_path / "Triage E-mail.md", tmp_path / "cases.jsonl"
    skill.write_text("Answer.", encoding="utf-8")
    cases.write_text('{"input": "a", "expected_output": "b"}\n\n{"input": "c"}\n', encoding="utf-8")
    return RunArguments(skill, cases, None, None, 1, None, tmp_path / "data", None, 0.5)


def test_a_skill_and_its_cases_become_a_request(arguments: RunArguments) -> None:
    inputs = read_inputs(arguments)
    assert inputs.skill_id == "triage-e-mail"
    assert inputs.body["skill_content"] == "Answer."
    assert inputs.body["test_cases"] == [{"input": "a", "expected_output": "b"}, {"input": "c"}]
    assert "models" not in inputs.body


def test_a_skill_called_skill_has_the_name_of_its_folder(arguments: RunArguments, tmp_path: Path) -> None:
    path = tmp_path / "refunds" / "SKILL.md"
    path.parent.mkdir()
    path.write_text("x", encoding="utf-8")
    assert read_inputs(replace(arguments, skill=path)).skill_id == "refunds"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"input": "a"', "not JSON"),
        ("[1]", "line: should be an object"),
        ('{"expected_output": "b"}', "input: is missing"),
        ('{"input": 5}', "input: should be a string"),
        ('{"input": "a", "expectedOutput": "b"}', "expectedOutput: is not known; did you mean `expected_output`?"),
        ('{"input": "a", "checks": [{"value": "b"}]}', "checks.0: needs a `type`, one of: exact, contains"),
        ("[" * 100_000, "line: is nested deeper than 64 levels"),
        ('{"input": "a", "checks": ' + "[" * 100 + "]" * 100 + "}", "checks: is nested deeper than 64 levels"),
        ('{"input": "a", "input": "b"}', "input: is given twice in one object"),
    ],
)
def test_a_broken_line_is_named_by_its_number_and_why(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(f'{{"input": "fine"}}\n\n{line}\n', encoding="utf-8")
    with pytest.raises(LocalError) as raised:
        read_cases(path)
    assert f"line 3: {reason}" in str(raised.value) or reason in str(raised.value)
    assert "\n" not in str(raised.value)


def test_lines_end_at_newlines_only(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps({"input": "a\u2028b\x85c"}, ensure_ascii=False) + "\r\n", encoding="utf-8")
    assert read_cases(path)[0].input == "a\u2028b\x85c"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(" \n\n", encoding="utf-8")
    with pytest.raises(LocalError, match="is empty"):
        read_cases(path)


def test_a_skill_that_is_not_utf_8_is_refused_with_the_byte(arguments: RunArguments, tmp_path: Path) -> None:
    path = tmp_path / "latin.md"
    path.write_bytes("größer".encode("latin-1"))
    with pytest.raises(LocalError, match=r"not UTF-8 .byte 2"):
        read_inputs(replace(arguments, skill=path))


def test_a_file_that_is_not_there_is_named(arguments: RunArguments, tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"--skill .*absent\.md: No such file"):
        read_inputs(replace(arguments, skill=tmp_path / "absent.md"))


def test_a_skill_without_cases_is_half_a_request(arguments: RunArguments) -> None:
    with pytest.raises(LocalError, match="--skill needs --cases"):
        read_inputs(replace(arguments, cases=None))


def test_limits_hold_before_anything_is_started(arguments: RunArguments) -> None:
    with pytest.raises(InvalidInput, match=r"^max_concurrency: 0"):
        read_inputs(replace(arguments, max_concurrency=0))
    with pytest.raises(InvalidInput, match=r"^models: 'a' is named twice"):
        read_inputs(replace(arguments, models=["a", "a"]))


def test_a_place_that_cannot_be_written_is_told_at_once(arguments: RunArguments, tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"--json .* cannot be written"):
        read_inputs(replace(arguments, json_file=tmp_path / "none" / "out.json"))


@pytest.mark.parametrize(
    "line",
    [
        ["run", "--modles", "a"],
        ["run", "--repeats", "two"],
        ["run", "--mod", "a"],
        ["walk"],
        [],
        ["run", "--skill", "/no/such/file", "--cases", "/no/such/file"],
        ["run", "--models", "a,,b"],
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(line)
    except SystemExit as exit_:
        code = int(str(exit_.code))
    assert code == 2
    message = capsys.readouterr().err
    assert message.startswith("skill-benchmark")
    assert message.count("\n") == 1
