"""Writes the root certificates that a PostgreSQL server on AWS is verified against.

    python scripts/database_roots.py global-bundle.pem > layers/core/skill_benchmark/adapters/database_roots.pem

`global-bundle.pem` is RDS's own list (https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem). RDS Proxy has
certificates of Amazon Trust Services, whose roots are taken from certifi. What has expired, or is of a preview, is left
out.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import certifi
from cryptography.x509 import Certificate, load_pem_x509_certificate
from cryptography.x509.oid import NameOID

_END = "-----END CERTIFICATE-----"


def roots(*bundles: str) -> Iterator[tuple[str, Certificate, str]]:
    """Name, certificate and PEM text of each root of Amazon that is valid today."""
    for bundle in bundles:
        for part in bundle.split(_END)[:-1]:
            pem = part[part.index("-----BEGIN") :] + _END
            certificate = load_pem_x509_certificate(pem.encode())
            name = " ".join(str(part.value) for part in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME))
            ours = name.startswith(("Amazon RDS", "Amazon Root CA")) and not {"Beta", "Preview"} & set(name.split())
            if ours and certificate.not_valid_after_utc > datetime.now(UTC):
                yield name, certificate, pem


def main(rds_bundle: Path) -> None:
    bundles = [path.read_text(encoding="utf-8") for path in (rds_bundle, Path(certifi.where()))]
    for name, certificate, pem in sorted(roots(*bundles), key=lambda root: root[0]):
        sys.stdout.write(f"# {name}, until {certificate.not_valid_after_utc:%Y-%m-%d}\n{pem}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
