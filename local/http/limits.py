"""What one server gives to all its clients together, and to each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """API Gateway's sizes of a request; times in seconds."""

    head_bytes: int = 10_240
    body_bytes: int = 10 * 1024 * 1024
    bodies_bytes: int = 128 * 1024 * 1024
    """Of all requests that are being read or answered."""
    connections: int = 256
    idle_seconds: float = 60
    """Between two requests of a connection, and before the first."""
    head_seconds: float = 10
    body_seconds: float = 30
    send_seconds: float = 30
    linger_seconds: float = 5
    """In which a client may still send what is not read any more, so that it gets to read why."""
    stop_seconds: float = 10


DEFAULT_LIMITS = Limits()
