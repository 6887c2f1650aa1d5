"""Many objects read side by side, from a server that checks each signature with botocore's arithmetic."""

import random
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import islice
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.credentials import Credentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from skill_benchmark.adapters import aws_clients, s3_reads
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.s3_reads import ReadFailed, S3Reads
from tests.integration.object_store.server import REGION, S3Stub, running

FIRST = Credentials("AKIDEXAMPLE", "secret/with+signs", "token/" + "t" * 900)
SECOND = Credentials("AKIDSECOND", "another-secret", "another-token")


@pytest.fixture
def s3(without_buckets: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Stub]:
    monkeypatch.setattr(s3_reads, "_FIRST_WAIT_SECONDS", 0.001)
    with running(S3Stub(credentials=[FIRST])) as stub:
        yield stub


def session(credentials: Credentials = FIRST) -> botocore.session.Session:
    made = botocore.session.Session()
    made.set_credentials(credentials.access_key, credentials.secret_key, credentials.token)
    return made


def reads(s3: S3Stub, of: botocore.session.Session | None = None) -> S3Reads:
    client = boto3.Session("a", "b").client("s3", region_name=REGION, endpoint_url=s3.url)
    return S3Reads(client, "records", of or session())


def test_objects_come_in_the_order_of_their_keys_whichever_is_there_first(s3: S3Stub) -> None:
    s3.objects = {f"runs/1/{number}": b"%d" % number for number in range(300)}
    s3.delays = {"runs/1/0": 0.2, "runs/1/150": 0.1}
    keys = [f"runs/1/{number}" for number in range(300)]
    assert list(reads(s3).read(keys)) == [b"%d" % number for number in range(300)]


@pytest.mark.parametrize(
    "key",
    [
        "runs/1/plain.json",
        "runs/1/vendor%2Fjudge%3A1.json",
        "runs/1/judge@2.json",
        "runs/1/a b+c&d=e~f_g-h.json",
        "runs/1/größer.json",
        "runs/1/(a)'*!.json",
    ],
)
def test_a_request_is_signed_as_botocore_signs_it(s3: S3Stub, key: str) -> None:
    s3.objects = {key: b"found"}
    assert list(reads(s3).read([key])) == [b"found"]
    assert s3.signed_headers >= {"host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}


def test_credentials_without_a_token_sign_without_one(s3: S3Stub) -> None:
    lasting = Credentials("AKIDLASTING", "secret")
    s3.credentials, s3.objects = [lasting], {"a": b"1"}
    assert list(reads(s3, session(lasting)).read(["a"])) == [b"1"]
    assert "x-amz-security-token" not in s3.signed_headers


def test_a_wrong_secret_is_refused_and_the_refusal_names_the_key_and_is_not_tried_again(s3: S3Stub) -> None:
    wrong = session(Credentials(FIRST.access_key, "wrong", FIRST.token))
    with pytest.raises(ReadFailed, match=r"^s3://records/runs/1/a: HTTP 403 SignatureDoesNotMatch, after 1 attempts$"):
        list(reads(s3, wrong).read(["runs/1/a"]))
    assert s3.asked == ["runs/1/a"]


def test_credentials_that_are_renewed_in_between_are_used(s3: S3Stub) -> None:
    s3.objects = {str(number): b"x" for number in range(2_000)}
    of = session()
    found = reads(s3, of).read(str(number) for number in range(2_000))
    assert next(found) == b"x"
    s3.credentials = [FIRST, SECOND]
    credentials = of.get_credentials()
    assert credentials is not None
    # As botocore renews those that expire: in the same object.
    credentials.access_key, credentials.secret_key = SECOND.access_key, SECOND.secret_key
    credentials.token = SECOND.token
    assert len(list(found)) == 1_999
    assert s3.signed_by[SECOND.access_key] >= 2_000 - s3_reads._AHEAD - s3_reads._IN_FLIGHT


def test_an_object_that_is_not_there_is_none_and_a_bucket_that_is_not_there_is_an_error(s3: S3Stub) -> None:
    s3.objects = {"b": b"2"}
    assert list(reads(s3).read(["a", "b", "c"])) == [None, b"2", None]
    s3.answers["b"] = [(404, "NoSuchBucket")]
    with pytest.raises(ReadFailed, match="s3://records/b: HTTP 404 NoSuchBucket"):
        list(reads(s3).read(["b"]))


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 0])
def test_what_passes_is_tried_again(s3: S3Stub, status: int) -> None:
    s3.objects = {"a": b"1", "b": b"2"}
    s3.answers["a"] = [(status, "SlowDown")] * 3
    assert list(reads(s3).read(["a", "b"])) == [b"1", b"2"]
    assert s3.asked.count("b") == 1


@pytest.mark.parametrize(("status", "reason"), [(503, "HTTP 503"), (0, ".+")])
def test_what_does_not_pass_is_an_error_that_names_the_key(s3: S3Stub, status: int, reason: str) -> None:
    s3.objects = {"a": b"1"}
    s3.answers["a"] = [(status, "SlowDown")] * 100
    with pytest.raises(ReadFailed, match=rf"^s3://records/a: {reason}, after 8 attempts$"):
        list(reads(s3).read(["a"]))


