"""As much of S3 as an upload needs: it keeps what is put and says what is there."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Objects = dict[str, bytes]


@contextmanager
def fake_s3() -> Iterator[tuple[str, Objects]]:
    """The URL of a server, and the objects that it was given, by path (`/bucket/key`)."""
    objects: Objects = {}

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200)

        def do_HEAD(self) -> None:
            self._answer(200 if self.path in objects else 404)

        def do_GET(self) -> None:
            self._answer(501)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", objects
    finally:
        server.shutdown()
        server.server_close()
