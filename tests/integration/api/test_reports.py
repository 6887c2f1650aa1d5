from datetime import UTC, datetime, timedelta

import pytest

from local.database import RUNTIME
from tests.integration.api.client import Client, assert_problem
from tests.integration.api.conftest import Ended
from tests.integration.conftest import MODELS, Service


def measure(service: Service, skill_id: str, days_ago: int, costs: list[int | None], provider: str) -> None:
    with service.database() as cursor:
        for cost in costs:
            cursor.execute(
                "INSERT INTO token_measurements "
                "(skill_id, source, model_name, model_provider, estimated_cost_microcents, measured_at) "
                "VALUES (%s, 'hook', 'm', %s, %s, now() - make_interval(days => %s))",
                [skill_id, provider, cost, days_ago],
            )


def test_a_comparison_has_a_row_for_each_model(api: Client, ended: Ended) -> None:
    comparison = api.get(f"/v1/runs/{ended.run_id}/comparison").json()
    assert sorted(model["model_name"] for model in comparison["models"]) == sorted(MODELS)
    assert comparison["best_model"] == comparison["models"][0]["model_name"]
    assert [model["scored_cases"] for model in comparison["models"]] == [3, 3]
    assert isinstance(comparison["pairs"], list)


def test_reports_read_no_results(api: Client, ended: Ended, service: Service) -> None:
    reports = (
        f"/v1/runs/{ended.run_id}",
        f"/v1/runs/{ended.run_id}/comparison",
        f"/v1/skills/{ended.skill_id}/cost-trend",
        f"/v1/skills/{ended.skill_id}/dimensions",
    )
    with service.stack.postgres.as_superuser() as connection:
        connection.execute(f"REVOKE SELECT ON benchmark_results FROM {RUNTIME}")
    try:
        assert [api.get(path).status for path in reports] == [200] * len(reports)
        assert api.get(f"/v1/runs/{ended.run_id}/results").status == 500
    finally:
        with service.stack.postgres.as_superuser() as connection:
            connection.execute(f"GRANT SELECT ON benchmark_results TO {RUNTIME}")


def test_the_cost_trend_averages_what_is_known_and_counts_what_is_not(
    api: Client, skill_id: str, service: Service
) -> None:
    api.put_skill(skill_id)
    measure(service, skill_id, 0, [100, 201, None], "anthropic")
    measure(service, skill_id, 0, [7], "simulated")
    measure(service, skill_id, 3, [None], "anthropic")
    measure(service, skill_id, 90, [5], "anthropic")
    today = datetime.now(UTC).date()
    trend = api.get(f"/v1/skills/{skill_id}/cost-trend").json()
    assert trend["days"] == 90
    assert trend["items"] == [
        a_day(today - timedelta(days=3), measured=1, counted=0, total=None, mean=None),
        a_day(today, measured=3, counted=2, total=301, mean=151),
        a_day(today, measured=1, counted=1, total=7, mean=7) | {"simulated": True},
    ]
    assert len(api.get(f"/v1/skills/{skill_id}/cost-trend", "days=91").json()["items"]) == 4
    assert len(api.get(f"/v1/skills/{skill_id}/cost-trend", "days=1").json()["items"]) == 2


def a_day(day: object, *, measured: int, counted: int, total: int | None, mean: int | None) -> dict[str, object]:
    return {
        "day": str(day),
        "simulated": False,
        "measurements": measured,
        "cost_counted": counted,
        "cost_uncounted": measured - counted,
        "estimated_cost_microcents": total,
        "mean_cost_microcents": mean,
    }


@pytest.mark.parametrize("days", ["0", "-1", "366", "ten", "1.5", "", "99999999999999999999"])
def test_days_that_are_no_number_of_days_are_refused(api: Client, ended: Ended, days: str) -> None:
    response = api.get(f"/v1/skills/{ended.skill_id}/cost-trend", f"days={days}")
    assert_problem(response, 422, pointer="/days")


def test_dimension_averages_weigh_each_summary_by_its_scored_test_cases(
    api: Client, ended: Ended, service: Service
) -> None:
    found = api.get(f"/v1/skills/{ended.skill_id}/dimensions").json()
    with service.database() as cursor:
        row = cursor.execute(
            "SELECT count(*) AS scored_results, avg(quality_score) AS mean_quality_score, "
            "avg(recall_score) AS mean_recall_score FROM benchmark_results "
            "WHERE benchmark_run_id = %s AND outcome = 'scored'",
            [ended.run_id],
        ).fetchone()
    [overall] = found["overall"]
    assert overall["simulated"] is True
    assert overall["runs"] == 1
    assert overall["scored_results"] == row["scored_results"] == 6
    assert overall["mean_quality_score"] == pytest.approx(row["mean_quality_score"])
    assert overall["mean_recall_score"] == pytest.approx(row["mean_recall_score"])
    assert [model["model_name"] for model in found["models"]] == sorted(MODELS)


def test_a_skill_without_runs_has_empty_reports(api: Client, skill_id: str) -> None:
    api.put_skill(skill_id)
    assert api.get(f"/v1/skills/{skill_id}/cost-trend").json()["items"] == []
    assert api.get(f"/v1/skills/{skill_id}/dimensions").json()["overall"] == []
    assert api.get(f"/v1/skills/{skill_id}/runs").json()["items"] == []
    assert_problem(api.get(f"/v1/skills/{skill_id}/runs/latest"), 404, says="no completed run")


def test_health_needs_no_tenant_and_says_that_the_database_is_there(api: Client) -> None:
    response = api.get("/v1/health", **{"x-tenant-id": ""})
    assert response.status == 200
    assert response.json()["database_reachable"] is True
