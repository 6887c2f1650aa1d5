"""What the functions ask of AWS while tests run, noted by botocore in the functions' own processes.

The file has a line a call. Its last line says which stack it was, by its parameters and physical ids; without that line
the tests did not come to their end.
"""

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import handlers
from botocore.model import OperationModel

import local.functions
from local.cloud import STACK
from local.function_process import serve

# Texts, plans and secrets: what a policy cannot see, and what has no place in a file.
_CONTENT = {"Body", "SecretString", "cause", "error", "input"}
_PARAMETERS = "recorded_parameters"


@dataclass(frozen=True)
class RecordedCall:
    function: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    error: str | None
    """The code of the service's error, or None when it answered."""


@dataclass(frozen=True)
class Recording:
    parameters: Mapping[str, str]
    physical_ids: Mapping[str, str]
    calls: list[RecordedCall]


class _Recorder:
    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def install(self) -> None:
        """Note the calls of all clients of this process that are made from now on."""
        handlers.BUILTIN_HANDLERS.append(("provide-client-params", self._begin))
        handlers.BUILTIN_HANDLERS.append(("after-call", self._end))

    def _begin(self, params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        context[_PARAMETERS] = {name: value for name, value in params.items() if name not in _CONTENT}

    def _end(self, model: OperationModel, parsed: Mapping[str, Any], context: Mapping[str, Any], **_: object) -> None:
        call = {
            "function": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            "service": model.service_model.service_name,
            "operation": model.name,
            "parameters": context[_PARAMETERS],
            "error": parsed.get("Error", {}).get("Code"),
        }
        # One write of a few hundred bytes, so that lines of several processes do not mix.
        os.write(self._file, json.dumps(call, default=str).encode() + b"\n")


def serve_and_record(file: Path, *arguments: Any) -> None:
    """The main function of a function's process, with a recorder in it."""
    _Recorder(file).install()
    serve(*arguments)


@contextmanager
def recording(file: Path) -> Iterator[None]:
    """Functions that start inside of this block write their calls to the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local.functions, "serve", partial(serve_and_record, file))
        yield


def describe_stack(file: Path) -> None:
    """Note which stack it is, when everything has been called and before it is stopped."""
    client = boto3.client("cloudformation")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto says each time what it did not make
        [stack] = client.describe_stacks(StackName=STACK)["Stacks"]
        created = client.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    described = {
        "parameters": {given["ParameterKey"]: given["ParameterValue"] for given in stack["Parameters"]},
        "physical_ids": {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in created},
    }
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(described) + "\n")


def read_recording(file: Path) -> Recording:
    """Raises ValueError for a recording without an end."""
    *calls, stack = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    if "physical_ids" not in stack:
        raise ValueError(f"{file} has no end; let the tests that write it come to theirs")
    return Recording(stack["parameters"], stack["physical_ids"], [RecordedCall(**call) for call in calls])
