"""Certificates of our own, and PostgreSQL servers that show them."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
INSTALLED = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
"""A server with TLS, as Debian builds it; the one from the wheel has none."""


@dataclass(frozen=True)
class Authority:
    """Signs certificates of servers."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls, name_of_it: str = "An authority of our own") -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name_of_it)])
        authority = x509.BasicConstraints(ca=True, path_length=None)
        certificate = _builder(name, name, key, days=1).add_extension(authority, critical=True).sign(key, SHA256())
        return cls(key, certificate)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def issue(self, folder: Path, host: str, *, days: int = 1) -> tuple[Path, Path]:
        """Files with a certificate of a host and its key; with negative days it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = _builder(name, self.certificate.subject, key, days=days).add_extension(names, critical=False)
        certificate_file, key_file = folder / "server.crt", folder / "server.key"
        certificate_file.write_bytes(builder.sign(self.key, SHA256()).public_bytes(Encoding.PEM))
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        key_file.chmod(0o600)
        return certificate_file, key_file


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
    )


@contextmanager
def front(unix_socket: Path, certificate: tuple[Path, Path] | None) -> Iterator[int]:
    """TLS before a server that has none, as RDS Proxy is; without a certificate it says that it has none. A port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate:
        context.load_cert_chain(*certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    Thread(target=answer, args=(client,), daemon=True).start()

        def answer(client: socket.socket) -> None:
            with suppress(OSError), client, socket.socket(socket.AF_UNIX) as server:
                assert client.recv(8) == SSL_REQUEST
                client.sendall(b"S" if certificate else b"N")
                server.connect(str(unix_socket))
                with context.wrap_socket(client, server_side=True) if certificate else client as inside:
                    there = Thread(target=pump, args=(inside, server), daemon=True)
                    there.start()
                    pump(server, inside)
                    there.join()

        Thread(target=serve, daemon=True).start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for one in (source, sink):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def installed_server(folder: Path, certificate: tuple[Path, Path]) -> Iterator[int]:
    """The machine's own PostgreSQL with TLS, run by a user who may: it refuses to be root's. Gives its port."""
    assert INSTALLED
    user = "nobody" if os.geteuid() == 0 else None
    data = folder / "data"
    for file in certificate:
        shutil.copy(file, folder)
    if user:
        shutil.chown(folder, user)
        for file in folder.iterdir():
            shutil.chown(file, user)
    subprocess.run(
        [INSTALLED / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"],
        user=user,
        cwd=folder,
        check=True,
        capture_output=True,
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c ssl=on -c fsync=off"
    files = f"-c ssl_cert_file={folder}/{certificate[0].name} -c ssl_key_file={folder}/{certificate[1].name}"
    control: list[str | Path] = [INSTALLED / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    subprocess.run(
        [*control, "-o", f"{options} {files}", "start"],
        user=user,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )
    try:
        yield port
    finally:
        subprocess.run(
            [*control, "-m", "immediate", "stop"],
            user=user,
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )
