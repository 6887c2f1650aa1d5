"""Calls of a deployed API, signed with SigV4 by whoever runs this."""

import json
import ssl
import urllib.error
import urllib.request
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class SignedApi:
    """An HTTP API at a base URL; without credentials the calls of a stranger."""

    def __init__(
        self, base_url: str, region: str, tenant: str, credentials: Credentials | None, trusted: str | None = None
    ) -> None:
        self._base, self._region, self._tenant, self._credentials = base_url, region, tenant, credentials
        self._tls = ssl.create_default_context(cafile=trusted)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and body. A header's underscores are its hyphens. Raises OSError where there is no API."""
        data = None if body is None else json.dumps(body).encode()
        sent = {"x-tenant-id": self._tenant, "content-type": "application/json"}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        signed = AWSRequest(method=method, url=self._base + path, data=data, headers=sent)
        if self._credentials:
            SigV4Auth(self._credentials, "execute-api", self._region).add_auth(signed)
        request = urllib.request.Request(  # noqa: S310 - the URL of a deployment
            signed.prepare().url, data=data, headers=dict(signed.headers), method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60, context=self._tls) as answer:  # noqa: S310
                return answer.status, _decoded(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, _decoded(error.read())


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
