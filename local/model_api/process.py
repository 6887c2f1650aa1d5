"""The stand-in in a process of its own, so that its work is not in the interpreter of whoever measures."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

from local.model_api.faults import Fault
from local.model_api.latency import Latency
from local.paths import ROOT

_SECONDS_TO_END = 5


class ModelApiProcess:
    """A stand-in from `__enter__` to `__exit__`; it ends with this process, however that ends."""

    def __init__(
        self,
        *,
        latency: Latency | None = None,
        faults: Sequence[Fault] = (),
        replay: Path | None = None,
        models: Sequence[str] = (),
        keep_requests: bool = False,
    ) -> None:
        self._command = [sys.executable, "-m", "local.model_api"]
        self._command += ["--latency", (latency or Latency()).model_dump_json()]
        self._command += ["--faults", json.dumps([fault.model_dump() for fault in faults])]
        self._command += ["--replay", str(replay)] if replay else []
        self._command += ["--models", *models] if models else []
        self._command += ["--keep-requests"] if keep_requests else []
        self._process: subprocess.Popen[str]
        self.base_url = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - our own module with our own arguments
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self._process.stdout is not None
        self.base_url = self._process.stdout.readline().strip()
        if not self.base_url:
            raise RuntimeError(f"the stand-in for the model API did not start (exit code {self._process.wait()})")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def set_faults(self, *faults: Fault) -> None:
        """From now on these go wrong, and no others; what was counted and kept is forgotten."""
        self._control("PUT", "faults", [fault.model_dump() for fault in faults])

    def calls(self) -> dict[str, int]:
        """How often each model was called, by `{answer|verdict|check} {model}`."""
        counted: dict[str, int] = self._control("GET", "requests")["calls"]
        return counted

    def requests(self) -> list[dict[str, Any]]:
        """The bodies of all calls, where they are kept."""
        bodies: list[dict[str, Any]] = self._control("GET", "requests")["requests"]
        return bodies

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        request = Request(f"{self.base_url}/_stand_in/{path}", method=method, data=json.dumps(body).encode())  # noqa: S310 - loopback
        with urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
            return json.loads(response.read())
