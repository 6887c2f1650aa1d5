"""The Migrate function called in this process, with a Secrets Manager and a server of the answers of CloudFormation."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

from functions.migrate.app import lambda_handler

PASSWORD = "never-in-an-answer"


@dataclass
class Vault:
    """Secrets Manager, as far as this process sees it."""

    client: Any
    arns: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: dict[str, Any]) -> str:
        """As `aws secretsmanager put-secret-value` does."""
        text = json.dumps(value)
        if name in self.arns:
            self.client.put_secret_value(SecretId=self.arns[name], SecretString=text)
        else:
            self.arns[name] = self.client.create_secret(Name=f"{name}-{uuid4().hex}", SecretString=text)["ARN"]
        return self.arns[name]


@dataclass(frozen=True)
class Context:
    """An invocation of the function with so many seconds left."""

    seconds: float = 900
    function_name: str = "migrate"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:migrate"
    aws_request_id: str = "request"

    def get_remaining_time_in_millis(self) -> int:
        return round(self.seconds * 1000)


def invoke(event: dict[str, Any], *, seconds: float = 900) -> dict[str, list[str]]:
    return lambda_handler(event, Context(seconds))  # type: ignore[arg-type]  # what is read of the context


@dataclass(frozen=True)
class Answer:
    """What was put to the ResponseURL."""

    method: str
    path: str
    content_type: str | None
    body: dict[str, Any]
    size: int


@dataclass
class Answers:
    """A server at a ResponseURL; answers with `status`."""

    url: str
    status: int = 200
    received: list[Answer] = field(default_factory=list)

    def request(self, kind: str, **more: Any) -> dict[str, Any]:
        """The event that CloudFormation sends."""
        return {
            "RequestType": kind,
            "ServiceToken": "arn:aws:lambda:eu-central-1:123456789012:function:bench-migrate",
            "ResponseURL": self.url,
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/bench/6f3c",
            "RequestId": f"request-{kind}",
            "LogicalResourceId": "SchemaMigration",
            "ResourceType": "Custom::Migration",
            "ResourceProperties": {"Migrations": "arn:aws:lambda:eu-central-1:123456789012:layer:bench-migrations:2"},
            **more,
        }


@contextmanager
def answers() -> Iterator[Answers]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            size = int(self.headers["Content-Length"])
            body = json.loads(self.rfile.read(size))
            found.received.append(Answer("PUT", self.path, self.headers["Content-Type"], body, size))
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Answers(
            f"http://127.0.0.1:{server.server_port}/arn%3Aaws%3Acloudformation/bench%7CSchemaMigration?X=a%2Fb"
        )
        serving = Thread(target=server.serve_forever)
        serving.start()
        try:
            yield found
        finally:
            server.shutdown()
            serving.join()
