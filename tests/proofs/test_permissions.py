"""Every call that a function made in the integration tests, put before IAM as an open simulator knows it.

The calls were recorded by botocore in the functions' processes, the roles are the template's, and neither the simulator
nor its data share anything with the emulator that the tests ran on.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.proofs.conftest import Node
from tests.proofs.iam import Json, Policies, Request, denied, of_each_shape, requests_of, unneeded_grants
from tests.recorded_calls import RecordedCall, Recording, read_recording
from tests.rendered_template import RenderedTemplate
from tests.workflow_definition import ROOT

RECORDED_CALLS = ROOT / ".proofs" / "recorded_calls.jsonl"

# In AWS there is no deployment without a VPC; the embedded stack has none. Endpoints are the narrowest way out of it.
NETWORK = {
    "VpcId": "vpc-0a1b",
    "VpcSubnetIds": "subnet-0a1b,subnet-1a1b",
    "VpcSecurityGroupIds": "sg-0a1b",
    "CreateVpcEndpoints": "true",
    "VpcRouteTableIds": "rtb-0a1b",
}

# What no call of the integration tests needs, each with what needs it.
_LOST_EVENTS = "sqs:SendMessage on skill-benchmark-LostEventsQueue-1x2y3z"
_BY_LAMBDA = "Lambda's own call, for an event of a schedule that failed for good"
NOT_CALLED_HERE = {
    f"{role}: {_LOST_EVENTS}": _BY_LAMBDA
    for role in ("ExpireResultsFunctionRole", "ReconcileFunctionRole", "StartRunFunctionRole")
} | {
    "ReadApiFunctionRole: states:StartExecution on stateMachine:skill-benchmark-benchmark-run": (
        "a cancel of a run whose execution is gone; its test has a process of its own, which records nothing"
    )
}


@pytest.fixture(scope="module")
def recording() -> Recording:
    if not RECORDED_CALLS.exists():
        pytest.skip("needs calls that were recorded; `make proofs` records them")
    return read_recording(RECORDED_CALLS)


@pytest.fixture(scope="module")
def policies(recording: Recording) -> Policies:
    bucket = {"RecordsBucket": recording.physical_ids["RecordsBucket"]}
    return Policies(RenderedTemplate({**recording.parameters, **NETWORK}, bucket))


@pytest.fixture(scope="module")
def requests(recording: Recording) -> dict[str, list[Request]]:
    """What each function asked for, one request of each shape."""
    made: dict[str, list[Request]] = {}
    for call in recording.calls:
        made.setdefault(call.function, []).extend(requests_of(call))
    return {function: of_each_shape(asked) for function, asked in made.items()}


def questions(policies: Policies, requests: dict[str, list[Request]]) -> Iterator[Json]:
    for function, asked in requests.items():
        for request in asked:
            yield policies.question(policies.role_of[function], request, in_vpc=function in policies.in_vpc)


def test_every_function_made_calls(policies: Policies, requests: dict[str, list[Request]]) -> None:
    assert sorted(set(policies.role_of) - set(requests)) == []


def test_every_call_is_allowed(node: Node, policies: Policies, requests: dict[str, list[Request]]) -> None:
    assert denied(node, list(questions(policies, requests))) == []


def test_a_function_in_the_vpc_calls_nothing_that_has_no_endpoint(
    policies: Policies, requests: dict[str, list[Request]]
) -> None:
    """It has no other way out: such a call would hang until the function's time is over."""
    called = {request.service for function in policies.in_vpc for request in requests.get(function, [])}
    assert called <= set(policies.endpoints)


@pytest.mark.parametrize("action", ["secretsmanager:GetSecretValue", "s3:PutObject", "s3:GetObject", "s3:ListBucket"])
def test_without_an_action_that_is_needed_a_call_is_denied(
    node: Node, policies: Policies, requests: dict[str, list[Request]], action: str
) -> None:
    function = "skill-benchmark-judge-answer"
    role = policies.role_of[function]
    less = role.without(*(grant for grant in role.grants if grant.action == action))
    found = denied(node, [policies.question(less, request) for request in requests[function]])
    assert found
    assert all(action in problem and problem.endswith("ImplicitlyDenied") for problem in found)


def test_a_record_that_would_replace_another_is_denied_by_the_bucket(
    node: Node, policies: Policies, requests: dict[str, list[Request]]
) -> None:
    put = next(one for one in requests["skill-benchmark-call-model"] if one.action == "s3:PutObject")
    role = policies.role_of["skill-benchmark-call-model"]
    [found] = denied(node, [policies.question(role, replace(put, context={}))])
    assert found.endswith("ExplicitlyDenied")


def test_a_missing_record_of_another_kind_is_not_said_to_be_missing(node: Node, policies: Policies) -> None:
    [bucket] = policies.buckets
    listing = Request("s3:ListBucket", f"arn:aws:s3:::{bucket}", {"s3:prefix": "runs/run_1/plan.json"})
    assert denied(node, [policies.question(policies.role_of["skill-benchmark-judge-answer"], listing)])


def test_a_call_of_a_service_that_is_not_known_here_is_an_error() -> None:
    with pytest.raises(LookupError, match="dynamodb"):
        requests_of(RecordedCall("f", "dynamodb", "GetItem", {}, None))


def test_every_grant_is_needed(node: Node, policies: Policies, requests: dict[str, list[Request]]) -> None:
    """An action that can be taken away without denying a recorded call is one too many, or is explained above."""
    unneeded: set[str] = set()
    for function, role in policies.role_of.items():
        made = requests.get(function, [])
        found = unneeded_grants(node, role, lambda less: [policies.question(less, request) for request in made])  # noqa: B023
        unneeded |= {f"{role.name}: {grant}" for grant in found}
    unexplained, called = unneeded - set(NOT_CALLED_HERE), set(NOT_CALLED_HERE) - unneeded
    assert not unexplained, "no call needs:\n" + "\n".join(sorted(unexplained))
    assert not called, "there is a call by now that needs:\n" + "\n".join(sorted(called))
