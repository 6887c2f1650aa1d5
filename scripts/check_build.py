"""Checks what `sam build` made against what Lambda takes, and prints the size of each function with its layers.

A build on the wrong machine, or a library that has grown, is found here and not by a deployment that fails.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

MAX_BYTES = 262_144_000
"""Lambda's limit on a function and its layers, unzipped."""

_ELF = b"\x7fELF"
_AARCH64 = 183
"""`e_machine` of the ELF header, two bytes at offset 18."""


def problems(build: Path) -> Iterator[str]:
    """What Lambda would refuse of a build directory. Raises OSError when there is no build."""
    for name, size in sizes(build).items():
        if size > MAX_BYTES:
            yield f"{name} has {size} bytes with its layers; Lambda takes {MAX_BYTES}"
    for path in sorted(build.rglob("*.so*")):
        if _is_elf_for_another_processor(path):
            yield f"{path.relative_to(build)} is not built for arm64"


def sizes(build: Path) -> dict[str, int]:
    """Bytes of each function with its layers, unzipped, by logical id."""
    template: dict[str, Any] = yaml_parse((build / "template.yaml").read_text(encoding="utf-8"))
    common = _layers(template["Globals"]["Function"])
    return {
        name: sum(_bytes(build / folder) for folder in [name, *common, *_layers(resource["Properties"])])
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def _is_elf_for_another_processor(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(20)
    return header.startswith(_ELF) and int.from_bytes(header[18:20], "little") != _AARCH64


def _layers(function: dict[str, Any]) -> list[str]:
    return [layer["Ref"] for layer in function.get("Layers", [])]


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(build: Path) -> int:
    for name, size in sizes(build).items():
        sys.stdout.write(f"{name:24}{size / 2**20:8.1f} MiB\n")
    found = list(problems(build))
    sys.stderr.writelines(f"{problem}\n" for problem in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
