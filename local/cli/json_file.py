"""The file of `--json`."""

import json
import os
from pathlib import Path
from typing import Any

from local.errors import LocalError
from skill_benchmark.domain.text import visible


def check_writable(path: Path) -> None:
    """Before anything is started. Raises LocalError."""
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise LocalError(f"--json {path}: cannot be written; name a file in a folder that exists")


def write(path: Path, document: dict[str, Any]) -> None:
    """All or nothing: a reader never sees half of the document, and a terminal that it is sent to obeys none of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    # Line by line, because the lines of the document are its own and those within a text are not.
    lines = json.dumps(document, indent=2, ensure_ascii=False).split("\n")
    temporary.write_text("".join(visible(line) + "\n" for line in lines), encoding="utf-8")
    temporary.replace(path)
