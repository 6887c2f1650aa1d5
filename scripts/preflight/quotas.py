"""Whether the account has room for what the parameters ask for."""

from collections.abc import Iterator
from typing import Any

from scripts.preflight.deployment import Deployment
from scripts.preflight.findings import Finding, ask, ok, problem, unknown

_UNRESERVED_AT_LEAST = 100
"""Lambda reserves nothing that would leave the account with less."""

_BESIDE_MODEL_CALLS = 10
"""Executions of the API, admission and completion that must find room while all places call models."""

_TRANSITIONS_PER_CALL = 5
"""State transitions of an answer or a verdict, rounded up; docs/cost.md has the figures."""

_CONCURRENT_EXECUTIONS = "L-B99A9384"


def lambda_concurrency(functions: Any, deployment: Deployment) -> Iterator[Finding]:
    limits = ask(functions, "get_account_settings")["AccountLimit"]
    account, unreserved = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    places = int(deployment.parameters["ModelCallConcurrency"])
    more = f"ask for more (Service Quotas, Lambda, {_CONCURRENT_EXECUTIONS})"
    if _reserves(deployment) and unreserved - places < _UNRESERVED_AT_LEAST:
        yield problem(
            "Lambda",
            f"{places} of {unreserved} unreserved concurrent executions cannot be reserved, because "
            f"{_UNRESERVED_AT_LEAST} must remain; leave ReserveModelCallConcurrency off, or {more}",
        )
    elif unreserved < places + _BESIDE_MODEL_CALLS:
        fits = max(1, unreserved - _BESIDE_MODEL_CALLS)
        yield problem(
            "Lambda",
            f"the account has {unreserved} concurrent executions, too few for {places} calls of "
            f"models beside the API; set ModelCallConcurrency={fits} or less, or {more}",
        )
    else:
        yield ok("Lambda", f"{places} calls of models fit into {unreserved} of {account} concurrent executions")


def state_transitions(quotas: Any, deployment: Deployment) -> Iterator[Finding]:
    """New accounts have fewer a second than the documented default."""
    found: dict[str, float] = {}
    page: dict[str, Any] = {}
    while not page or page.get("NextToken"):
        more = {"NextToken": page["NextToken"]} if page else {}
        page = ask(quotas, "list_service_quotas", ServiceCode="states", **more)
        found.update({quota["QuotaName"]: quota["Value"] for quota in page["Quotas"]})
    rates = [rate for name, rate in found.items() if "statetransition" in _squeezed(name) and "refill" in name.lower()]
    needed = int(deployment.parameters["ModelCallConcurrency"]) * _TRANSITIONS_PER_CALL
    if not rates:
        yield unknown(
            "Step Functions",
            "Service Quotas names no rate of state transitions; look at it in the console: "
            f"calls of one second take up to {needed} a second",
        )
    elif min(rates) < needed:
        yield problem(
            "Step Functions",
            f"{min(rates):.0f} state transitions a second slow down calls of a second, which "
            f"take up to {needed}; lower ModelCallConcurrency or ask for more",
        )
    else:
        yield ok("Step Functions", f"{min(rates):.0f} state transitions a second; up to {needed} are needed")


def _reserves(deployment: Deployment) -> bool:
    return deployment.says("ReserveModelCallConcurrency")


def _squeezed(name: str) -> str:
    return name.lower().replace(" ", "")
