"""A run, end to end: from a request to rows in PostgreSQL."""

import json
from typing import Any

from local.model_api import Fault
from tests.integration.conftest import JUDGE, MODELS, Service, cases

SONNET, HAIKU = MODELS


def test_every_planned_result_is_there_exactly_once(service: Service) -> None:
    finished = service.run(cases(4), repeats=2)
    assert finished.run["status"] == "completed"
    assert finished.run["planned_results"] == finished.run["scored_results"] == 16
    keys = [(row["test_case_index"], row["model_name"], row["repeat_index"]) for row in finished.results]
    assert sorted(keys) == sorted(
        {(case, model, repeat) for case in range(4) for model in MODELS for repeat in range(2)}
    )
    assert service.model_api.calls() == {
        f"check {SONNET}": 1,
        f"check {HAIKU}": 1,
        f"check {JUDGE}": 1,
        f"answer {SONNET}": 8,
        f"answer {HAIKU}": 8,
        f"verdict {JUDGE}": 16,
    }


def test_a_simulated_run_says_so_in_every_row(service: Service) -> None:
    finished = service.run(cases(1))
    assert finished.run["simulated"] is True
    assert {row["model_provider"] for row in finished.results} == {"simulated"}
    with service.database() as cursor:
        rows = cursor.execute(
            "SELECT DISTINCT model_provider FROM token_measurements WHERE benchmark_run_id = %s", [finished.run["id"]]
        ).fetchall()
    assert rows == [{"model_provider": "simulated"}]


def test_the_summaries_are_what_the_rows_add_up_to(service: Service) -> None:
    finished = service.run(
        cases(6),
        Fault(what="refusal", model=HAIKU, contains="case 3"),
        Fault(what="rejected", model=HAIKU, contains="case 5"),
    )
    with service.database() as cursor:
        recomputed = cursor.execute(
            "SELECT model_name, count(*) FILTER (WHERE outcome = 'scored') AS scored_results, "
            "avg(quality_score) AS mean_quality_score, stddev_samp(quality_score) AS quality_sd, "
            "avg(recall_score) AS mean_recall_score, "
            "sum(estimated_cost_microcents)::bigint AS estimated_cost_microcents, "
            "percentile_disc(0.5) WITHIN GROUP (ORDER BY latency_ms) AS latency_ms_p50, "
            "percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_ms) AS latency_ms_p95, "
            "sum(total_tokens)::bigint AS total_tokens, "
            "count(*) FILTER (WHERE matches_expected) AS matched_results, "
            "count(matches_expected) AS match_counted_results "
            "FROM benchmark_results WHERE benchmark_run_id = %s GROUP BY model_name",
            [finished.run["id"]],
        ).fetchall()
    assert len(recomputed) == 2
    for row in recomputed:
        summary = finished.summary(row["model_name"])
        for name, value in row.items():
            same = value == summary[name] or abs(value - summary[name]) < 1e-9
            assert same, f"{name}: {value} in the rows, {summary[name]} in the summary"
    assert finished.summary(HAIKU)["excluded_by_outcome"] == {"model_error": 1, "refused": 1}


def test_what_was_measured_is_measured_as_a_benchmark(service: Service) -> None:
    finished = service.run(cases(2))
    with service.database() as cursor:
        measured = cursor.execute(
            "SELECT count(*) AS n, sum(estimated_cost_microcents)::bigint AS cost FROM token_measurements "
            "WHERE benchmark_run_id = %s AND source = 'benchmark'",
            [finished.run["id"]],
        ).fetchone()
    assert measured == {"n": 4, "cost": finished.run["model_cost_microcents"]}


def test_completing_a_run_again_changes_nothing(service: Service) -> None:
    finished = service.run(cases(2), Fault(what="rejected", model=HAIKU, contains="case 1"))
    execution = {"execution_arn": finished.run["execution_arn"], "redrive_count": 0}
    event = {"run_id": finished.run["id"], "tenant_id": "local", **execution}
    late = {"status": "FAILED", "error": "Late", "cause": "too late", "executionArn": finished.run["execution_arn"]}
    for ended in (None, late):
        service.stack.invoke("write_results", event | {"first_case": 0, "end_case": 2, "ended": ended})
        service.stack.invoke("complete_run", event | {"written": [], "ended": ended})
    assert service.finished(finished.run["id"]) == finished


def test_one_key_is_one_run(service: Service) -> None:
    service.model_api.set_faults()
    first, again = (service.start(cases(1), {"Idempotency-Key": "nightly-1"}) for _ in range(2))
    assert (first.status, again.status) == (202, 202)
    assert first.json() == again.json()
    other = service.start(cases(2), {"Idempotency-Key": "nightly-1"})
    assert other.status == 409
    assert other.headers["content-type"] == "application/problem+json"
    service.wait(first.json()["run_id"])
    assert service.model_api.calls()[f"answer {SONNET}"] == 1


def test_a_judge_is_sent_nothing_that_tells_who_answered(service: Service) -> None:
    finished = service.run([{"input": "only case"}], triggered_by="sentinel-purpose")
    verdicts = [body for body in service.model_api.requests() if "output_config" in body]
    assert len(verdicts) == 2
    for body in verdicts:
        sent = json.dumps({key: value for key, value in body.items() if key != "model"})
        for secret in (
            SONNET,
            HAIKU,
            finished.run["id"],
            "sentinel-purpose",
            *(r["answer_id"] for r in finished.results),
        ):
            assert secret not in sent


def test_the_map_runs_counts_are_the_progress(service: Service) -> None:
    finished = service.run(cases(3))
    progress = service.stack.workflow.progress(finished.run["execution_arn"])
    assert progress is not None
    assert (progress.done, progress.failed, progress.total) == (3, 0, 3)


def test_results_come_in_pages_that_do_not_overlap(service: Service) -> None:
    finished = service.run(cases(3))
    path = f"/v1/runs/{finished.run['id']}/results?limit=2"
    seen: list[dict[str, Any]] = []
    page = service.get(path)
    while page["next_cursor"]:
        seen += page["items"]
        page = service.get(f"{path}&cursor={page['next_cursor']}")
    assert seen + page["items"] == finished.results
    order = [(row["model_name"], row["test_case_index"], row["repeat_index"]) for row in finished.results]
    assert order == sorted(order)
