"""PostgreSQL's protocol between the functions and the server, as far as it tells statements from each other."""

import base64
import json
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import Any


@dataclass
class Statement:
    """One statement as the server got it, and what it said of the result."""

    sql: str
    types: list[int] = field(default_factory=list)
    """Of the parameters: numbers of PostgreSQL's own types; 0 where the server is to find out."""
    parameters: list[Any] = field(default_factory=list)
    """A text, null, or `{"base64": …}` of one in binary form."""
    copied: str | None = None
    columns: list[list[Any]] = field(default_factory=list)
    """Name and type of each column of the result."""
    tag: str = ""

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value not in ([], None)}


class Recorder:
    """Listens on a Unix socket in front of a server's and keeps the transactions that were committed, in that order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.transactions: list[list[Statement]] = []
        self._lock = Lock()
        self._listening = socket.socket(socket.AF_UNIX)

    def listen(self, server: Path, port: int) -> None:
        self._listening.bind(str(self.folder / f".s.PGSQL.{port}"))
        self._listening.listen(128)
        Thread(target=self._accept, args=(str(server / f".s.PGSQL.{port}"),), daemon=True).start()

    def _accept(self, server: str) -> None:
        while True:
            client, _ = self._listening.accept()
            upstream = socket.socket(socket.AF_UNIX)
            upstream.connect(server)
            session = _Session(self)
            for source, target, heard in (
                (client, upstream, session.from_client),
                (upstream, client, session.from_server),
            ):
                Thread(target=_forward, args=(source, target, heard), daemon=True).start()

    def keep(self, transaction: list[Statement]) -> None:
        with self._lock:
            self.transactions.append(transaction)


class _Session:
    """One connection: what the client sends is a statement, once the server says that it is done."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._statement = Statement("")
        self._transaction: list[Statement] = []
        self._failed = False

    def from_client(self, kind: bytes, body: bytes) -> None:
        match kind:
            case b"Q":
                self._statement = Statement(body[:-1].decode())
            case b"P":
                _, sql, rest = body.split(b"\0", 2)
                self._statement = Statement(sql.decode(), list(struct.unpack(f"!{(len(rest) - 2) // 4}I", rest[2:])))
            case b"B":
                self._statement.parameters = list(_parameters(body))
            case b"d":
                self._statement.copied = (self._statement.copied or "") + body.decode()

    def from_server(self, kind: bytes, body: bytes) -> None:
        match kind:
            case b"T":
                self._statement.columns = list(_columns(body))
            case b"C":
                self._statement.tag = body[:-1].decode()
                self._transaction.append(self._statement)
            case b"E":
                self._failed = True
            case b"Z" if body == b"I":
                if self._transaction and not self._failed and self._transaction[-1].tag != "ROLLBACK":
                    self._recorder.keep(self._transaction)
                self._transaction, self._failed = [], False


def _forward(source: socket.socket, target: socket.socket, heard: Any) -> None:
    try:
        for kind, message in _messages(source, startup=heard.__name__ == "from_client"):
            heard(kind, message[5:])
            target.sendall(message)
    except OSError:
        pass
    finally:
        for end in (source, target):
            end.close()


def _messages(source: socket.socket, *, startup: bool) -> Iterator[tuple[bytes, bytes]]:
    reader = source.makefile("rb")
    if startup:
        length = reader.read(4)
        yield b"", length + reader.read(struct.unpack("!I", length)[0] - 4)
    while header := reader.read(5):
        yield header[:1], header + reader.read(struct.unpack("!I", header[1:])[0] - 4)


def _parameters(body: bytes) -> Iterator[Any]:
    _, _, rest = body.split(b"\0", 2)
    reader = _Reader(rest)
    formats = [reader.number("H") for _ in range(reader.number("H"))]
    for index in range(reader.number("H")):
        length = reader.number("i")
        value = reader.take(length) if length >= 0 else None
        binary = formats and formats[index if len(formats) > 1 else 0]
        if value is None:
            yield None
        elif binary:
            yield {"base64": base64.b64encode(value).decode()}
        else:
            yield value.decode()


def _columns(body: bytes) -> Iterator[list[Any]]:
    reader = _Reader(body)
    for _ in range(reader.number("H")):
        name = reader.text()
        reader.take(6)
        kind = reader.number("I")
        reader.take(8)
        yield [name, kind]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, length: int) -> bytes:
        taken, self._data = self._data[:length], self._data[length:]
        return taken

    def number(self, kind: str) -> int:
        [value] = struct.unpack(f"!{kind}", self.take(struct.calcsize(f"!{kind}")))
        return int(value)

    def text(self) -> str:
        text, _, self._data = self._data.partition(b"\0")
        return text.decode()


def write(path: Path, version: str, transactions: list[list[Statement]]) -> None:
    """One line that says of which release, then a line for each transaction."""
    lines = [{"version": version}, *([statement.as_json() for statement in each] for each in transactions)]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def read(path: Path) -> tuple[str, list[list[Statement]]]:
    """The version and its transactions."""
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    return json.loads(first)["version"], [[Statement(**each) for each in json.loads(line)] for line in rest]
