from typing import Any

from scripts.preflight.quotas import lambda_concurrency, state_transitions
from tests.unit.preflight.account import deployment, scripted


def lambda_with(account: int, unreserved: int) -> Any:
    limits = {"ConcurrentExecutions": account, "UnreservedConcurrentExecutions": unreserved}
    return scripted("lambda", ("get_account_settings", {}, {"AccountLimit": limits}))


def test_a_fresh_account_with_ten_concurrent_executions_is_told_how_few_places_fit() -> None:
    [finding] = lambda_concurrency(lambda_with(10, 10), deployment(ModelCallConcurrency="50"))

    assert finding.status == "problem"
    assert "ModelCallConcurrency=1 or less" in finding.text


def test_an_account_with_room_for_all_places_and_the_api_is_in_order() -> None:
    [finding] = lambda_concurrency(lambda_with(1000, 60), deployment(ModelCallConcurrency="50"))

    assert finding.status == "ok"


def test_one_concurrent_execution_less_than_the_places_and_the_api_need_is_a_problem() -> None:
    [finding] = lambda_concurrency(lambda_with(1000, 59), deployment(ModelCallConcurrency="50"))

    assert finding.status == "problem"
    assert "ModelCallConcurrency=49 or less" in finding.text


def test_what_is_reserved_must_leave_a_hundred_unreserved() -> None:
    reserving = deployment(ModelCallConcurrency="50", ReserveModelCallConcurrency="true")

    assert [found.status for found in lambda_concurrency(lambda_with(1000, 150), reserving)] == ["ok"]
    assert [found.status for found in lambda_concurrency(lambda_with(1000, 149), reserving)] == ["problem"]


def states_quotas(*rates: tuple[str, float]) -> Any:
    quotas = [{"QuotaName": name, "Value": value} for name, value in rates]
    first = ("list_service_quotas", {"ServiceCode": "states"}, {"Quotas": quotas[:1], "NextToken": "more"})
    second = ("list_service_quotas", {"ServiceCode": "states", "NextToken": "more"}, {"Quotas": quotas[1:]})
    return scripted("service-quotas", first, second)


def test_a_slow_rate_of_state_transitions_is_found_on_the_second_page() -> None:
    quotas = states_quotas(("Registered state machines", 10_000), ("StateTransition throttle token refill rate", 100))

    [finding] = state_transitions(quotas, deployment(ModelCallConcurrency="50"))

    assert finding.status == "problem"
    assert "100 state transitions a second" in finding.text


def test_without_a_quota_of_state_transitions_nothing_is_claimed() -> None:
    [finding] = state_transitions(states_quotas(("Activities", 10_000)), deployment(ModelCallConcurrency="50"))

    assert finding.status == "unknown"
