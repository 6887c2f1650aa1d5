"""Bodies: which of requests are read at all, how their JSON is, and how that of responses is written."""

import re
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import BaseModel

from skill_benchmark.api.problems import BadRequest, BodyTooLarge, UnsupportedMediaType
from skill_benchmark.domain import strict_json
from skill_benchmark.domain.text import visible

MAX_BODY_BYTES = 6 * 1024 * 1024
"""What Lambda can be given in one request."""

JSON = "application/json"
NO_BODY = object()
"""JSON has a null of its own."""
_SURROGATES = re.compile("[\ud800-\udfff]")


def require_json(method: str, headers: Mapping[str, str]) -> None:
    """Refuse a request that may change something and does not say that its body is JSON, also without a body.

    A page of another origin can send neither this type nor a body that is compressed. Raises UnsupportedMediaType.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        raise UnsupportedMediaType(
            "the body is compressed; send it as it is, without Content-Encoding", "Accept-Encoding", "identity"
        )
    if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        accept = "Accept-Post" if method == "POST" else "Accept"
        raise UnsupportedMediaType(
            f"a {method} needs the header `Content-Type: {JSON}`, also without a body", accept, JSON
        )


def as_json(content: BaseModel) -> str:
    """Of a response. It goes to terminals as it is (`curl`), and nothing that somebody else wrote acts there."""
    return visible(content.model_dump_json())


def json_body(event: APIGatewayProxyEventV2) -> Any:
    """The JSON of the body, or NO_BODY. Raises BadRequest, BodyTooLarge or RefusedJsonError."""
    try:
        text = event.decoded_body or ""
    except ValueError as error:
        raise BadRequest("the body is not UTF-8") from error
    if len(text.encode(errors="replace")) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"the body has more than {MAX_BODY_BYTES} bytes; send fewer or shorter test cases")
    if not text.strip():
        return NO_BODY
    try:
        return _surrogates_marked(strict_json.parsed(text))
    except strict_json.NotJsonError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error


def _surrogates_marked(value: Any) -> Any:
    # Pydantic refuses a lone surrogate. As U+0000, which cannot be stored either, it gets to where texts are cleaned
    # and flagged.
    match value:
        case str():
            return _SURROGATES.sub("\0", value)
        case list():
            return [_surrogates_marked(item) for item in value]
        case dict():
            return {_SURROGATES.sub("\0", name): _surrogates_marked(item) for name, item in value.items()}
    return value
