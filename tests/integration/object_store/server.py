"""A server that holds what it is asked against botocore's own signature, and does to it what a test says."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from urllib.parse import unquote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "eu-central-1"
_ERROR = "<?xml version='1.0'?><Error><Code>{}</Code><Message>m</Message></Error>"


@dataclass
class S3Stub:
    objects: dict[str, bytes] = field(default_factory=dict)
    credentials: list[Credentials] = field(default_factory=list)
    """Those that are valid."""
    answers: defaultdict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    """By key: statuses and codes to give first. Status 0 closes the connection."""
    delays: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    signed_headers: set[str] = field(default_factory=set)
    signed_by: Counter[str] = field(default_factory=Counter)
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, path: str, headers: Message, method: str = "GET", body: bytes = b"") -> tuple[int, bytes]:
        key = unquote(path).removeprefix("/records/")
        with self._lock:
            self.asked.append(key)
            status, code = self.answers[key].pop(0) if self.answers[key] else (200, "")
        time.sleep(self.delays.get(key, 0))
        if not any(self._is_signed_by(credentials, path, headers, method) for credentials in self.credentials):
            return 403, _ERROR.format("SignatureDoesNotMatch").encode()
        if status != 200:
            return status, _ERROR.format(code).encode()
        if method == "PUT":
            if headers["If-None-Match"] == "*" and key in self.objects:
                return 412, _ERROR.format("PreconditionFailed").encode()
            self.objects[key] = body
            return 200, b""
        if key not in self.objects:
            return 404, _ERROR.format("NoSuchKey").encode()
        return 200, self.objects[key]

    def _is_signed_by(self, credentials: Credentials, path: str, headers: Message, method: str) -> bool:
        given = dict(part.strip().split("=", 1) for part in headers["Authorization"].partition(" ")[2].split(","))
        names = given["SignedHeaders"].split(";")
        self.signed_headers = set(names)
        self.signed_by[given["Credential"].partition("/")[0]] += 1
        request = AWSRequest(
            method, f"{self.url}{path}", headers={name: headers[name] for name in names if name != "host"}
        )
        request.context["timestamp"] = headers["x-amz-date"]
        auth = S3SigV4Auth(credentials, "s3", REGION)
        text = auth.string_to_sign(request, auth.canonical_request(request))
        token = headers.get("x-amz-security-token")
        scope = f"{credentials.access_key}/{headers['x-amz-date'][:8]}/{REGION}/s3/aws4_request"
        return (
            given["Credential"] == scope
            and given["Signature"] == auth.signature(text, request)
            and token == credentials.token
        )


@contextmanager
def running(stub: S3Stub, tls: SSLContext | None = None) -> Iterator[S3Stub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(*stub.respond(urlsplit(self.path).path, self.headers))

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(*stub.respond(urlsplit(self.path).path, self.headers, "PUT", body))

        def answer(self, status: int, body: bytes) -> None:
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, *_: object) -> None:
            """A client that went away is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    stub.url = f"{'https' if tls else 'http'}://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
