"""The check of a build, on builds of a few bytes."""

from pathlib import Path

import pytest

from scripts import check_build

TEMPLATE = """
Globals:
  Function:
    Layers: [!Ref CoreLayer]
Resources:
  CallModelFunction:
    Type: AWS::Serverless::Function
    Properties:
      Layers: [!Ref ModelClientLayer]
  CoreLayer:
    Type: AWS::Serverless::LayerVersion
"""


@pytest.fixture
def build(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    for folder, size in {
        "CallModelFunction": 5,
        "CoreLayer": 40,
        "ModelClientLayer": 300,
        "DatabaseLayer": 7000,
    }.items():
        (tmp_path / folder / "python").mkdir(parents=True)
        (tmp_path / folder / "python" / "module.py").write_bytes(b"#" * size)
    return tmp_path


def test_a_function_weighs_what_it_and_its_layers_weigh(build: Path) -> None:
    assert check_build.sizes(build) == {"CallModelFunction": 345}
    assert check_build.main(build) == 0


def test_a_function_that_is_too_large_for_lambda_is_named(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_build, "MAX_BYTES", 344)
    assert list(check_build.problems(build)) == ["CallModelFunction has 345 bytes with its layers; Lambda takes 344"]
    assert check_build.main(build) == 1


@pytest.mark.parametrize(
    ("machine", "expected"), [(183, []), (62, ["CoreLayer/python/fast.so is not built for arm64"])]
)
def test_a_library_for_another_processor_is_named(build: Path, machine: int, expected: list[str]) -> None:
    header = b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little")
    (build / "CoreLayer" / "python" / "fast.so").write_bytes(header)
    assert list(check_build.problems(build)) == expected
