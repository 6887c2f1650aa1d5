"""Records of runs in S3: written once, the first wins."""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError
from botocore.hooks import first_non_none_response
from pydantic import BaseModel

from skill_benchmark.adapters import aws_clients

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

R = TypeVar("R", bound=BaseModel)

READ_MANY_EVENT = "before-read-many.s3"
_KEYS_A_DELETION = 1_000

_ABSENT = {"NoSuchKey", "404"}
_TAKEN = {"PreconditionFailed", "412"}
_BEING_WRITTEN = {"ConditionalRequestConflict", "409"}
_SECONDS_UNTIL_AGAIN = (0.1, 0.2, 0.4, 0.8, 1.0, 1.0)
"""Together less than the time that a function keeps for writing its record."""


class NotDeleted(Exception):
    """S3 did not delete an object; the message names it and S3's reason."""


class RecordNotFound(LookupError):
    """The store has no record under a key at which there has to be one; the message names it."""


class StillBeingWritten(Exception):
    """Another write of the same key has not ended, or not long ago."""


class ObjectStore:
    """A bucket of JSON records. Raises botocore's ClientError for what S3 refuses for another reason."""

    def __init__(self, bucket: str, client: "S3Client | None" = None) -> None:
        self._bucket = bucket
        self._client = client or aws_clients.s3()

    def put_once(self, key: str, record: BaseModel) -> bool:
        """Write the record unless there is one already. Returns whether this call did; raises StillBeingWritten."""
        return self.put_bytes_once(key, record.model_dump_json().encode())

    def put_bytes_once(self, key: str, body: bytes) -> bool:
        """As `put_once`. Another write in flight says nothing yet, for it may fail: it is waited for, not believed."""
        for seconds in _SECONDS_UNTIL_AGAIN:
            with suppress(StillBeingWritten):
                return self._put(key, body)
            time.sleep(seconds)
        return self._put(key, body)

    def _put(self, key: str, body: bytes) -> bool:
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType="application/json", IfNoneMatch="*"
            )
        except ClientError as error:
            if _code(error) in _TAKEN:
                return False
            if _code(error) in _BEING_WRITTEN:
                raise StillBeingWritten(f"s3://{self._bucket}/{key} is being written by another call") from error
            raise
        return True

    def get(self, key: str, kind: type[R]) -> R | None:
        """The record, or None when it is not there."""
        body = self.get_bytes(key)
        return None if body is None else kind.model_validate_json(body)

    def get_bytes(self, key: str) -> bytes | None:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise

    def get_many(self, keys: Iterable[str]) -> Iterator[bytes | None]:
        """The bodies under the keys, in their order, many read at a time; None where there is none.

        Raises ReadFailed, naming the key.
        """
        # As each operation of the client does, it asks first whether someone answers in the place of S3.
        responses = self._client.meta.events.emit(READ_MANY_EVENT, keys=keys)
        answered: Iterator[bytes | None] | None = first_non_none_response(responses)
        if answered is not None:
            return answered
        from skill_benchmark.adapters.s3_reads import S3Reads  # noqa: PLC0415 - few functions are shipped with libcurl

        return S3Reads(self._client, self._bucket, aws_clients.session()).read(keys)

    def require(self, key: str, kind: type[R]) -> R:
        """The record; raises RecordNotFound with its key when it is not there."""
        record = self.get(key, kind)
        if record is None:
            raise RecordNotFound(f"s3://{self._bucket}/{key} does not exist")
        return record

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys under a prefix, in order."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                yield item["Key"]

    def delete_all(self, prefix: str) -> int:
        """Delete everything under a prefix. Returns how many objects there were; raises NotDeleted."""
        deleted = 0
        keys = self.keys(prefix)
        while some := list(islice(keys, _KEYS_A_DELETION)):
            objects: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in some]
            refused = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})
            if errors := refused.get("Errors"):
                raise NotDeleted(f"s3://{self._bucket}/{errors[0].get('Key')}: {errors[0].get('Code')}")
            deleted += len(some)
        return deleted


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
