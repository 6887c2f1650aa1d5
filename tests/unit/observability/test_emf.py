"""Every metric that can be recorded is one that CloudWatch takes, and no id is a dimension."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import ValidationError

from skill_benchmark import observability
from skill_benchmark.domain.errors import JudgeUnreadable, ModelThrottled
from skill_benchmark.domain.records import Call
from tests.unit.conftest import Written
from tests.unit.emf import Metric, metrics_of
from tests.unit.functions.conftest import Context

EVENT: dict[str, object] = {"run_id": "run_1", "tenant_id": "acme", "case_index": 7, "answer_id": "a1"}


def recorded(written: Written, record: Callable[[], None], event: dict[str, object] | None = None) -> list[Metric]:
    @observability.observed
    def handler(event: dict[str, object], context: Any) -> None:
        record()

    handler(EVENT if event is None else event, Context())
    return [metric for line in written() for metric in metrics_of(line)]


RECORDS: dict[str, Callable[[], None]] = {
    "record_answer": lambda: observability.record_answer("answered"),
    "record_verdict": lambda: observability.record_verdict(JudgeUnreadable("no")),
    "record_model_call": lambda: observability.record_model_call(
        "answer", "model-a", Call(latency_ms=900, first_token_ms=300, cost_microcents=300_000)
    ),
    "record_model_error": lambda: observability.record_model_error("verdict", ModelThrottled("HTTP 429")),
    "record_run_end": lambda: observability.record_run_end("completed", planned=3, scored=0),
    "record_results": lambda: observability.record_results({"scored": 90, "missing": 10}),
    "record_queue": lambda: observability.record_queue(3, 12.5),
    "record_reconciler_action": lambda: observability.record_reconciler_action("ended", 2),
    "record_oldest_run": lambda: observability.record_oldest_run(3600.5),
}


def test_everything_that_can_be_recorded_is_tried() -> None:
    assert set(RECORDS) == {name for name in vars(observability) if name.startswith("record_")}


@pytest.mark.parametrize("name", RECORDS)
def test_what_is_recorded_is_valid_and_has_no_id_as_a_dimension(written: Written, name: str) -> None:
    metrics = recorded(written, RECORDS[name])
    assert metrics
    for metric in metrics:
        assert metric.namespace == "SkillBenchmark"
        assert metric.labels.pop("service") == "skill-benchmark"
        assert set(metric.labels) <= {"service", "outcome", "purpose", "model", "error_type", "status", "action"}
        assert not set(metric.labels.values()) & {"run_1", "acme", "7", "a1"}


def test_a_line_of_metrics_says_what_it_is_about(written: Written) -> None:
    recorded(written, RECORDS["record_answer"])
    [line] = [json.loads(line) for line in written()]
    assert {name: line[name] for name in EVENT} == EVENT
    assert (line["function_name"], line["function_request_id"]) == ("function", "request")


def test_the_service_is_the_stack(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "staging")
    [metric] = recorded(written, RECORDS["record_answer"])
    assert metric.labels["service"] == "staging"


def test_a_call_is_measured_as_far_as_it_is_known(written: Written) -> None:
    metrics = recorded(written, RECORDS["record_model_call"])
    assert {(metric.name, metric.unit, metric.values) for metric in metrics} == {
        ("ModelLatency", "Milliseconds", (900.0,)),
        ("TimeToFirstToken", "Milliseconds", (300.0,)),
        ("CostMicrocents", "None", (300_000.0,)),
    }
    assert recorded(written, lambda: observability.record_model_call("answer", "m", Call()))[len(metrics) :] == []


@pytest.mark.parametrize(
    ("status", "planned", "scored", "alarming"),
    [
        ("completed_with_failures", 10, 0, 1),
        ("failed", 10, None, 1),
        ("completed", 10, 1, 0),
        ("cancelled", 10, 0, 0),
        ("failed", 0, 0, 0),
    ],
)
def test_a_run_without_a_score_counts_unless_somebody_stopped_it(
    written: Written, status: str, planned: int, scored: int | None, alarming: int
) -> None:
    metrics = recorded(written, lambda: observability.record_run_end(status, planned=planned, scored=scored))
    [without] = [metric for metric in metrics if metric.name == "RunsWithoutScore"]
    assert without.values == (alarming,)


def test_metrics_are_written_when_the_handler_fails_too(written: Written) -> None:
    def fail() -> None:
        observability.record_answer("answered")
        raise ModelThrottled("HTTP 429")

    with pytest.raises(ModelThrottled):
        recorded(written, fail)
    assert [metric.name for line in written() for metric in metrics_of(line)] == ["Answers"]


def test_nothing_of_one_invocation_is_in_the_next(written: Written) -> None:
    recorded(written, RECORDS["record_answer"])
    metrics = recorded(written, RECORDS["record_queue"], {})
    assert [metric.name for metric in metrics] == ["Answers", "QueuedRuns", "QueueWait"]
    assert "run_id" not in json.loads(written()[-1])


def test_a_line_is_one_write_so_that_no_other_thread_gets_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[str] = []
    monkeypatch.setattr(observability, "sys", SimpleNamespace(stdout=SimpleNamespace(write=writes.append, flush=int)))

    @observability.observed
    def handler(event: dict[str, object], context: Any) -> None:
        RECORDS["record_model_call"]()

    handler(EVENT, Context())
    assert len(writes) == 2
    assert all(written.count("\n") == 1 and written.endswith("}\n") for written in writes)


GOOD: dict[str, Any] = {
    "_aws": {
        "Timestamp": 1_795_443_000_000,
        "CloudWatchMetrics": [
            {"Namespace": "N", "Dimensions": [["service"]], "Metrics": [{"Name": "m", "Unit": "Count"}]}
        ],
    },
    "service": "s",
    "m": [1.0],
}


def spoilt(**changes: Any) -> str:
    document = json.loads(json.dumps(GOOD)) | {key: value for key, value in changes.items() if key in {"service", "m"}}
    document["_aws"] |= {key: value for key, value in changes.items() if key == "Timestamp"}
    document["_aws"]["CloudWatchMetrics"][0] |= {
        key: changes[key] for key in changes if key[0].isupper() and key != "Timestamp"
    }
    return json.dumps(document)


def test_the_check_itself_takes_what_is_right() -> None:
    assert [metric.name for metric in metrics_of(json.dumps(GOOD))] == ["m"]
    assert metrics_of('{"level": "INFO"}') == []


@pytest.mark.parametrize(
    "changes",
    [
        {"Timestamp": 1_795_443_000},
        {"Namespace": ""},
        {"Dimensions": []},
        {"Dimensions": [["absent"]]},
        {"Dimensions": [[f"d{number}" for number in range(31)]]},
        {"Metrics": []},
        {"Metrics": [{"Name": "m", "Unit": "Dollars"}]},
        {"Metrics": [{"Name": "absent"}]},
        {"Metrics": [{"Name": "m", "StorageResolution": 5}]},
        {"service": 3},
        {"service": " "},
        {"m": "1"},
        {"m": [1.0] * 101},
        {"m": [None]},
    ],
    ids=str,
)
def test_the_check_itself_refuses_what_cloudwatch_drops(changes: dict[str, Any]) -> None:
    with pytest.raises((AssertionError, ValidationError, KeyError)):
        metrics_of(spoilt(**changes))
