"""The certificates that the database's server is verified against."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from skill_benchmark.adapters.postgres import ROOTS

KEYS = {"RSA2048 G1", "RSA4096 G1", "ECC384 G1"}
# Of regions that have RDS; a few in which it would be noticed at once.
REGIONS = {"us-east-1", "us-east-2", "us-west-2", "eu-central-1", "eu-west-1", "ap-northeast-1", "ap-southeast-2"}


@cache
def certificates() -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(ROOTS.read_bytes()))


def name(certificate: x509.Certificate, part: x509.ObjectIdentifier) -> str:
    return str(certificate.subject.get_attributes_for_oid(part)[0].value)


@pytest.mark.parametrize("certificate", certificates(), ids=lambda root: name(root, NameOID.COMMON_NAME))
def test_a_root_is_a_valid_authority_of_amazon_that_signed_itself(certificate: x509.Certificate) -> None:
    assert name(certificate, NameOID.ORGANIZATION_NAME) in {"Amazon Web Services, Inc.", "Amazon"}
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.ca
    certificate.verify_directly_issued_by(certificate)
    assert certificate.not_valid_before_utc < datetime.now(UTC)
    in_a_year = datetime.now(UTC) + timedelta(days=365)
    assert certificate.not_valid_after_utc > in_a_year, "write the file again: scripts/database_roots.py"


def test_every_region_has_a_root_of_each_kind_of_key_and_the_proxy_has_its_own() -> None:
    names = [name(certificate, NameOID.COMMON_NAME) for certificate in certificates()]
    assert len(names) == len(set(names))
    by_region: dict[str, set[str]] = {}
    for of_rds in (found.removeprefix("Amazon RDS ") for found in names if found.startswith("Amazon RDS ")):
        region, _, key = of_rds.partition(" Root CA ")
        by_region.setdefault(region, set()).add(key)
    assert by_region.keys() >= REGIONS
    assert set(map(frozenset, by_region.values())) == {frozenset(KEYS)}
    assert {found for found in names if not found.startswith("Amazon RDS ")} == {
        f"Amazon Root CA {number}" for number in range(1, 5)
    }


def test_openssl_reads_all_of_them() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ROOTS)
    assert context.cert_store_stats()["x509_ca"] == len(certificates()) > 80
