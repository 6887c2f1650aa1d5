"""The start of the stack, several parts of which start at the same time."""

import json
import subprocess
import sys
from pathlib import Path

from local.paths import ROOT

# In a process of its own: an audit hook stays for good, and a process holds one stack at a time.
_START = """
import json, sys, threading
from pathlib import Path
from local.stack import EmbeddedStack, ModelApi

changed = []

def note(event, arguments):
    if event in {"os.putenv", "os.unsetenv"} and threading.active_count() > 1:
        changed.append(arguments[0].decode())

sys.addaudithook(note)
with EmbeddedStack(Path(sys.argv[1]), ModelApi("simulated", "http://127.0.0.1:9", simulated=True)):
    print(json.dumps(changed))
"""


def test_the_environment_is_left_alone_once_there_is_a_second_thread(tmp_path: Path) -> None:
    """A program that is started meanwhile would be given an environment that is being moved, and fail (EFAULT)."""
    started = subprocess.run(
        [sys.executable, "-c", _START, tmp_path], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert json.loads(started.stdout) == []
