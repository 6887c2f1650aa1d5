"""Requests to AWS over a pipe: side by side, with bodies as they are, and never without an answer."""

import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from local.aws_pipe import Answer, AwsPipe, answer_requests
from local.cloud import REGION, Cloud
from tests.integration.conftest import Service

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})


def request(body: bytes = b"", url: str = f"https://states.{REGION}.amazonaws.com/") -> AWSPreparedRequest:
    return AWSPreparedRequest("POST", url, HTTPHeaders.from_pairs([("X-Sent", "yes")]), body, stream_output=False)


@contextmanager
def pipe(respond: Callable[[AWSPreparedRequest], Answer]) -> Iterator[AwsPipe]:
    """A function's end; the other end answers by `respond`."""
    ours, theirs = multiprocessing.Pipe()
    asking = AwsPipe(theirs)
    receiving = Thread(target=asking._receive)
    answering = Thread(target=answer_requests, args=(ours, respond))
    receiving.start()
    answering.start()
    yield asking
    # As at the death of the process, which closes its end while a thread reads there.
    with socket.socket(fileno=os.dup(theirs.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)
    for thread in (receiving, answering):
        thread.join(10)
        assert not thread.is_alive()


def echo(asked: AWSPreparedRequest) -> Answer:
    assert isinstance(asked.body, bytes)
    return Answer(207, {"X-Method": asked.method, "X-Got": str(asked.headers["X-Sent"])}, asked.body)


def test_a_body_of_any_bytes_comes_back_as_it_was_sent() -> None:
    sent = bytes(range(256)) * 1000 + b"\n\n"
    with pipe(echo) as asking:
        answered = asking(request(sent))
    assert (answered.status_code, answered.content) == (207, sent)
    assert (answered.headers["x-method"], answered.headers["x-got"]) == ("POST", "yes")


def test_a_slow_request_holds_up_no_other() -> None:
    released = Event()

    def respond(asked: AWSPreparedRequest) -> Answer:
        if asked.body == b"slow":
            assert released.wait(10)
        return echo(asked)

    with pipe(respond) as asking, ThreadPoolExecutor(51) as threads:
        slow = threads.submit(asking, request(b"slow"))
        others = [threads.submit(asking, request(str(number).encode())) for number in range(50)]
        assert [other.result(10).content for other in others] == [str(number).encode() for number in range(50)]
        assert not slow.done()
        released.set()
        assert slow.result(10).content == b"slow"


def test_what_goes_wrong_on_the_other_side_is_an_answer() -> None:
    def respond(_: AWSPreparedRequest) -> Answer:
        raise RuntimeError("out of order")

    with pipe(respond) as asking:
        answered = asking(request())
    assert (answered.status_code, "out of order" in answered.text) == (500, True)


def _exits_when_asked(connection: Any) -> None:
    def respond(_: AWSPreparedRequest) -> Answer:
        os._exit(9)

    answer_requests(connection, respond)


def test_a_request_to_a_process_that_dies_fails_and_does_not_hang() -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_exits_when_asked, args=(theirs,))
    process.start()
    theirs.close()
    asking = AwsPipe(ours)
    Thread(target=asking._receive, daemon=True).start()
    begun = time.monotonic()
    for _ in range(2):  # under way when it died, and afterwards
        with pytest.raises(EndpointConnectionError, match="states"):
            asking(request())
        assert time.monotonic() - begun < 30
    process.join(10)


def test_clients_of_boto3_are_answered_by_the_embedded_services(service: Service) -> None:
    arn = service.stack.cloud.put_secret("for-a-test", "the value")
    client = _client("secretsmanager", service.stack.cloud)
    assert client.get_secret_value(SecretId=arn)["SecretString"] == "the value"
    with pytest.raises(ClientError) as refused:
        client.get_secret_value(SecretId="no-such-secret")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_functions_reach_the_two_services_that_they_use_and_nothing_else(service: Service) -> None:
    respond = service.stack.cloud.respond
    assert respond(request(url="http://motoapi.amazonaws.com/moto-api/reset")).status == 501
    assert respond(request(url=f"https://iam.{REGION}.amazonaws.com/")).status == 501
    assert respond(request(url=f"https://states.{REGION}.amazonaws.com.attacker.example/")).status == 501


def _client(name: str, cloud: Cloud) -> Any:
    """A client whose requests go through a pipe instead of straight to moto."""
    session = boto3.Session(region_name=REGION)
    client = session.client(name, config=ONCE)
    ours, theirs = multiprocessing.Pipe()
    asking = AwsPipe(theirs)
    Thread(target=asking._receive, daemon=True).start()
    Thread(target=answer_requests, args=(ours, cloud.respond), daemon=True).start()
    client.meta.events.register_first("before-send", asking)
    return client
