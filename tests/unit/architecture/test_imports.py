"""Imports run one way: functions → use cases and API → adapters → domain → the standard library and pydantic."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "layers" / "core" / "skill_benchmark"

OURS = {"functions", "local", "migrations", "skill_benchmark", "tests"}
ALLOWED = {
    "domain": {"domain"},
    "adapters": {"adapters", "domain", "settings", "warm"},
    "use_cases": {"use_cases", "adapters", "domain"},
    "api": {"api", "use_cases", "adapters", "domain", "observability", "settings", "warm", "warm_database"},
}
# Price data and statistics are facts and arithmetic; they do no I/O.
DOMAIN_LIBRARIES = {"pydantic", "pydantic_core", "genai_prices", "numpy", "scipy", "re2", "jsonschema", "referencing"}


def modules_imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it points"
            module = node.module or ""
            found.add(module)
            if module.split(".")[0] in OURS:
                found |= {f"{module}.{alias.name}" for alias in node.names if is_module(f"{module}.{alias.name}")}
    return found


def is_module(name: str) -> bool:
    return any(
        base.joinpath(*name.split(".")).with_suffix(".py").is_file() for base in (ROOT, ROOT / "layers" / "core")
    )


def python_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


@pytest.mark.parametrize("part", sorted(ALLOWED))
def test_each_part_of_the_layer_imports_only_what_lies_inward(part: str) -> None:
    for path in python_files(PACKAGE / part):
        inner = {name.split(".")[1] for name in modules_imported_by(path) if name.startswith("skill_benchmark.")}
        assert inner <= ALLOWED[part], f"{path.relative_to(ROOT)} imports {sorted(inner - ALLOWED[part])}"


def test_the_domain_knows_no_library_but_for_data_and_arithmetic() -> None:
    for path in python_files(PACKAGE / "domain"):
        top = {name.split(".")[0] for name in modules_imported_by(path)} - {"skill_benchmark"}
        outside = top - set(sys.stdlib_module_names) - DOMAIN_LIBRARIES
        assert not outside, f"{path.relative_to(ROOT)} imports {sorted(outside)}"


def test_the_layer_never_imports_what_stands_on_it() -> None:
    for path in python_files(PACKAGE):
        top = {name.split(".")[0] for name in modules_imported_by(path)}
        assert not top & {"functions", "local", "migrations", "tests"}, path


def test_functions_never_import_functions_nor_the_embedded_stack() -> None:
    for path in python_files(ROOT / "functions"):
        top = {name.split(".")[0] for name in modules_imported_by(path)}
        assert not top & {"functions", "local", "tests"}, path


def test_only_functions_that_call_a_model_can_reach_the_sdk() -> None:
    """The functions with the database are shipped without the SDK, and those with the SDK without the driver."""
    sdk, driver = "skill_benchmark.adapters.anthropic_models", "skill_benchmark.adapters.postgres"
    with_sdk, with_driver = set(), set()
    for folder in sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py")):
        reached = reachable(f"functions.{folder}.app")
        with_sdk |= {folder} if sdk in reached else set()
        with_driver |= {folder} if driver in reached else set()
    assert {"call_model", "judge_answer", "check_models"} <= with_sdk
    assert with_driver == {
        "start_run",
        "admit_run",
        "write_results",
        "complete_run",
        "reconcile",
        "read_api",
        "migrate",
        "erase_data",
        "expire_results",
    }
    assert not {"call_model", "judge_answer", "check_models"} & with_driver


def reachable(module: str) -> set[str]:
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for base in (ROOT, ROOT / "layers" / "core"):
            path = base.joinpath(*name.split(".")).with_suffix(".py")
            if path.is_file():
                waiting += [found for found in modules_imported_by(path) if found.split(".")[0] in OURS]
    return seen
