"""What the layers ship: every file pinned by its hash, in the versions that the tests ran with."""

import ast
import hashlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from samtranslator.yaml_helper import yaml_parse

from tests.unit.template.deployed import ROOT

LAYERS = sorted(path.parent.name for path in (ROOT / "layers").glob("*/requirements.in"))
TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
ON_LAMBDA = {
    "python_version": "3.13",
    "python_full_version": "3.13.0",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "aarch64",
}


def locked(layer: str) -> dict[str, tuple[str, list[str]]]:
    """Version and hashes of each package."""
    text = (ROOT / "layers" / layer / "requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, tuple[str, list[str]]] = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        requirement, *hashes = line.split("--hash=sha256:")
        parsed = Requirement(requirement.strip())
        [pin] = parsed.specifier
        assert (pin.operator, "*" in pin.version, parsed.url) == ("==", False, None), line
        found[canonicalize_name(parsed.name)] = (pin.version, [digest.strip() for digest in hashes])
    return found


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = (line.partition("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, _, version in pins}


def asked_for(layer: str) -> list[Requirement]:
    lines = (ROOT / "layers" / layer / "requirements.in").read_text(encoding="utf-8").split()
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("layer", LAYERS)
def test_every_package_is_pinned_with_the_hash_of_every_file(layer: str) -> None:
    for name, (_, hashes) in locked(layer).items():
        assert hashes, f"{name}: make lock"
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in hashes), name


@pytest.mark.parametrize("layer", LAYERS)
def test_the_functions_run_the_versions_that_the_tests_ran(layer: str) -> None:
    shipped = {name: version for name, (version, _) in locked(layer).items()}
    assert shipped == {name: constraints().get(name) for name in shipped}, "make lock"


def test_what_is_asked_for_is_what_the_project_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {canonicalize_name(Requirement(line).name): Requirement(line) for line in project["dependencies"]}
    for layer in LAYERS:
        for requirement in asked_for(layer):
            own = pinned[canonicalize_name(requirement.name)]
            assert str(own.specifier) == f"=={locked(layer)[canonicalize_name(requirement.name)][0]}"
            assert own.extras == requirement.extras


@pytest.mark.parametrize("layer", LAYERS)
def test_a_lock_has_all_that_its_packages_say_they_need_and_no_more(layer: str) -> None:
    """By the packages' own metadata, as they are installed here."""
    needed: set[str] = set()
    waiting = asked_for(layer)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if f"{name}{sorted(requirement.extras)}" in needed:
            continue
        needed |= {name, f"{name}{sorted(requirement.extras)}"}
        waiting += of_package(name, requirement.extras)
    assert {name for name in needed if "[" not in name} == set(locked(layer)), "make lock"


def of_package(name: str, extras: set[str]) -> Iterator[Requirement]:
    for line in requires(name) or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**ON_LAMBDA, "extra": extra}) for extra in ("", *extras)):
            yield requirement


def test_boto3_is_shipped_and_not_whatever_version_lambda_has_that_day() -> None:
    assert {"boto3", "botocore"} <= set(locked("core"))


def test_botocore_keeps_the_services_that_are_used_and_no_others() -> None:
    [services] = re.findall(r"^SERVICES := (.*)$", makefile("core"), flags=re.MULTILINE)
    used = set()
    for path in [*(ROOT / "layers" / "core").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                service = node.args[0]
                if node.func.attr in {"client", "resource", "create_client"} and isinstance(service, ast.Constant):
                    used.add(service.value)
    assert set(services.split()) == used


def makefile(layer: str) -> str:
    return (ROOT / "layers" / layer / "Makefile").read_text(encoding="utf-8")


def test_every_layer_is_built_by_its_makefile() -> None:
    """SAM's own builder downloads for another processor by name and version, without a look at the hashes."""
    built = {
        resource["Properties"]["ContentUri"].removeprefix("layers/"): name
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::Serverless::LayerVersion"
    }
    assert set(LAYERS) == set(built) - {"migrations"}
    for layer in LAYERS:
        assert TEMPLATE["Resources"][built[layer]]["Metadata"]["BuildMethod"] == "makefile"
        assert f"\nbuild-{built[layer]}: install\n" in makefile(layer)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A package of one file, in a folder beside nothing else."""
    (tmp_path / "wheels").mkdir()
    path = tmp_path / "wheels" / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return path


@pytest.mark.parametrize(
    ("line", "installed"),
    [
        ("tiny==1.0 --hash=sha256:{right}", True),
        ("tiny==1.0 --hash=sha256:{wrong}", False),
        ("tiny==1.0", False),
        ("tiny --hash=sha256:{right}", False),
    ],
)
def test_a_file_with_another_hash_is_not_built_in(wheel: Path, tmp_path: Path, line: str, *, installed: bool) -> None:
    source, artifacts, programs = (tmp_path / name for name in ("source", "artifacts", "programs"))
    for folder in (source, artifacts, programs):
        folder.mkdir()
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (source / "requirements.txt").write_text(line.format(right=right, wrong="0" * 64), encoding="utf-8")
    (programs / "python3.13").symlink_to(sys.executable)
    made = subprocess.run(
        ["make", "--makefile", ROOT / "layers" / "database" / "Makefile", "build-DatabaseLayer"],  # as SAM does
        cwd=source,
        env={
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "ARTIFACTS_DIR": str(artifacts),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheel.parent),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode == 0) is installed, made.stderr
    assert (artifacts / "python" / "tiny.py").exists() is installed
