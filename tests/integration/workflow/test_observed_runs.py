"""What the functions of a whole run say of it: many invocations at a time in each process, each in its own words."""

import json
from collections import Counter
from typing import Any

import pytest

from local.model_api import Fault
from tests.integration.conftest import JUDGE, MODELS, Service, cases
from tests.unit.emf import Metric, metrics_of

# Prepare Run and Check Models say nothing when all is well.
OF_A_RUN = {"admit_run", "call_model", "judge_answer", "write_results", "complete_run"}
OF_AN_ANSWER = {"call_model", "judge_answer"}


@pytest.fixture(scope="module")
def said(service: Service) -> dict[str, list[dict[str, Any]]]:
    """What each function logged of one run, and of the reconciler that looked at it."""
    run = service.run(
        cases(8),
        Fault(what="throttled", model=MODELS[0], kinds=("answer",), contains="case 2", first=1),
        Fault(what="refusal", model=MODELS[1], contains="case 3"),
        max_concurrency=16,
    ).run
    service.stack.invoke("reconcile", {})
    found: dict[str, list[dict[str, Any]]] = {}
    for path in service.stack.functions._log_dir.glob("*.log"):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
        found[path.stem] = [line for line in lines if line.get("run_id", run["id"]) == run["id"]]
    return found


def metrics(said: dict[str, list[dict[str, Any]]], name: str) -> list[Metric]:
    every = [metric for lines in said.values() for line in lines for metric in metrics_of(json.dumps(line))]
    return [metric for metric in every if metric.name == name]


def total(said: dict[str, list[dict[str, Any]]], name: str, **labels: str) -> float:
    matching = [metric for metric in metrics(said, name) if labels.items() <= metric.labels.items()]
    return sum(value for metric in matching for value in metric.values)


def test_every_line_of_a_function_of_the_run_names_it(said: dict[str, list[dict[str, Any]]]) -> None:
    for function in OF_A_RUN:
        assert said[function], function
        assert all("run_id" in line for line in said[function]), function
        assert all(("tenant_id" in line) == (function != "judge_answer") for line in said[function]), function
    for function in OF_AN_ANSWER:
        assert all({"case_index", "answer_id"} <= set(line) for line in said[function]), function


def test_the_metrics_of_a_run_add_up_to_it(said: dict[str, list[dict[str, Any]]]) -> None:
    assert total(said, "Answers") == 16
    assert total(said, "Answers", outcome="refused") == 1
    assert total(said, "Verdicts", outcome="scored") == 15
    assert total(said, "ModelCallErrors", error_type="ModelThrottled") == 1
    assert total(said, "Results", outcome="scored") == 15
    assert total(said, "Runs", status="completed_with_failures") == 1
    assert total(said, "RunsWithoutScore") == 0
    assert Counter(metric.labels["model"] for metric in metrics(said, "ModelLatency")) == {
        MODELS[0]: 8,
        MODELS[1]: 8,
        JUDGE: 15,
    }


def test_the_queue_and_the_reconciler_are_measured(said: dict[str, list[dict[str, Any]]]) -> None:
    assert metrics(said, "QueuedRuns")
    assert metrics(said, "QueueWait")
    assert metrics(said, "OldestRunAge")


def test_each_answer_is_measured_under_its_own_id(said: dict[str, list[dict[str, Any]]]) -> None:
    lines = [line for line in said["call_model"] if "Answers" in line]
    assert len({line["answer_id"] for line in lines}) == len(lines) == 16
    assert {line["service"] for line in lines} == {"skill-benchmark"}
