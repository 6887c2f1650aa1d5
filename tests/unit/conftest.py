"""Unit tests open no sockets. What functions write is read line by line."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_socket import disable_socket

from skill_benchmark import observability

Written = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def _no_sockets() -> None:
    disable_socket()


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """What functions have written, as on a laptop: to one file, by all threads."""
    path = tmp_path / "function.log"
    handler = observability.logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    with path.open("a", buffering=1, encoding="utf-8") as log:
        # Not sys.stdout itself, which pytest replaces when a test begins.
        monkeypatch.setattr(observability, "sys", SimpleNamespace(stdout=log))
        before = handler.setStream(log)
        yield lambda: path.read_text(encoding="utf-8").splitlines()
        handler.setStream(before)
