"""The command as a person runs it: in a process of its own, with a key and a URL or with neither."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

SECONDS = 300


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass
class Command:
    """`skill-benchmark` in an empty folder."""

    folder: Path
    environment: dict[str, str]

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "local.cli.main", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __call__(self, *arguments: str) -> Ended:
        with self.begin(*arguments) as process:
            out, err = process.communicate(timeout=SECONDS)
        return Ended(process.returncode, out, err)

    def with_model_api(self, base_url: str) -> "Command":
        return Command(
            self.folder, self.environment | {"ANTHROPIC_API_KEY": "a-key-of-a-test", "ANTHROPIC_BASE_URL": base_url}
        )


@pytest.fixture
def command(tmp_path: Path) -> Command:
    root = Path(__file__).parents[2]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "AWS_"))}
    environment["PYTHONPATH"] = os.pathsep.join([str(root), str(root / "layers" / "core")])
    environment["COLUMNS"] = "100"
    return Command(tmp_path, environment)


def interrupt(process: "subprocess.Popen[str]") -> None:
    """Ctrl-C, as a terminal sends it: to the whole group."""
    os.killpg(process.pid, signal.SIGINT)


def skill_and_cases(folder: Path, lines: Sequence[str]) -> tuple[str, str]:
    """Write a skill and its cases; returns both paths."""
    skill, cases = folder / "skill.md", folder / "cases.jsonl"
    skill.write_text("Repeat the input.\n", encoding="utf-8")
    cases.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(skill), str(cases)
