"""`skill-benchmark run`, from the command line to the table, the JSON file and the exit code."""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from local.model_api import Fault, Latency, ModelApiProcess
from tests.e2e.conftest import Command, interrupt, skill_and_cases

CASES = [json.dumps({"input": f"case {index}", "expected_output": "x"}) for index in range(3)]


def test_without_a_key_the_example_runs_and_everything_says_simulated(command: Command) -> None:
    ended = command("run", "--json", "out.json")
    assert ended.code == 0, ended.err
    assert "simulated" in ended.out
    assert "18 / 18" in ended.out
    document = json.loads((command.folder / "out.json").read_text(encoding="utf-8"))
    assert set(document) == {"run", "comparison", "results"}
    assert document["run"]["simulated"] is True
    assert len(document["results"]) == document["run"]["planned_results"] == 36
    assert {row["model_provider"] for row in document["results"]} == {"simulated"}
    assert (command.folder / ".skill-benchmark" / "postgres").is_dir()


def test_with_a_key_and_a_url_the_real_sdk_talks_to_that_url(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, CASES)
    with ModelApiProcess(models=["model-a", "model-b", "judge-j"], keep_requests=True) as api:
        ended = command.with_model_api(api.base_url)(
            "run", "--skill", skill, "--cases", cases, "--models", "model-a,model-b", "--judges", "judge-j",
            "--repeats", "2", "--json", "out.json",
        )  # fmt: skip
        assert api.calls()["answer model-a"] == 6
        assert api.calls()["verdict judge-j"] == 12
    assert ended.code == 0, ended.err
    assert "simulated" not in ended.out
    document = json.loads((command.folder / "out.json").read_text(encoding="utf-8"))
    assert document["run"]["simulated"] is False
    assert {row["estimated_cost_microcents"] for row in document["results"]} == {None}
    assert document["results"][0]["cost_missing_reason"] == "no price is known for model 'model-a' of anthropic"
    assert "a-key-of-a-test" not in str(document)


def test_the_key_is_nowhere_on_disk(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, CASES[:1])
    with ModelApiProcess() as api:
        assert command.with_model_api(api.base_url)("run", "--skill", skill, "--cases", cases).code == 0
    searched = [path for path in command.folder.rglob("*") if path.is_file()]
    assert len(searched) > 100
    for path in searched:
        assert b"a-key-of-a-test" not in path.read_bytes(), path


def test_an_unknown_model_is_bad_input_and_costs_nothing(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, CASES)
    with ModelApiProcess() as api:
        ended = command.with_model_api(api.base_url)(
            "run", "--skill", skill, "--cases", cases, "--models", "claude-haiku-5-5,no-such-model"
        )
        assert api.calls() == {}
    assert ended.code == 2
    assert "models: the provider has no model 'no-such-model'" in ended.err
    assert "Traceback" not in ended.err


def test_a_model_that_always_fails_does_not_fail_the_command(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, CASES)
    with ModelApiProcess(faults=[Fault(what="rejected", model="claude-haiku-5-5")]) as api:
        ended = command.with_model_api(api.base_url)("run", "--skill", skill, "--cases", cases)
    assert ended.code == 0, ended.err
    assert "3 × claude-haiku-5-5 model_error: HTTP 400: this request will never be accepted" in ended.out
    assert "0 / 3" in ended.out


def test_a_run_in_which_nothing_is_scored_fails_the_command_and_says_why(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, CASES)
    with ModelApiProcess(faults=[Fault(what="rejected", kinds=["answer"])]) as api:
        ended = command.with_model_api(api.base_url)(
            "run", "--skill", skill, "--cases", cases, "--min-scored", "0", "--json", "out.json"
        )
    assert ended.code == 1
    assert "none of the 6 planned results was scored (6 model_error); each result has its reason" in ended.err
    assert "3 × claude-haiku-5-5 model_error: HTTP 400: this request will never be accepted" in ended.out
    document = json.loads((command.folder / "out.json").read_text(encoding="utf-8"))
    assert document["run"]["status"] == "failed"
    assert document["run"]["error_type"] == "NothingScored"
    assert len(document["results"]) == 6


def test_a_server_that_cannot_be_reached_fails_the_command(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, CASES[:1])
    with socket.create_server(("127.0.0.1", 0)) as once_used:
        port = once_used.getsockname()[1]
    ended = command.with_model_api(f"http://127.0.0.1:{port}")(
        "run", "--skill", skill, "--cases", cases, "--models", "claude-haiku-5-5"
    )
    assert ended.code == 1
    assert "none of the 1 planned results was scored (1 model_error)" in ended.err
    assert "no connection to the model API" in ended.out


def test_less_than_the_stated_share_scored_fails_the_command_and_says_so(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, CASES)
    with ModelApiProcess(faults=[Fault(what="rejected", model="claude-haiku-5-5")]) as api:
        ended = command.with_model_api(api.base_url)("run", "--skill", skill, "--cases", cases, "--min-scored", "0.51")
    assert ended.code == 1
    assert "3 of 6 planned results were scored, and --min-scored asks for a share of 0.51" in ended.err


