"""Whatever the level of a log: no key, no password, no prompt and no answer is in it, nor in what a failure says."""

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest

from local.paths import ROOT
from tests.integration.logs.canaries import SKILL, forms, found


@dataclass(frozen=True)
class Said:
    functions: list[str]
    outcomes: list[str]
    texts: list[str]
    told: list[str]
    log: str
    console: str


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    folder = tmp_path_factory.mktemp("loud")
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.logs.loud_stack", str(folder)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads((folder / "report.json").read_text())
    log = "\n".join(path.read_text() for path in (folder / "data" / "logs").iterdir())
    return Said(**report, log=log, console=done.stdout + done.stderr)


def test_every_function_was_loud_and_everything_failed_that_should(said: Said) -> None:
    for folder in said.functions:
        assert f"loud: functions.{folder}.app" in said.log
    assert set(said.outcomes) == {"scored", "model_error", "judge_error"}
    for kind in ("CheckViolation", "ValidationError", "ModelRejected", "ModelUnavailable"):
        assert kind in said.log
    assert '"level":"ERROR"' in said.log
    assert len(said.texts) > 10


def test_no_log_holds_a_secret_or_a_text(said: Said) -> None:
    assert found(said.log, said.texts) == []


def test_what_a_failure_says_to_the_workflow_holds_no_secret_and_no_text(said: Said) -> None:
    assert len(said.told) > 10
    assert found("\n".join(said.told), said.texts) == []


def test_the_console_of_who_runs_it_holds_none(said: Said) -> None:
    assert found(said.console, said.texts) == []


def test_a_text_is_found_in_each_of_its_forms() -> None:
    for form in forms(SKILL):
        assert found(f"level=DEBUG body={form}", [SKILL])
