"""A way through to a server that notes what a browser sends and is answered, and serves one page itself."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PAGE_PATH = b"/attack"
_REQUEST = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.1\r\n")
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass
class Relay:
    """Passes all connections on to a port. A rebinding server does the same: first its page, then the victim."""

    to_port: int
    page: bytes = b""
    port: int = 0
    connections: list[tuple[bytearray, bytearray]] = field(default_factory=list)

    def answered(self) -> list[tuple[str, int]]:
        """Method and status of each request that the server has answered."""
        return [
            (method.decode(), int(status))
            for sent, received in self.connections
            for (method, _), status in zip(_REQUEST.findall(sent), _STATUS.findall(received), strict=False)
        ]

    def take(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            first = client.recv(65536)
            if first.split(b" ")[1:2] == [PAGE_PATH]:
                head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(self.page)}\r\n"
                client.sendall(head.encode() + b"connection: close\r\n\r\n" + self.page)
                return
            with socket.create_connection(("127.0.0.1", self.to_port)) as server:
                sent, received = bytearray(), bytearray()
                self.connections.append((sent, received))
                sent += first
                server.sendall(first)
                back = threading.Thread(target=_pump, args=(server, client, received))
                back.start()
                _pump(client, server, sent)
                back.join()


@contextmanager
def relaying(to_port: int) -> Iterator[Relay]:
    relay = Relay(to_port)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay.port = listener.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threading.Thread(target=relay.take, args=(client,), daemon=True).start()

        thread = threading.Thread(target=accept)
        thread.start()
        yield relay
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def _pump(source: socket.socket, sink: socket.socket, noted: bytearray) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            noted += data
            sink.sendall(data)
    for side in (source, sink):
        with suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
