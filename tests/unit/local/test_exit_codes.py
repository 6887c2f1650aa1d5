"""What the shell is told of a run that has ended."""

from typing import Any

import pytest

from local.cli.exit_codes import BAD_INPUT, FAILED, exit_code_of
from local.cli.main import main


def a_run(status: str, scored: int = 0, error_type: str | None = None) -> dict[str, Any]:
    return {
        "status": status,
        "scored_results": scored,
        "planned_results": 20,
        "error_type": error_type,
        "error_message": "why" if error_type else None,
    }


@pytest.mark.parametrize(
    ("run", "min_scored", "expected"),
    [
        (a_run("completed", 20), 1.0, (0, None)),
        (a_run("completed_with_failures", 10), 0.5, (0, None)),
        (a_run("failed", 0, "NothingScored"), 0.0, (FAILED, "why")),
        (a_run("cancelled", 20, "ABORTED"), 0.0, (FAILED, "why")),
        (a_run("failed", 0, "UnknownModel"), 0.0, (BAD_INPUT, "why")),
        (a_run("failed", 0, "AccessDenied"), 0.0, (BAD_INPUT, "why")),
    ],
)
def test_an_exit_code_tells_how_a_run_ended(
    run: dict[str, Any], min_scored: float, expected: tuple[int, str | None]
) -> None:
    assert exit_code_of(run, min_scored) == expected


def test_a_run_that_scored_less_than_the_stated_share_fails_and_says_so() -> None:
    code, reason = exit_code_of(a_run("completed_with_failures", 9), 0.5)
    assert code == FAILED
    assert reason == "9 of 20 planned results were scored, and --min-scored asks for a share of 0.5"


def test_every_share_that_is_scored_exactly_is_enough() -> None:
    runs = [a_run("completed_with_failures", scored) | {"planned_results": 100} for scored in range(101)]
    assert [exit_code_of(run, run["scored_results"] / 100)[0] for run in runs] == [0] * 101


@pytest.mark.parametrize("text", ["-0.1", "1.1", "50", "half", "nan"])
def test_a_share_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", f"--min-scored={text}"])
    assert ended.value.code == BAD_INPUT
    assert f"{text!r} is not a share from 0 to 1" in capsys.readouterr().err
