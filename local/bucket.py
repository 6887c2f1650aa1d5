"""S3 objects as files of a directory, answered inside of botocore, before anything would be sent.

The processes of all functions and the state machine see the same directory without a server between them, and a killed
process loses nothing that was written. It knows the four object operations that this project uses, with S3's rules for
`If-None-Match: *`; a test holds it against moto's S3.
"""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore import handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict


class _Body(io.BytesIO):
    """The part of urllib3's response that botocore reads from."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


class BucketDirectory:
    """Answers S3 requests from `root/{bucket}/{key}`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def install(self) -> None:
        """Serve every S3 client of this process that is made from now on."""
        handlers.BUILTIN_HANDLERS.append(("before-send.s3", self))

    def __call__(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        url = urlsplit(request.url)
        host = (url.hostname or "").split(".s3")[0]
        path = unquote(url.path).lstrip("/")
        bucket, key = (
            (host, path) if ".s3" in (url.hostname or "") else (path.partition("/")[0], path.partition("/")[2])
        )
        if any(part in {"", ".", ".."} for part in [bucket, *key.split("/")]) and request.method != "GET":
            return _error(request, 400, "InvalidArgument", "a key of records has no empty or relative segment")
        query = parse_qs(url.query)
        if request.method == "PUT":
            return self._put(request, self._root / bucket / key)
        if request.method == "GET" and "list-type" in query:
            return self._list(request, bucket, query.get("prefix", [""])[0])
        if request.method == "GET":
            return self._get(request, self._root / bucket / key)
        return _error(request, 501, "NotImplemented", f"{request.method} is not kept here")

    def _put(self, request: AWSPreparedRequest, target: Path) -> AWSResponse:
        body = request.body if request.body is not None else b""
        content = body.read() if hasattr(body, "read") else body
        content = content.encode() if isinstance(content, str) else bytes(content)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._root, prefix=".put-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        try:
            if _header(request, "If-None-Match") == "*":
                os.link(temporary, target)
            else:
                Path(temporary).replace(target)
        except FileExistsError:
            return _error(request, 412, "PreconditionFailed", "At least one of the pre-conditions did not hold")
        finally:
            Path(temporary).unlink(missing_ok=True)
        return _response(request, 200, b"", {"ETag": _etag(content)})

    def _get(self, request: AWSPreparedRequest, target: Path) -> AWSResponse:
        try:
            content = target.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return _error(request, 404, "NoSuchKey", "The specified key does not exist.")
        headers = {"ETag": _etag(content), "Last-Modified": formatdate(usegmt=True), "Content-Type": "application/json"}
        return _response(request, 200, content, headers)

    def _list(self, request: AWSPreparedRequest, bucket: str, prefix: str) -> AWSResponse:
        """All keys on one page: pages are for networks."""
        top = self._root / bucket
        start = top / prefix.rpartition("/")[0]
        found = (
            Path(folder, name).relative_to(top).as_posix() for folder, _, names in os.walk(start) for name in names
        )
        keys = sorted(key for key in found if key.startswith(prefix))
        contents = "".join(f"<Contents><Key>{escape(key)}</Key></Contents>" for key in keys)
        page = (
            f"<ListBucketResult><Name>{escape(bucket)}</Name><Prefix>{escape(prefix)}</Prefix>"
            f"<KeyCount>{len(keys)}</KeyCount><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        )
        return _response(request, 200, page.encode(), {"Content-Type": "application/xml"})


def _header(request: AWSPreparedRequest, name: str) -> str | None:
    value = request.headers.get(name)
    return value.decode() if isinstance(value, bytes) else value


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _error(request: AWSPreparedRequest, status: int, code: str, message: str) -> AWSResponse:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return _response(request, status, body.encode(), {"Content-Type": "application/xml"})


def _response(request: AWSPreparedRequest, status: int, body: bytes, headers: dict[str, str]) -> AWSResponse:
    sent = HeadersDict({**headers, "Content-Length": str(len(body))})
    return AWSResponse(request.url, status, sent, _Body(body))
