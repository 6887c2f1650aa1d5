"""The folder that keeps the database and the records between runs, for one process at a time."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO, Self

from local.errors import LocalError

_SECONDS_FOR_ORPHANS = 120


class DataDir:
    """Holds a lock on the folder from `__enter__` to `__exit__`. The lock ends with the process, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        try:
            # Texts of skills and cases lie here: the folder is for its owner alone.
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+", encoding="utf-8")
        except (PermissionError, FileExistsError, NotADirectoryError, OSError) as error:
            raise LocalError(f"--data-dir {self.path}: cannot be written ({error.strerror}); name another") from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            lock.close()
            raise LocalError(f"--data-dir {self.path}: cannot be written (Permission denied); name another")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise LocalError(
                f"--data-dir {self.path}: in use by process {holder}; wait for it, or name another directory"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def await_orphans(self) -> Path:
        """Wait for the functions and the database of a stack that was killed to end what they had begun.

        Returns the lock that those of this stack have to hold. Raises LocalError when the others take too long.
        """
        path = self.path / "functions.lock"
        deadline = time.monotonic() + _SECONDS_FOR_ORPHANS
        with path.open("a") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise LocalError(
                            f"--data-dir {self.path}: functions of a stack that was killed are still at work; try later"
                        ) from error
                    time.sleep(0.1)
                else:
                    return path

    def folder(self, name: str) -> Path:
        path = self.path / name
        path.mkdir(exist_ok=True)
        path.chmod(0o700)
        return path
