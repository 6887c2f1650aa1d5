"""S3 objects as files of a directory, answered inside of botocore, before a request would be signed and sent.

The processes of all functions and the state machine see the same directory without a server between them, and a killed
process loses nothing that was written. It knows the four object operations that this project uses, with S3's rules
for `If-None-Match: *`; a test holds it against moto's S3.
"""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from botocore import handlers
from botocore.model import OperationModel
from botocore.response import StreamingBody

from skill_benchmark.adapters.object_store import READ_MANY_EVENT

_KEY = "{http://s3.amazonaws.com/doc/2006-03-01/}Key"


@dataclass(frozen=True)
class _Status:
    """What botocore looks at of an HTTP response that it need not parse."""

    status_code: int


Answer = tuple[_Status, dict[str, Any]]


class BucketDirectory:
    """One bucket as the directory `root`, whatever its name: CloudFormation gives it another at every start."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def install(self) -> None:
        """Serve every S3 client of this process that is made from now on, until `uninstall`."""
        handlers.BUILTIN_HANDLERS.extend([("before-call.s3", self), (READ_MANY_EVENT, self._read_many)])

    def uninstall(self) -> None:
        handlers.BUILTIN_HANDLERS.remove(("before-call.s3", self))
        handlers.BUILTIN_HANDLERS.remove((READ_MANY_EVENT, self._read_many))

    def __call__(self, model: OperationModel, params: Mapping[str, Any], **__: object) -> Answer:
        key = _path(params["url"]).partition("/")[2]
        if model.name == "ListObjectsV2":
            return self._list(str(params["query_string"].get("prefix", "")))
        if model.name == "DeleteObjects":
            return self._delete(params["body"])
        if any(part in {"", ".", ".."} for part in key.split("/")):
            return _error(400, "InvalidArgument", "a key of records has no empty or relative segment")
        if model.name == "PutObject":
            return self._put(self._root / key, params)
        if model.name == "GetObject":
            return self._get(self._root / key)
        return _error(501, "NotImplemented", f"{model.name} is not kept here")

    def _read_many(self, keys: Iterable[str], **__: object) -> Iterator[bytes | None]:
        for key in keys:
            try:
                yield (self._root / key).read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                yield None

    def _put(self, target: Path, params: Mapping[str, Any]) -> Answer:
        body = params["body"]
        sent = body.read() if hasattr(body, "read") else body
        content = sent.encode() if isinstance(sent, str) else bytes(sent)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._root, prefix=".put-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        try:
            if params["headers"].get("If-None-Match") == "*":
                os.link(temporary, target)
            else:
                Path(temporary).replace(target)
        except FileExistsError:
            return _error(412, "PreconditionFailed", "At least one of the pre-conditions did not hold")
        finally:
            Path(temporary).unlink(missing_ok=True)
        return _answer({"ETag": _etag(content)})

    def _get(self, target: Path) -> Answer:
        try:
            content = target.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return _error(404, "NoSuchKey", "The specified key does not exist.")
        body = StreamingBody(io.BytesIO(content), len(content))
        return _answer({"Body": body, "ContentLength": len(content), "ETag": _etag(content)})

    def _delete(self, body: bytes) -> Answer:
        for name in ElementTree.fromstring(body).iter(_KEY):  # noqa: S314 - written by botocore in this process
            (self._root / str(name.text)).unlink(missing_ok=True)
        return _answer({})

    def _list(self, prefix: str) -> Answer:
        """All keys on one page: pages are for networks."""
        start = self._root / prefix.rpartition("/")[0]
        files = (Path(folder, name) for folder, _, names in os.walk(start) for name in names)
        keys = sorted(key for file in files if (key := file.relative_to(self._root).as_posix()).startswith(prefix))
        return _answer({"Contents": [{"Key": key} for key in keys], "KeyCount": len(keys), "IsTruncated": False})


def _path(url: str) -> str:
    """Bucket and key of a request, whichever of S3's two addressing styles it has."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", unquote(parts.path).lstrip("/")
    return f"{host.partition('.s3.')[0]}/{path}" if ".s3." in host else path


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _answer(parsed: dict[str, Any], status: int = 200) -> Answer:
    return _Status(status), {**parsed, "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "local"}}


def _error(status: int, code: str, message: str) -> Answer:
    return _answer({"Error": {"Code": code, "Message": message}}, status)
