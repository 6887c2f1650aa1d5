"""Each statement of our roles is taken away in turn: the scenario must miss it, or it is listed with the reason."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tests.emulated import calling, operating
from tests.emulated.deploy import STACK
from tests.emulated.scenario import STEPS, Step, play
from tests.emulated.stack import STATE_MACHINE, Stack
from tests.emulated.unproven import UNPROVEN

_RUN: list[Step] = [calling.throttled]

# The longest name that a role's begins with says which steps use it.
_USED_IN: dict[str, list[Step]] = {
    "MigrateFunctionRole": [operating.migrate],
    "PrepareRunFunctionRole": _RUN,
    "CheckModelsFunctionRole": _RUN,
    "AdmitRunFunctionRole": [*_RUN, calling.share],
    "CallModelFunctionRole": [*_RUN, calling.rejudge],
    "JudgeAnswerFunctionRole": _RUN,
    "WriteResultsFunctionRole": _RUN,
    "CompleteRunFunctionRole": _RUN,
    "StartRunFunctionRole": [
        *_RUN,
        calling.rejudge,
        calling.rejudge_expired,
        calling.cancel_and_resume,
        operating.lost_events,
    ],
    "ReconcileFunctionRole": [operating.reconcile, operating.lost_events],
    "ExpireResultsFunctionRole": [operating.expire, operating.lost_events],
    "EraseDataFunctionRole": [operating.erase],
    "SchedulesRole": [operating.nightly, operating.reconcile, operating.expire],
    "ReadApiFunctionRole": [calling.reach, calling.whole_run, calling.cancel_and_resume],
    "EndedExecutionRuleRole": [calling.refused_key],
    "BenchmarkRunRole": [*_RUN, calling.recorded_failures],
}


@dataclass(frozen=True)
class Statement:
    """What one statement of an inline policy, or one attached policy, gives to a role."""

    role: str
    name: str
    policy: str
    document: dict[str, Any]
    statement: dict[str, Any]

    @property
    def key(self) -> str:
        return f"{logical_name(self.role)} {self.name}"


def logical_name(role: str) -> str:
    """The name in the template of a role that CloudFormation named."""
    return role.removeprefix(f"{STACK}-").rpartition("-")[0]


def mutate(stack: Stack, part: str, recycled: Path, say: Callable[[str], None]) -> bool:
    """Whether each statement is either missed or rightly listed; `part` is of the names of the roles to look at."""
    wrong = []
    found = list(statements())
    looked_at = [statement for statement in found if part in statement.role]
    for statement in looked_at:
        steps = _steps(statement.role)
        with _without(statement, recycled):
            missed = _missed(stack, steps)
        _settle(stack)
        reason = UNPROVEN.get(statement.key)
        if missed and reason is None:
            say(f"{statement.key}: missed in {missed}")
        elif reason and not missed:
            say(f"{statement.key}: unproven, {reason}")
        else:
            wrong.append(
                f"{statement.key}: " + (f"listed as unproven, but missed in {missed}" if missed else "NOT MISSED")
            )
            say(wrong[-1])
    stale = set(UNPROVEN) - {statement.key for statement in found}
    wrong += [f"{key}: listed as unproven, and no role has it" for key in sorted(stale)]
    say(
        f"{len(looked_at)} statements; "
        + ("\n".join(["wrong:", *wrong]) if wrong else "each is missed, or listed with a reason")
    )
    return not wrong


def statements() -> Iterator[Statement]:
    """All inline statements of the stack's roles. What is attached is AWS's own, and said of all at once."""
    iam = boto3.client("iam")
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        if not name.startswith(f"{STACK}-"):
            continue
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document: Any = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                actions = statement["Action"]
                sid = statement.get("Sid") or (actions if isinstance(actions, str) else " ".join(actions))
                yield Statement(name, sid, policy, document, statement)


def _steps(role: str) -> list[Step]:
    matching = [name for name in _USED_IN if logical_name(role).startswith(name)]
    return _USED_IN[max(matching, key=len)] if matching else STEPS


def _missed(stack: Stack, steps: list[Step]) -> str | None:
    """The step that failed, and why."""
    for step in steps:
        try:
            play(stack, [step], lambda _: None)
        except (AssertionError, KeyError) as error:
            return f"{step.__name__}: {' '.join(str(error).split())[:150]}"
    return None


@contextmanager
def _without(gone: Statement, recycled: Path) -> Iterator[None]:
    iam = boto3.client("iam")
    rest = [other for other in gone.document["Statement"] if other != gone.statement]
    if rest:
        less = json.dumps({**gone.document, "Statement": rest})
        iam.put_role_policy(RoleName=gone.role, PolicyName=gone.policy, PolicyDocument=less)
    else:
        iam.delete_role_policy(RoleName=gone.role, PolicyName=gone.policy)
    _recycle(gone.role, recycled)
    try:
        yield
    finally:
        document = json.dumps(gone.document)
        iam.put_role_policy(RoleName=gone.role, PolicyName=gone.policy, PolicyDocument=document)
        _recycle(gone.role, recycled)


def _recycle(role: str, recycled: Path) -> None:
    """New sandboxes for the role's functions: one that is warm keeps what it read for minutes."""
    for function in boto3.client("lambda").list_functions()["Functions"]:
        if function["Role"].endswith(f"/{role}"):
            (recycled / function["FunctionName"]).touch()


def _settle(stack: Stack) -> None:
    """What is still under way is stopped, so that nothing of this mutation is denied or waited for during the next."""
    states = boto3.client("stepfunctions")
    deadline = time.monotonic() + 20
    while running := states.list_executions(stateMachineArn=STATE_MACHINE, statusFilter="RUNNING")["executions"]:
        assert time.monotonic() < deadline, "an execution does not end"
        for execution in running:
            if execution["name"].startswith("run_"):
                # It may have ended since.
                with suppress(ClientError):
                    states.stop_execution(executionArn=execution["executionArn"])
        time.sleep(0.2)
    stack.forget_runs()
