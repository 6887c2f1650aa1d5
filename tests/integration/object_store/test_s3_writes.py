"""A record is written once, over HTTP, also while another call is writing it."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.credentials import Credentials

from skill_benchmark.adapters import object_store
from skill_benchmark.adapters.object_store import ObjectStore, StillBeingWritten
from tests.integration.object_store.server import REGION, S3Stub, running

MINE = Credentials("AKIDEXAMPLE", "secret")
CONFLICT = (409, "ConditionalRequestConflict")


@pytest.fixture
def s3(without_buckets: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Stub]:
    waits = [0.001] * len(object_store._SECONDS_UNTIL_AGAIN)
    monkeypatch.setattr(object_store, "_SECONDS_UNTIL_AGAIN", waits)
    with running(S3Stub(credentials=[MINE])) as stub:
        yield stub


def store(s3: S3Stub) -> ObjectStore:
    made = boto3.Session(MINE.access_key, MINE.secret_key)
    return ObjectStore("records", made.client("s3", region_name=REGION, endpoint_url=s3.url))


def test_a_record_is_written_and_a_second_one_is_not(s3: S3Stub) -> None:
    assert store(s3).put_bytes_once("a", b"first")
    assert not store(s3).put_bytes_once("a", b"second")
    assert s3.objects["a"] == b"first"


def test_a_paid_answer_is_written_when_the_other_write_has_failed(s3: S3Stub) -> None:
    s3.answers["a"] = [CONFLICT, CONFLICT]
    assert store(s3).put_bytes_once("a", b"paid for")
    assert s3.objects["a"] == b"paid for"


def test_the_other_write_counts_once_it_is_there(s3: S3Stub) -> None:
    s3.objects["a"] = b"of the other"
    s3.answers["a"] = [CONFLICT, CONFLICT]
    assert not store(s3).put_bytes_once("a", b"mine")
    assert s3.objects["a"] == b"of the other"


def test_a_conflict_that_does_not_end_is_an_error_and_never_taken_for_a_record(s3: S3Stub) -> None:
    s3.answers["a"] = [CONFLICT] * 100
    with pytest.raises(StillBeingWritten, match="s3://records/a"):
        store(s3).put_bytes_once("a", b"mine")
    assert len(s3.asked) == len(object_store._SECONDS_UNTIL_AGAIN) + 1
