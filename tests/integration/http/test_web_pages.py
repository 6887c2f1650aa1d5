"""What a page of somebody else can make a browser send, sent as bytes: nothing of it reaches a function."""

import socket

import pytest

from tests.integration.http.conftest import Serve, Served

CHANGES = ["POST", "PUT", "PATCH", "DELETE"]


def own_address() -> str:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("needs a network interface besides loopback")
        return str(probe.getsockname()[0])


@pytest.mark.parametrize(
    "host",
    ["localhost", "LocalHost:8321", "localhost.", "localhost.:1", "127.0.0.1", "127.8.9.1:80", "[::1]", "[::1]:5"],
)
def test_a_host_that_is_this_machine_is_served(served: Served, host: str) -> None:
    assert served.send("GET", "/v1/health", host=host).status == 200
    assert len(served.recorder.events) == 1


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8321", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1."),
        *(
            "evil.localhost",
            "localhost..",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "0.0.0.0",
            "[::]",
            "10.0.0.1",
        ),
        *("[::ffff:127.0.0.1]", "128.0.0.1", "localhost,evil.example", "[::2]", "xn--localhost-"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_another_host_is_misdirected(served: Served, host: str, method: str) -> None:
    """After rebinding, a page of evil.example is of the same origin as this server, and would read its answers."""
    reply = served.send(method, "/v1/health", host=host)
    assert reply.status == 421
    if method != "HEAD":
        assert reply.problem()["type"].endswith(":misdirected-request")
    assert served.recorder.events == []


@pytest.mark.parametrize(
    "host", ["", " ", "a b", "user@localhost", "localhost:", "localhost:http", "localhost:123456", "::1"]
)
def test_a_host_that_is_none_is_a_bad_request(served: Served, host: str) -> None:
    assert served.send("GET", "/v1/health", host=host).problem()["status"] == 400
    assert served.recorder.events == []


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("hosts", [[], ["localhost", "localhost"], ["localhost", "evil.example"]])
def test_one_host_is_given(served: Served, version: str, hosts: list[str]) -> None:
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    reply = served.exchange(f"GET /v1/health HTTP/{version}\r\n{lines}\r\n".encode())
    assert reply.problem()["status"] == 400
    assert served.recorder.events == []


def test_an_absolute_target_names_a_host_as_well(served: Served) -> None:
    for target, host, status in [
        ("http://localhost/v1/health", "localhost", 200),
        ("http://evil.example/v1/health", "localhost", 421),
        ("http://localhost/v1/health", "evil.example", 421),
        ("HTTP://evil.example", "localhost", 421),
        ("http://localhost@evil.example/", "localhost", 400),
        ("http:///v1/health", "localhost", 400),
        ("ftp://localhost/v1/health", "localhost", 400),
    ]:
        assert served.send("GET", target, host=host).status == status, target
    [event] = served.recorder.events
    assert event["rawPath"] == "/v1/health"


def test_the_name_that_the_server_was_given_is_a_host(serve: Serve) -> None:
    served = serve(host="localhost")
    assert served.send("GET", "/", host="localhost").status == 200
    assert serve(host="127.0.0.1").send("GET", "/", host="box.lan").status == 421


def test_on_all_addresses_the_one_that_a_request_came_in_on_is_a_host(serve: Serve) -> None:
    served = serve(host="0.0.0.0")
    assert served.send("GET", "/", host="localhost").status == 200
    address = own_address()
    assert served.send("GET", "/", host=address).status == 421
    served.address = (address, served.address[1])
    assert served.send("GET", "/", host=address).status == 200
    assert served.send("GET", "/", host="evil.example").status == 421


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.example",
        "https://{host}",
        "http://{host}.",
        "http://{host}/",
        "http://localhost",
        "",
        "{host}",
    ],
)
def test_a_page_of_another_origin_changes_nothing(served: Served, method: str, origin: str) -> None:
    reply = served.send(method, "/v1/skills/a", ("origin", origin.format(host=served.host)), body=b"{}")
    assert reply.status == 403
    assert reply.problem()["type"].endswith(":foreign-origin")
    assert served.recorder.events == []


def test_two_origins_are_a_foreign_one(served: Served) -> None:
    own = ("origin", f"http://{served.host}")
    assert served.send("POST", "/", own, own).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_says_no_origin_says_the_site(served: Served, site: str) -> None:
    assert served.send("POST", "/v1/skills/a/runs", ("sec-fetch-site", site)).status == 403
    assert served.send("GET", "/v1/skills", ("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")).status == 403
    frame = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")]
    assert served.send("GET", "/v1/skills", ("sec-fetch-site", site), *frame).status == 403
    assert served.recorder.events == []


def test_a_person_may_follow_a_link_to_an_answer(served: Served) -> None:
    link = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]
    assert served.send("GET", "/v1/skills", *link).status == 200
    assert served.send("POST", "/v1/skills", *link).status == 403


def test_programs_and_the_own_origin_are_served(served: Served) -> None:
    own = ("origin", f"http://{served.host}")
    for fields in ([], [own], [own, ("sec-fetch-site", "same-origin")], [("sec-fetch-site", "none")]):
        assert served.send("POST", "/v1/skills/a/runs", *fields).status == 200
    assert served.send("GET", "/v1/skills", ("origin", "http://evil.example")).status == 200


def test_no_answer_gives_another_origin_a_permission(served: Served) -> None:
    """What a preflight asks for is refused by silence."""
    asked = [("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")]
    for reply in [
        served.send("OPTIONS", "/v1/skills", ("origin", "http://evil.example"), *asked),
        served.send("GET", "/v1/skills", ("origin", "http://evil.example")),
        served.send("POST", "/v1/skills", ("origin", "http://evil.example")),
        served.send("GET", "/v1/skills", host="evil.example"),
        served.exchange(b"\x16\x03\x01"),
    ]:
        assert not [name for name in reply.headers if name.startswith("access-control-")]
        assert "server" not in reply.headers


def test_a_request_is_refused_before_its_body_is_read(served: Served) -> None:
    """Or ten megabytes would be read for whoever asks."""
    reply = served.send("POST", "/", ("content-length", "1000"), ("expect", "100-continue"), host="evil.example")
    assert reply.status == 421
    assert reply.headers["connection"] == ["close"]
