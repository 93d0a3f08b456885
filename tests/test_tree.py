"""The shape of the project: the top level, and imports that only point down."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.debts import ADVICE, ROOT, found, owed

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


def shown_folders() -> list[str]:
    """Return the folders of the tree in docs/architecture.md, as paths from the root."""
    guide = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    tree = guide.partition("## The tree")[2].partition("```\n")[2].partition("```")[0]
    parents: list[str] = []
    folders = []
    for line in tree.splitlines():
        indent, name = re.fullmatch(r"( *)([\w/]+)/(?: .*)?", line).groups()  # type: ignore[union-attr]
        parents = [*parents[: len(indent) // 4], name]
        folders.append("/".join(parents))
    return folders


def test_the_tree_in_the_guide_is_the_tree() -> None:
    shown = shown_folders()
    missing = [folder for folder in shown if not (ROOT / folder / "__init__.py").exists()]
    missing = [folder for folder in missing if not has_tracked_files(folder)]
    assert not missing, f"docs/architecture.md shows folders that are not there: {missing}"
    there = {
        path.parent.relative_to(ROOT).as_posix()
        for package in FLOORS
        for path in (ROOT / package).glob("*/__init__.py")
    }
    unnamed = sorted(there - set(shown))
    assert not unnamed, f"say in the tree of docs/architecture.md what these are for: {unnamed}"


def has_tracked_files(folder: str) -> bool:
    listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True)
    return bool(listed.stdout)


@pytest.mark.parametrize("kind", ADVICE)
def test_debts_only_shrink(kind: str) -> None:
    """Queries and rows stay in storage, a class name stands once; what does not yet is listed in tests/debts.toml."""
    listed, there = owed()[kind], found()[kind]
    new = sorted(there - listed)
    paid = sorted(listed - there)
    assert not new, (
        f"{new}: {ADVICE[kind]}. (A module that was only renamed: rename its line in tests/debts.toml.)"
    )
    assert not paid, f"paid: strike them from tests/debts.toml (python -m tests.debts does): {paid}"
