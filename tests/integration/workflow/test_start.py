"""The start of the stack, of which several parts go on at once."""

import os
from pathlib import Path

import pytest

from local.database import Credentials, LocalDatabase
from local.model_api import ModelApiProcess
from local.stack import EmbeddedStack, ModelApi


def test_the_environment_is_left_alone_once_there_is_a_second_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is started meanwhile would be given an environment that is being moved, and fail (EFAULT)."""
    changed: list[str] = []
    original = LocalDatabase.start

    def start(database: LocalDatabase) -> tuple[Credentials, Credentials]:
        for name in ("putenv", "unsetenv"):
            monkeypatch.setattr(os, name, lambda key, *_: changed.append(os.fsdecode(key)))
        return original(database)

    monkeypatch.setattr(LocalDatabase, "start", start)
    with ModelApiProcess() as api, EmbeddedStack(tmp_path, ModelApi("simulated", api.base_url, simulated=True)):
        monkeypatch.undo()

    assert changed == []
