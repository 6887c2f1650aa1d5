"""Step Functions, embedded: moto's interpreter of the state machine, with what it leaves out for us filled in.

- Lambda tasks run in our function processes.
- Clients and JSONPath expressions are built once; as shipped, every step of every state builds its own.
- The end of an execution is an event on the default bus, and rules whose target is a state machine are delivered.
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import boto3
from moto.events.models import events_backends
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.states import ExecutionData
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client, json_path
from moto.stepfunctions.parser.backend import execution_worker
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution

from local.function_process import Outcome

Invoke = Callable[[str, bytes], Outcome]

_terminated = BaseExecutionWorkerCommunication.terminated
_start = Execution.start


def connect_engine(invoke: Invoke, pace: float = 1.0) -> None:
    """Let the interpreter of this process run its Lambda tasks through `invoke`.

    `pace` scales the waits of Retry and of Wait, so that a test of eight retries need not take four minutes.
    """
    # A worker of a Map recurses one call deeper with each item that it takes.
    sys.setrecursionlimit(200_000)
    boto_client.boto3 = SimpleNamespace(client=_cached_clients())
    json_path.parse = lru_cache(maxsize=1024)(json_path.parse)
    result_path.parse = lru_cache(maxsize=1024)(result_path.parse)
    # Parsed when the state machine is created, and not once more by each execution; a program holds no state.
    AmazonStateLanguageParser.parse = staticmethod(lru_cache(maxsize=16)(AmazonStateLanguageParser.parse))
    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds * pace))
    WaitFunction._wait_interval = _wait(pace)  # noqa: SLF001 - as shipped it counts whole seconds
    lambda_eval_utils._invoke_lambda_function = _lambda_task(invoke)  # noqa: SLF001 - moto has no hook for it

    def terminated(communication: Any) -> None:
        _terminated(communication)
        deliver(status_change(communication.execution))

    def start(execution: Any) -> None:
        _start(execution)
        # Until the definition is parsed there is nothing yet that could be asked for its progress or stopped.
        while execution.exec_worker.env is None:
            time.sleep(0.005)

    BaseExecutionWorkerCommunication.terminated = terminated
    Execution.start = start
    # Here nothing is redriven, and moto's context object leaves the count out, which Step Functions' always has.
    execution_worker.ExecutionData = partial(ExecutionData, RedriveCount=0)


def _wait(pace: float) -> Callable[..., None]:
    def wait(_: object, env: Any, wait_seconds: float) -> None:
        # Set when the execution is stopped, too.
        env.program_state_event.wait(wait_seconds * pace)

    return wait


def _cached_clients() -> Callable[..., Any]:
    clients: dict[tuple[str, str], Any] = {}
    making = threading.Lock()

    def client(*, region_name: str, service_name: str, **options: Any) -> Any:
        with making:
            if (region_name, service_name) not in clients:
                clients[region_name, service_name] = boto3.client(
                    region_name=region_name, service_name=service_name, **options
                )
            return clients[region_name, service_name]

    return client


def _lambda_task(invoke: Invoke) -> Callable[..., dict[str, Any]]:
    def run(parameters: dict[str, Any], **_: Any) -> dict[str, Any]:
        outcome = invoke(parameters["FunctionName"], parameters["Payload"])
        response = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": json.loads(outcome.payload)}
        return response | ({"FunctionError": "Unhandled"} if outcome.failed else {})

    return run


def status_change(execution: Any) -> dict[str, Any]:
    """The event that Step Functions sends when an execution ends."""
    return {
        "version": "0",
        "id": execution.name,
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "account": execution.account_id,
        "region": execution.region_name,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "resources": [execution.exec_arn],
        "detail": {
            "executionArn": execution.exec_arn,
            "stateMachineArn": execution.state_machine.arn,
            "name": execution.name,
            "status": execution.status,
            "input": execution.execution_input,
            "error": execution.error,
            "cause": execution.cause,
        },
    }


def deliver(event: dict[str, Any]) -> None:
    """Start the state machines of all rules on the default bus whose pattern matches the event."""
    backend = events_backends[event["account"]][event["region"]]
    client = boto3.client("stepfunctions")
    for rule in backend.describe_event_bus("default").rules.values():
        if rule.state != "ENABLED" or not rule.event_pattern.matches_event(event):
            continue
        for target in rule.targets:
            client.start_execution(stateMachineArn=target["Arn"], name=str(uuid4()), input=json.dumps(event))
