"""The directory answers as S3 does; the same questions are put to moto's S3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import handlers
from moto import mock_aws

from local.bucket import BucketDirectory
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain.records import AnswerText

BUCKET = "records-of-runs"


@pytest.fixture(params=["directory", "moto"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    if request.param == "moto":
        with mock_aws():
            client: Any = boto3.Session().client("s3", region_name="us-east-1")
            client.create_bucket(Bucket=BUCKET)
            yield ObjectStore(BUCKET, client)
        return
    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", list(handlers.BUILTIN_HANDLERS))
    BucketDirectory(tmp_path).install()
    yield ObjectStore(BUCKET, boto3.Session().client("s3", region_name="us-east-1"))


def test_the_first_record_under_a_key_stays(store: ObjectStore) -> None:
    assert store.put_once("runs/1/a.json", AnswerText(text="first"))
    assert not store.put_once("runs/1/a.json", AnswerText(text="second"))
    assert store.get("runs/1/a.json", AnswerText) == AnswerText(text="first")


def test_a_key_that_was_never_written_has_no_record(store: ObjectStore) -> None:
    assert store.get("runs/1/none.json", AnswerText) is None
    with pytest.raises(LookupError, match=r"runs/1/none\.json does not exist"):
        store.require("runs/1/none.json", AnswerText)


def test_a_record_and_a_folder_may_share_a_name(store: ObjectStore) -> None:
    store.put_bytes_once("runs/1/a.json", b"1")
    store.put_bytes_once("runs/1/a/lost/2.json", b"2")
    assert list(store.keys("runs/1/")) == ["runs/1/a.json", "runs/1/a/lost/2.json"]


def test_keys_are_listed_by_prefix_in_order(store: ObjectStore) -> None:
    for key in ("runs/2/b", "runs/1/b", "runs/1/a", "runs/10/a"):
        store.put_bytes_once(key, b"x")
    assert list(store.keys("runs/1/")) == ["runs/1/a", "runs/1/b"]
    assert list(store.keys("runs/1")) == ["runs/1/a", "runs/1/b", "runs/10/a"]
    assert list(store.keys("nothing/")) == []


def test_everything_under_a_prefix_is_deleted_and_nothing_else(store: ObjectStore) -> None:
    for key in ("runs/1/a.json", "runs/1/a/lost/x&<y>.json", "runs/10/a.json"):
        store.put_bytes_once(key, b"x")
    assert store.delete_all("runs/1/") == 2
    assert store.delete_all("runs/1/") == 0
    assert list(store.keys("runs/")) == ["runs/10/a.json"]


def test_more_than_a_thousand_keys_are_listed_and_deleted(store: ObjectStore) -> None:
    for number in range(1005):
        store.put_bytes_once(f"runs/1/{number:04}", b"")
    assert len(list(store.keys("runs/1/"))) == 1005
    assert store.delete_all("runs/1/") == 1005
    assert list(store.keys("runs/1/")) == []


def test_a_quoted_name_stays_one_segment(store: ObjectStore) -> None:
    store.put_bytes_once("runs/1/vendor%2Fjudge%3A1.json", b"x")
    assert list(store.keys("runs/1/")) == ["runs/1/vendor%2Fjudge%3A1.json"]
    assert store.get_bytes("runs/1/vendor%2Fjudge%3A1.json") == b"x"


def test_bytes_come_back_as_they_were_put(store: ObjectStore) -> None:
    body = "größer \U0001f600 \u2028".encode() * 50_000
    store.put_bytes_once("runs/1/large", body)
    assert store.get_bytes("runs/1/large") == body


def test_a_directory_lets_no_key_out_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", list(handlers.BUILTIN_HANDLERS))
    BucketDirectory(tmp_path / "objects").install()
    client = boto3.Session("a", "b").client("s3", region_name="us-east-1")
    with pytest.raises(client.exceptions.ClientError, match="InvalidArgument"):
        client.put_object(Bucket=BUCKET, Key="runs/../../../escaped", Body=b"x")
    assert not (tmp_path / "escaped").exists()


def test_many_keys_are_read_in_their_order_and_one_that_is_not_there_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", list(handlers.BUILTIN_HANDLERS))
    directory = BucketDirectory(tmp_path)
    directory.install()
    store = ObjectStore(BUCKET, boto3.Session("a", "b").client("s3", region_name="us-east-1"))
    for key in ("runs/1/a", "runs/1/b", "runs/1/vendor%2Fjudge%3A1.json"):
        store.put_bytes_once(key, key.encode())
    keys = ["runs/1/vendor%2Fjudge%3A1.json", "runs/1/none", "runs/1/b", "runs/1/a"]
    assert list(store.get_many(keys)) == [b"runs/1/vendor%2Fjudge%3A1.json", None, b"runs/1/b", b"runs/1/a"]
    before = len(handlers.BUILTIN_HANDLERS)
    directory.uninstall()
    assert len(handlers.BUILTIN_HANDLERS) == before - 2
