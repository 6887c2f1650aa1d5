"""What goes back to a client."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Response:
    """Names of headers are in lower case; each cookie is a Set-Cookie header."""

    status: int
    headers: dict[str, str]
    content: bytes
    cookies: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)
