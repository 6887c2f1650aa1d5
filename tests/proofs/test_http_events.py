"""The events of the embedded API Gateway, beside those that AWS's own emulator makes of the same requests."""

import json
import subprocess
from pathlib import Path
from typing import Any

from local.http.gateway import combined, http_event

REQUESTS: list[dict[str, Any]] = [
    {"method": "GET", "path": "/v1/skills", "query": "", "headers": [], "body": ""},
    {"method": "GET", "path": "/v1/a%20b/c%2Fd/%E2%98%95", "query": "", "headers": [], "body": ""},
    {"method": "GET", "path": "/v1/a+b/", "query": "x=a+b&y=a%2Bb&z=%C3%A9&empty=&bare", "headers": [], "body": ""},
    {"method": "GET", "path": "/v1/x", "query": "a=1&b=2&a=3,4", "headers": [], "body": ""},
    {
        "method": "POST",
        "path": "/v1/x",
        "query": "",
        "headers": [["Content-Type", "application/json; charset=utf-8"], ["X-One", "1"], ["Cookie", "a=1; b=2"]],
        "body": '{"a": "é"}',
    },
    {"method": "PUT", "path": "/v1/x", "query": "", "headers": [["Content-Type", "image/png"]], "body": "png"},
    {"method": "OPTIONS", "path": "/", "query": "", "headers": [["Origin", "http://a.example"]], "body": ""},
    {"method": "HEAD", "path": "/v1/health", "query": "", "headers": [["If-None-Match", '"a", "b"']], "body": ""},
]


def as_compared(event: dict[str, Any]) -> dict[str, Any]:
    """What both should agree on. sam keeps the case of names and the cookie header, and adds headers of a proxy."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    for name in ("host", "content-length", "cookie", "x-forwarded-proto", "x-forwarded-port"):
        headers.pop(name, None)
    return {
        **{name: event[name] for name in ("version", "rawPath", "rawQueryString", "isBase64Encoded")},
        **{name: event.get(name) or None for name in ("cookies", "queryStringParameters", "body")},
        "headers": headers,
        "method": event["requestContext"]["http"]["method"],
        "path": event["requestContext"]["http"]["path"],
        "stage": event["requestContext"]["stage"],
    }


def test_events_are_those_that_sam_makes(sam: Path) -> None:
    script = Path(__file__).parent / "sam_events.py"
    ran = subprocess.run(
        [sam.parent / "python", script],
        input=json.dumps(REQUESTS).encode(),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    for sent, theirs in zip(REQUESTS, json.loads(ran.stdout), strict=True):
        headers = combined([(name, value) for name, value in sent["headers"]])
        ours = http_event(sent["method"], sent["path"], sent["query"], headers, sent["body"].encode())
        assert as_compared(ours) == as_compared(theirs), sent
