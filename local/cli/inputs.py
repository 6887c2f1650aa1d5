"""What a person hands to `skill-benchmark run`, read and checked before anything is started."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from local.cli import json_file
from local.errors import LocalError
from local.paths import ROOT
from skill_benchmark.domain import strict_json
from skill_benchmark.domain.limits import DEFAULT_CONCURRENCY
from skill_benchmark.domain.mistakes import mistakes
from skill_benchmark.domain.plan import (
    TestCase,
    check_size,
    checked_cases,
    checked_skill,
)

EXAMPLE = ROOT / "events" / "example"


@dataclass(frozen=True)
class RunArguments:
    """The options of `run`; None is an option that was not given."""

    skill: Path | None
    cases: Path | None
    models: list[str] | None
    judges: list[str] | None
    repeats: int
    max_concurrency: int | None
    data_dir: Path
    json_file: Path | None
    min_scored: float
    """The share of the planned results below which the command exits with 1."""


@dataclass(frozen=True)
class RunInputs:
    """A request body for the API, and the skill's id."""

    skill_id: str
    body: dict[str, Any]


def read_inputs(arguments: RunArguments) -> RunInputs:
    """Read the files and check the whole request. Raises LocalError or InvalidInput with one line to act on."""
    if (arguments.skill is None) != (arguments.cases is None):
        given, absent = ("--skill", "--cases") if arguments.skill else ("--cases", "--skill")
        raise LocalError(f"{given} needs {absent}; without both, the example is run")
    skill_file = arguments.skill or EXAMPLE / "email_triage.md"
    cases_file = arguments.cases or EXAMPLE / "cases.jsonl"
    skill = _read_text(skill_file, "--skill")
    checked_skill(skill, f"--skill {skill_file}")
    cases = read_cases(cases_file)
    checked_cases(cases, f"--cases {cases_file}: test_cases")
    max_concurrency = DEFAULT_CONCURRENCY if arguments.max_concurrency is None else arguments.max_concurrency
    check_size(
        len(cases), arguments.models or ["default"], arguments.judges or ["default"], arguments.repeats, max_concurrency
    )
    if arguments.json_file:
        json_file.check_writable(arguments.json_file)
    body: dict[str, Any] = {
        "skill_content": skill,
        "test_cases": [case.model_dump(mode="json", exclude_none=True) for case in cases],
        "repeats": arguments.repeats,
        "max_concurrency": max_concurrency,
        "triggered_by": "command line",
    }
    body |= {name: names for name in ("models", "judges") if (names := getattr(arguments, name)) is not None}
    return RunInputs(skill_id_of(skill_file), body)


def read_cases(path: Path) -> list[TestCase]:
    """Read test cases from JSON lines. Raises LocalError with the number of a line that is broken, and why."""
    cases = []
    for number, line in enumerate(_read_text(path, "--cases").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            cases.append(TestCase.model_validate(strict_json.parsed(line)))
        except ValidationError as error:
            first = mistakes(error, TestCase)[0]
            raise LocalError(f"--cases {path}: line {number}: {first.place or 'line'}: {first.message}") from error
        except strict_json.NotJsonError as error:
            raise LocalError(f"--cases {path}: line {number}: not JSON ({error})") from error
        except strict_json.RefusedJsonError as error:
            place = ".".join(map(str, error.path)) or "line"
            raise LocalError(f"--cases {path}: line {number}: {place}: {error}") from error
    if not cases:
        raise LocalError(f'--cases {path}: is empty; write lines of {{"input": "…", "expected_output": "…"}}')
    return cases


def _read_text(path: Path, option: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LocalError(
            f"{option} {path}: is not UTF-8 (byte {error.start}: {error.reason}); save it as UTF-8"
        ) from error
    except OSError as error:
        raise LocalError(f"{option} {path}: {error.strerror}") from error


def skill_id_of(path: Path) -> str:
    """A skill is known by its file: `skills/triage.md` is `triage`, `triage/skill.md` is `triage` too."""
    name = path.absolute().parent.name if path.stem.lower() == "skill" else path.stem
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "skill"
