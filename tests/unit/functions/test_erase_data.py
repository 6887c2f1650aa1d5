"""Erase Data takes an event that says twice what is to be erased, and connects as the owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from functions.erase_data import app
from skill_benchmark.use_cases.erase_data import Erased
from tests.unit.functions.conftest import Context

OWNER = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:owner"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was read, connected to and erased, in order."""
    came: list[Any] = []

    @contextmanager
    def connect(secret: object) -> Iterator[str]:
        came.append(secret)
        yield "connection"

    class Eraser:
        def __init__(self, connection: str, store: str, seconds_left: Any) -> None:
            came.append((connection, store, seconds_left()))

        def erase(self, tenant_id: str, skill_id: str | None) -> Erased:
            came.append((tenant_id, skill_id))
            return Erased(finished=True, objects=4, runs=1, skills=1)

    monkeypatch.setenv("DATABASE_OWNER_SECRET_ARN", OWNER)
    monkeypatch.setattr(app, "connect", connect)
    monkeypatch.setattr(app, "secret_object", lambda arn, *, fresh: f"secret of {arn}")
    monkeypatch.setattr(app, "object_store", lambda: "store")
    monkeypatch.setattr(app, "Eraser", Eraser)
    return came


@pytest.mark.parametrize("skill_id", ["capitals", None])
def test_what_is_confirmed_is_erased_by_the_owner(asked: list[Any], skill_id: str | None) -> None:
    event = {"tenant_id": "acme", "skill_id": skill_id, "confirm": skill_id or "acme"}
    came = app.lambda_handler(event, Context())
    assert came == {"finished": True, "objects": 4, "results": 0, "runs": 1, "skills": 1}
    assert asked == [f"secret of {OWNER}", ("connection", "store", 60.0), ("acme", skill_id)]


@pytest.mark.parametrize(
    "event",
    [
        {"tenant_id": "acme", "skill_id": "capitals", "confirm": "acme"},
        {"tenant_id": "acme", "skill_id": "capitals", "confirm": ""},
        {"tenant_id": "acme", "confirm": "capitals"},
        {"tenant_id": "acme", "skill_id": "capitals"},
        {"tenant_id": "acme", "skill_id": "", "confirm": "acme"},
        {"tenant_id": "", "confirm": ""},
        {"tenant_id": "acme", "skil_id": "capitals", "confirm": "acme"},
    ],
)
def test_what_is_not_confirmed_or_misspelt_erases_nothing(asked: list[Any], event: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"^(EraseDataTask|confirm): "):
        app.lambda_handler(event, Context())
    assert asked == []


def test_the_log_says_what_was_erased_and_holds_no_secret(asked: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    app.lambda_handler({"tenant_id": "acme", "confirm": "acme"}, Context())
    [line] = [vars(record) for record in caplog.records if record.msg == "erased"]
    assert (line["tenant_id"], line["objects"], line["finished"]) == ("acme", 4, True)
    assert OWNER not in str(line)
