"""A bucket in memory, a model API that does what a test says, and the environment that the template gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from skill_benchmark import composition
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Plan, TestCase
from skill_benchmark.domain.records import Brief
from skill_benchmark.domain.replies import Reply
from skill_benchmark.settings import forget_settings
from tests.unit.domain.examples import a_plan

BUCKET = "records"


@dataclass
class FakeModels:
    """Answers from a list; an exception in it is raised."""

    replies: list[Reply | Exception] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)

    def answer(self, model: str, skill: str, text: str, **options: Any) -> Reply:
        self.calls.append(("answer", {"model": model, "skill": skill, "text": text, **options}))
        return self._next()

    def verdict(self, judge: str, system: str, user: str, schema: dict[str, Any], **options: Any) -> Reply:
        self.calls.append(("verdict", {"judge": judge, "system": system, "user": user, **options}))
        return self._next()

    def ping(self, model: str, *, timeout: float) -> None:
        self.calls.append(("ping", {"model": model}))
        if self.replies and isinstance(reply := self.replies.pop(0), Exception):
            raise reply

    def is_listed(self, model: str, *, timeout: float) -> bool:
        self.calls.append(("is_listed", {"model": model}))
        return model in self.listed

    def _next(self) -> Reply:
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


class Context(LambdaContext):
    """An invocation with a minute left."""

    def __init__(self) -> None:
        self._function_name = "function"
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:function"
        self._aws_request_id = "request"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield ObjectStore(BUCKET, client)


@pytest.fixture
def plan(store: ObjectStore) -> Plan:
    """A plan with everything in the bucket that its functions read."""
    plan = a_plan(run_id=f"run_{id(store)}")
    brief = Brief(skill=plan.skill_content, max_output_tokens=100, rubric_sha256="0" * 64, prompt_version="judge-1")
    store.put_once(record_keys.brief(plan.run_id), brief)
    for index, case in enumerate(plan.cases):
        store.put_once(record_keys.case(plan.run_id, index), TestCase(**case.model_dump(exclude={"text_sanitized"})))
    return plan


@pytest.fixture(autouse=True)
def _settings_of_this_test() -> Iterator[None]:
    forget_settings()
    yield
    forget_settings()


@pytest.fixture
def models() -> FakeModels:
    return FakeModels()


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, store: ObjectStore, models: FakeModels) -> Callable[[Any], None]:
    """Put a handler's module together with the bucket and the models of the test."""

    def put_together(module: Any) -> None:
        monkeypatch.setattr(composition, "object_store", lambda: store)
        monkeypatch.setattr(module, "object_store", lambda: store, raising=False)
        monkeypatch.setattr(module, "models", lambda: models)

    return put_together


def sent_twice(put: Callable[[ObjectStore, str, bytes], bool]) -> Callable[[ObjectStore, str, bytes], bool]:
    """The write of a client that did not get the response to its first request, and sends it again."""

    def put_again(store: ObjectStore, key: str, body: bytes) -> bool:
        put(store, key, body)
        return put(store, key, body)

    return put_again
