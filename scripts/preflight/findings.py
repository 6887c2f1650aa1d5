"""What a check found, and how a check asks AWS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

Status = Literal["ok", "problem", "unknown"]

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}


@dataclass(frozen=True)
class Finding:
    """One sentence on one thing; a problem says what to do, an unknown which permission would tell."""

    status: Status
    about: str
    text: str


def ok(about: str, text: str) -> Finding:
    return Finding("ok", about, text)


def problem(about: str, text: str) -> Finding:
    return Finding("problem", about, text)


def unknown(about: str, text: str) -> Finding:
    return Finding("unknown", about, text)


class Denied(Exception):
    """The caller may not ask; the message is the permission that is missing."""


class Failed(Exception):
    """AWS refused the request for another reason. `code` is the error's name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def ask(client: Any, operation: str, **parameters: Any) -> dict[str, Any]:
    """Call an operation by its Python name. Raises Denied, Failed, or BotoCoreError where AWS is not reached."""
    try:
        answer: dict[str, Any] = getattr(client, operation)(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _DENIED:
            action = client.meta.method_to_api_mapping[operation]
            raise Denied(f"{client.meta.service_model.signing_name}:{action}") from error
        raise Failed(code, error.response.get("Error", {}).get("Message", "")) from error
    return answer


Check = Callable[[], Iterator[Finding]]


def findings(about: str, check: Check) -> Iterator[Finding]:
    """What a check finds, up to the point where it may not ask any further."""
    try:
        yield from check()
    except Denied as denied:
        yield unknown(about, f"not allowed to look; it needs {denied}")
    except (Failed, BotoCoreError) as error:
        yield unknown(about, f"AWS did not say: {' '.join(str(error).split())}")