def test_a_price_that_nobody_knows_is_unknown_and_not_nothing(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, CASES)
    with ModelApiProcess(models=["of-our-own"]) as api:
        ended = command.with_model_api(api.base_url)(
            "run", "--skill", skill, "--cases", cases, "--models", "claude-haiku-5-5,of-our-own"
        )
    assert ended.code == 0, ended.err
    assert "cost unknown: 3\n  3 × of-our-own: no price is known for model 'of-our-own' of anthropic" in ended.out
    assert "cheapest      claude-haiku-5-5" in ended.out


def test_runs_are_kept_and_the_next_command_adds_to_them(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, CASES[:1])
    assert command("run", "--skill", skill, "--cases", cases, "--data-dir", "kept").code == 0
    assert command("run", "--skill", skill, "--cases", cases, "--data-dir", "kept").code == 0
    assert len(list((command.folder / "kept" / "objects").glob("runs/*"))) == 2


def test_a_data_directory_in_use_is_refused(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, CASES)
    with (
        ModelApiProcess(latency=Latency(median=1)) as api,
        command.with_model_api(api.base_url).begin("run", "--skill", skill, "--cases", cases) as first,
    ):
        await_lock(command.folder / ".skill-benchmark" / "lock")
        ended = command("run", "--skill", skill, "--cases", cases)
        interrupt(first)
        first.communicate(timeout=60)
    assert ended.code == 2
    assert f"in use by process {first.pid}" in ended.err
    assert ended.err.count("\n") == 1


def test_a_place_that_cannot_be_written_is_refused(command: Command) -> None:
    skill, cases = skill_and_cases(command.folder, CASES)
    (command.folder / "a-file").write_text("", encoding="utf-8")
    ended = command("run", "--skill", skill, "--cases", cases, "--data-dir", "a-file/data")
    assert ended.code == 2
    assert "cannot be written" in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("after_seconds", [0.5, 3.0])
def test_ctrl_c_cancels_the_run_keeps_what_was_done_and_stops_the_server(
    command: Command, after_seconds: float
) -> None:
    lines = [json.dumps({"input": f"case {index}"}) for index in range(200)]
    skill, cases = skill_and_cases(command.folder, lines)
    with ModelApiProcess(latency=Latency(median=0.2)) as api:
        process = command.with_model_api(api.base_url).begin(
            "run", "--skill", skill, "--cases", cases, "--max-concurrency", "4", "--json", "out.json"
        )
        with process:
            await_objects(command.folder / ".skill-benchmark" / "objects", process)
            time.sleep(after_seconds)
            interrupt(process)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "is cancelled, what was done is kept" in err
    assert "Traceback" not in err
    document = json.loads((command.folder / "out.json").read_text(encoding="utf-8"))
    assert document["run"]["status"] == "cancelled"
    assert len(document["results"]) < 400
    assert_no_server(command.folder)


@pytest.mark.parametrize("after_seconds", [0.0, 0.1, 0.4, 0.8])
def test_ctrl_c_before_the_run_has_begun_leaves_nothing_running(command: Command, after_seconds: float) -> None:
    skill, cases = skill_and_cases(command.folder, CASES)
    with command.begin("run", "--skill", skill, "--cases", cases) as process:
        await_lock(command.folder / ".skill-benchmark" / "lock")
        time.sleep(after_seconds)
        interrupt(process)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert "interrupted" in err
    assert "Traceback" not in err
    assert_no_server(command.folder)


def await_lock(lock: Path) -> None:
    deadline = time.monotonic() + 60
    while not (lock.is_file() and lock.read_text(encoding="utf-8")):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def await_objects(folder: Path, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 60
    while not list(folder.glob("runs/*/answers/*.json")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)


def assert_no_server(folder: Path) -> None:
    pid_file = folder / ".skill-benchmark" / "postgres" / "postmaster.pid"
    deadline = time.monotonic() + 10
    while pid_file.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not pid_file.exists()
    arguments = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
    assert not [line for line in arguments if str(folder).encode() in line]


def test_a_plan_is_made_of_the_runs_that_are_kept(command: Command) -> None:
    assert command("run", "--repeats", "2").code == 0
    ended = command("plan", "--difference", "5", "--json", "plan.json")
    assert ended.code == 0, ended.err
    plan = json.loads((command.folder / "plan.json").read_text(encoding="utf-8"))
    assert (plan["skill_id"], plan["simulated"], plan["current_cases"]) == ("email-triage", True, 18)
    assert len(plan["runs"]) == 1
    sources = {component["name"]: component["source"] for component in plan["components"]}
    assert (sources["repeat"], sources["judge"]) == ("history", "default")
    assert "simulated: a stand-in answered" in ended.out
    assert "18 cases find" in ended.out
    assert f"{plan['recommended']['cases']:,} test cases × 1" in ended.out

    unknown = command("plan", "--difference", "5", "--skill-id", "never-run")
    assert unknown.code == 0, unknown.err
    assert "by default and not measured: case, repeat, judge" in unknown.out
