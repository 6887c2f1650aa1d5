"""Recorded answers and verdicts through the whole pipeline: counts and means come out exactly as they were recorded.

The recording (LLMBar with ratings by GPT-4, 0 to 9, one answer at a time) is not part of this project; where it is
absent the test is skipped. The figures are those that its documentation states, computed there without this project's
code.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from local.database import LocalDatabase
from local.model_api import Latency, ModelApiProcess
from skill_benchmark.adapters.postgres import Database
from tests import recorded_data
from tests.e2e.conftest import Command

# group: cases, ratings missing of the first and second answer, mean ratings, ties, preferred answer rated higher, pairs
STATED = {
    "Natural": (100, 0, 0, 5.8700, 6.6500, 10, 87, 100),
    "Neighbor": (134, 1, 0, 6.0602, 5.9254, 28, 90, 133),
    "GPTInst": (92, 1, 0, 5.6154, 5.6957, 11, 77, 91),
    "GPTOut": (47, 0, 0, 6.7872, 6.3830, 10, 28, 47),
    "Manual": (46, 0, 0, 6.1522, 6.9130, 8, 35, 46),
    "All": (419, 2, 0, 6.0096, 6.2076, 67, 317, 417),
}


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, Any]]:
    return [json.loads(line) for line in recorded_data.recorded("llmbar_replay.jsonl").split("\n") if line]


def replay_lines(recorded: list[dict[str, Any]]) -> Iterator[str]:
    """Quality is ten times the rating; a null rating is a verdict that could not be read."""
    for case in recorded:
        for slot in ("1", "2"):
            rating, output = case[f"gpt4_rating_{slot}"], case[f"output_{slot}"]
            scores = ("faithfulness_score", "relevancy_score", "precision_score", "recall_score", "quality_score")
            verdict = {
                "quality_notes": "recorded",
                **dict.fromkeys(scores, 10 * (rating or 0)),
                "matches_expected": None,
            }
            yield json.dumps({"model": f"output_{slot}", "input": case["input"], "output": output})
            yield json.dumps({"input": case["input"], "output": output, "verdict": None if rating is None else verdict})


@pytest.fixture(scope="module")
def document(recorded: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("replay")
    (folder / "skill.md").write_text("Follow the instruction.\n", encoding="utf-8")
    cases = "".join(json.dumps({"input": case["input"]}) + "\n" for case in recorded)
    (folder / "cases.jsonl").write_text(cases, encoding="utf-8")
    (folder / "replay.jsonl").write_text("".join(f"{line}\n" for line in replay_lines(recorded)), encoding="utf-8")
    with ModelApiProcess(latency=Latency(median=0), replay=folder / "replay.jsonl", models=["gpt-4"]) as api:
        command = Command(folder, dict(os.environ)).with_model_api(api.base_url)
        ended = command(
            "run", "--skill", "skill.md", "--cases", "cases.jsonl", "--models", "output_1,output_2",
            "--judges", "gpt-4", "--json", "out.json",
        )  # fmt: skip
    assert ended.code == 0, ended.err
    document: dict[str, Any] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return document | {"data_dir": folder / ".skill-benchmark"}


@pytest.fixture(scope="module")
def rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The results as they lie in PostgreSQL, read past everything that wrote them."""
    server = LocalDatabase(document["data_dir"] / "postgres", document["data_dir"] / "functions.lock")
    _, runtime = server.start()
    database = Database(runtime.as_secret)
    try:
        with database.transaction("local") as cursor:
            return cursor.execute(
                "SELECT model_name, test_case_index, outcome, quality_score, output_produced, error_type "
                "FROM benchmark_results WHERE benchmark_run_id = %s",
                [document["run"]["id"]],
            ).fetchall()
    finally:
        database.close()
        server.stop()


@pytest.mark.parametrize("group", STATED)
def test_counts_and_means_are_those_that_were_recorded(
    group: str, recorded: list[dict[str, Any]], rows: list[dict[str, Any]]
) -> None:
    cases, missing_1, missing_2, mean_1, mean_2, ties, preferred_higher, pairs = STATED[group]
    members = {index for index, case in enumerate(recorded) if group in {case["subset"], "All"}}
    scores = {
        model: {row["test_case_index"]: row["quality_score"] for row in rows if row["model_name"] == model}
        for model in ("output_1", "output_2")
    }
    first, second = ({index: scores[model][index] for index in members} for model in ("output_1", "output_2"))
    assert len(first) == len(second) == cases
    assert (list(first.values()).count(None), list(second.values()).count(None)) == (missing_1, missing_2)
    assert round(mean(first) / 10, 4) == mean_1
    assert round(mean(second) / 10, 4) == mean_2
    both = [index for index in members if first[index] is not None and second[index] is not None]
    assert len(both) == pairs
    assert sum(first[index] == second[index] for index in both) == ties
    better = {1: [i for i in both if first[i] > second[i]], 2: [i for i in both if second[i] > first[i]]}
    assert (
        sum(recorded[index]["label"] == slot for slot, indexes in better.items() for index in indexes)
        == preferred_higher
    )


def test_every_answer_is_stored_to_the_last_space(recorded: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert row["output_produced"] == recorded[row["test_case_index"]][row["model_name"]]


def test_an_unreadable_verdict_is_an_outcome_and_the_summary_leaves_it_out(
    document: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    unread = [row for row in rows if row["outcome"] != "scored"]
    assert [(row["outcome"], row["error_type"]) for row in unread] == [("judge_error", "JudgeUnreadable")] * 2
    summaries = {summary["model_name"]: summary for summary in document["comparison"]["models"]}
    assert summaries["output_1"]["excluded_by_outcome"] == {"judge_error": 2}
    assert round(summaries["output_1"]["mean_quality_score"], 3) == 60.096
    assert round(summaries["output_2"]["mean_quality_score"], 3) == 62.076
    assert (document["run"]["planned_results"], document["run"]["scored_results"]) == (838, 836)


def mean(scores: dict[int, float | None]) -> float:
    known = [score for score in scores.values() if score is not None]
    return sum(known) / len(known)