def test_waiting_for_the_next_attempt_sleeps(s3: S3Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_reads, "_FIRST_WAIT_SECONDS", 1.0)
    monkeypatch.setattr(random, "uniform", lambda _, longest: longest)
    looks: list[float] = []
    advance = s3_reads._Transfers._advance

    def counted(transfers: s3_reads._Transfers) -> None:
        looks.append(time.monotonic())
        advance(transfers)

    monkeypatch.setattr(s3_reads._Transfers, "_advance", counted)
    s3.objects = {"a": b"1"}
    s3.answers["a"] = [(503, "SlowDown")]
    assert list(reads(s3).read(["a"])) == [b"1"]
    assert looks[-1] - looks[0] > 0.9, "it waits before it asks again"
    assert len(looks) < 1_000, "it looks again only when something can have happened"


def test_a_server_that_does_not_answer_is_left_after_a_while(s3: S3Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_reads, "_SECONDS_AN_ATTEMPT", 1)
    monkeypatch.setattr(s3_reads, "_ATTEMPTS", 2)
    s3.objects, s3.delays = {"a": b"1"}, {"a": 5}
    with pytest.raises(ReadFailed, match=r"s3://records/a: .*timed out.*, after 2 attempts"):
        list(reads(s3).read(["a"]))


def test_a_refused_connection_is_an_error_that_names_the_key(s3: S3Stub) -> None:
    gone = S3Stub(url="http://127.0.0.1:9")
    with pytest.raises(ReadFailed, match=r"^s3://records/a: .+, after 8 attempts$"):
        list(reads(gone).read(["a"]))


def test_an_object_arrives_as_it_is(s3: S3Stub) -> None:
    s3.objects = {"large": bytes(range(256)) * 40_000, "empty": b""}
    assert list(reads(s3).read(["large", "empty"])) == [s3.objects["large"], b""]


def test_who_stops_reading_has_asked_for_little_more_than_it_took(s3: S3Stub) -> None:
    s3.objects = {str(number): b"x" for number in range(5_000)}
    taken = 0

    def keys() -> Iterator[str]:
        nonlocal taken
        for number in range(5_000):
            taken += 1
            yield str(number)

    found = reads(s3).read(keys())
    assert list(islice(found, 10)) == [b"x"] * 10
    assert taken <= 10 + s3_reads._AHEAD
    found.close()  # type: ignore[attr-defined]
    asked = len(s3.asked)
    time.sleep(0.1)
    assert len(s3.asked) - asked <= s3_reads._IN_FLIGHT


def test_an_object_that_lets_wait_does_not_let_memory_grow(s3: S3Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_reads, "_IN_FLIGHT", 20)
    monkeypatch.setattr(s3_reads, "_AHEAD", 50)
    s3.objects = {str(number): b"x" for number in range(1_000)}
    s3.delays = {"0": 1.5}
    found = reads(s3).read(str(number) for number in range(1_000))
    assert next(found) == b"x"
    assert len(s3.asked) == 50
    assert len(list(found)) == 999


def test_only_authorities_that_are_named_are_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = tmp_path / "certificate.pem"
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, _made_out_to_localhost(certificate, tmp_path / "key.pem"))
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with running(S3Stub(credentials=[FIRST], objects={"a": b"1"}), tls) as s3:
        with pytest.raises(ReadFailed, match=r"s3://records/a: SSL certificate .*self-signed.*, after 1 attempts"):
            list(reads(s3).read(["a"]))
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        assert list(reads(s3).read(["a"])) == [b"1"]


@pytest.mark.parametrize(
    ("endpoint", "bucket", "url"),
    [
        ("https://s3.eu-central-1.amazonaws.com", "records", "https://records.s3.eu-central-1.amazonaws.com/"),
        ("https://s3.cn-north-1.amazonaws.com.cn", "records", "https://records.s3.cn-north-1.amazonaws.com.cn/"),
        ("https://s3.eu-central-1.amazonaws.com", "a.b", "https://s3.eu-central-1.amazonaws.com/a.b/"),
        ("http://127.0.0.1:4566", "records", "http://127.0.0.1:4566/records/"),
        ("http://localhost:4566/base/", "records", "http://localhost:4566/base/records/"),
    ],
)
def test_a_bucket_is_where_boto3_would_look_for_it(endpoint: str, bucket: str, url: str) -> None:
    assert s3_reads._base_url(endpoint, bucket) == url


def test_a_store_without_a_directory_reads_from_its_endpoint(s3: S3Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.objects = {"a": b"1"}
    monkeypatch.setattr(aws_clients, "session", session)
    store = ObjectStore("records", boto3.Session("a", "b").client("s3", region_name=REGION, endpoint_url=s3.url))
    assert list(store.get_many(["a", "b"])) == [b"1", None]


def _made_out_to_localhost(certificate: Path, key: Path) -> Path:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return key
