"""Tools from outside of Python. A proof whose tool is not on this machine is skipped, and says what to install."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.workflow_definition import ROOT

HERE = Path(__file__).parent
JARS = [
    Path("/usr/share/java", f"{name}.jar")
    for name in ("jackson-core", "jackson-databind", "jackson-annotations", "jackson-dataformat-yaml", "snakeyaml")
]
SECONDS = 120

Reader = Callable[[bytes], Any]
Node = Callable[[str, Any], Any]


@pytest.fixture(scope="session")
def read_as_cloudformation() -> Reader:
    """Parses YAML as CloudFormation's handler of state machines does."""
    if not shutil.which("javac"):
        pytest.skip("needs a JDK of version 11 or newer")
    if not all(jar.exists() for jar in JARS):
        pytest.skip("needs Debian's libjackson2-dataformat-yaml and libjackson2-databind-java")
    command = ["java", "-cp", ":".join(map(str, JARS)), str(HERE / "Definition.java")]

    def read(content: bytes) -> Any:
        ran = subprocess.run(command, input=content, capture_output=True, check=False, timeout=SECONDS)
        assert ran.returncode == 0, ran.stderr.decode()
        return json.loads(ran.stdout)

    return read


@pytest.fixture(scope="session")
def node() -> Node:
    """Gives JSON to a script of this folder and returns the JSON that it prints."""
    if not shutil.which("node"):
        pytest.skip("needs Node.js of version 20 or newer")
    if not (HERE / "node_modules").is_dir():
        pytest.skip("needs the packages of tests/proofs/package.json; `make proofs` installs them")

    def run(script: str, given: Any) -> Any:
        command = ["node", str(HERE / script)]
        ran = subprocess.run(command, input=json.dumps(given).encode(), capture_output=True, check=False, timeout=600)
        assert ran.returncode == 0, ran.stderr.decode()
        return json.loads(ran.stdout)

    return run


@pytest.fixture(scope="session")
def sam() -> Path:
    return _program(".venv-sam", "sam")


@pytest.fixture(scope="session")
def parliament() -> Path:
    return _program(".venv-parliament", "parliament")


def _program(environment: str, name: str) -> Path:
    program = ROOT / environment / "bin" / name
    if not program.exists():
        pytest.skip(f"needs {name} in {environment}; `make proofs` installs it")
    return program
