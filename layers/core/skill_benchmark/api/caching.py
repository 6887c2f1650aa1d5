"""What a cache may do with a response, and what a client has already (RFC 9110, RFC 9111)."""

import gzip
import hashlib
import re
from typing import Final

TENANT_DATA: Final = {"Cache-Control": "private, no-cache", "Vary": "authorization, x-tenant-id"}
"""May be kept for one client, who asks each time whether it still holds."""
NOT_KEPT: Final = {"Cache-Control": "no-store", "Vary": TENANT_DATA["Vary"]}
PUBLIC: Final = {"Cache-Control": "public, max-age=300", "Vary": "accept-encoding"}

_TAG = re.compile(r'(?:W/)?("[^"]*")')
_QUALITY = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def etag_of(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_known(etag: str, if_none_match: str) -> bool:
    """Whether a client that sent this `If-None-Match` has the content.

    Tags are compared weakly, a comma may be part of one, and headers that were repeated come joined by a comma.
    """
    return if_none_match.strip() == "*" or etag in _TAG.findall(if_none_match)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an `Accept-Encoding` allows gzip: named, or by `*`, with a quality above 0."""
    qualities: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, parameter = part.partition(";")
        if not parameter.strip():
            qualities[coding.strip()] = 1.0
        elif quality := _QUALITY.fullmatch(parameter.strip()):
            qualities[coding.strip()] = float(quality[1])
    return qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0))) > 0


def compressed(content: bytes) -> bytes:
    """The same bytes each time, so that they have one ETag."""
    return gzip.compress(content, mtime=0)
