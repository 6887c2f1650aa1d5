"""What the functions ask of AWS while tests run, noted in the functions' own processes.

The file has one line for each call. When the tests have ended, one more line says which stack it was, by its
parameters and physical ids.
"""

import json
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
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
from skill_benchmark.adapters.object_store import ObjectStore

ReadMany = Callable[[ObjectStore, Iterable[str]], Iterator[bytes | None]]

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
        ObjectStore.get_many = self._around(ObjectStore.get_many)  # type: ignore[assignment,method-assign]  # not by botocore

    def _begin(self, params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        context[_PARAMETERS] = {name: value for name, value in params.items() if name not in _CONTENT}

    def _end(self, model: OperationModel, parsed: Mapping[str, Any], context: Mapping[str, Any], **_: object) -> None:
        error = parsed.get("Error", {}).get("Code")
        self._note(model.service_model.service_name, model.name, context[_PARAMETERS], error)

    def _around(self, read: ReadMany) -> ReadMany:
        def get_many(store: ObjectStore, keys: Iterable[str]) -> Iterator[bytes | None]:
            asked: deque[str] = deque()

            def noted() -> Iterator[str]:
                for key in keys:
                    asked.append(key)
                    yield key

            for body in read(store, noted()):
                parameters = {"Bucket": store._bucket, "Key": asked.popleft()}
                self._note("s3", "GetObject", parameters, "NoSuchKey" if body is None else None)
                yield body

        return get_many

    def _note(self, service: str, operation: str, parameters: Mapping[str, Any], error: str | None) -> None:
        call = RecordedCall(os.environ["AWS_LAMBDA_FUNCTION_NAME"], service, operation, parameters, error)
        # One write of a few hundred bytes, so that lines of several processes do not mix.
        os.write(self._file, json.dumps(asdict(call), default=str).encode() + b"\n")


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
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    stacks = [line for line in lines if "physical_ids" in line]
    if not stacks:
        raise ValueError(f"{file} has no end; let the tests that write it come to theirs")
    calls = [RecordedCall(**line) for line in lines if "physical_ids" not in line]
    return Recording(stacks[0]["parameters"], stacks[0]["physical_ids"], calls)
