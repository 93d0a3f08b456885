"""The shape of the project: the top level, and imports that only point down."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {
    "storage": set(),
    "crawler": {"storage"},
    "alerts": {"storage"},
    "service": {"storage", "crawler", "alerts"},
}
TOP_LEVEL = {
    *(".ci", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"),
    *("alerts", "benchmarks", "crawler", "deploy", "docs", "pyproject.toml", "requirements.lock"),
    *("service", "settings.toml", "storage", "tests"),
}


def imported_packages(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", FLOORS)
def test_imports_point_down(package: str) -> None:
    allowed = {package, *FLOORS[package]}
    modules = list((ROOT / package).rglob("*.py"))
    assert modules
    for module in modules:
        ours = {name for name in imported_packages(module) if name in {*FLOORS, "tests", "benchmarks"}}
        assert ours <= allowed, f"{module.relative_to(ROOT)} imports {sorted(ours - allowed)}"


def test_top_level_holds_what_the_design_names() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {line.split("/")[0] for line in tracked.stdout.splitlines()} <= TOP_LEVEL


def test_lock_file_holds_no_addresses() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
