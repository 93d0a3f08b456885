"""The shape of the project: the top level, imports that only point down, queries in storage, a class name once."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlmodel import SQLModel

import storage.tables

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


QUERY_WORDS = {"select", "insert", "update", "delete", "func", "col", "text", "exists", "or_", "and_"}
ROWS = frozenset(
    name
    for name, found in vars(storage.tables).items()
    if isinstance(found, type) and issubclass(found, SQLModel) and found is not SQLModel
)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def modules_above_storage() -> Iterator[Path]:
    return (path for name in FLOORS if name != "storage" for path in (ROOT / name).rglob("*.py"))


@cache
def imported_names(module: Path) -> list[tuple[str, str]]:
    """Return module and name of each `from module import name`."""
    return [
        (node.module, alias.name)
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0
        for alias in node.names
    ]


def test_queries_are_built_in_storage_alone() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules_above_storage()
        for source, name in imported_names(path)
        if source.split(".")[0] in ("sqlmodel", "sqlalchemy") and name in QUERY_WORDS
    }
    assert not found, f"move the query into the module of storage/stores that has its word: {sorted(found)}"


def test_rows_never_leave_storage() -> None:
    assert {"Alert", "Outlet", "Notification"} <= ROWS
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules_above_storage()
        for source, name in imported_names(path)
        if (source.startswith("storage.tables") and name in ROWS)
        or (source.startswith("storage.stores") and rows_spoken(source, name))
    }
    assert not found, f"have the store take and give frozen dataclasses instead: {sorted(found)}"


@cache
def rows_spoken(source: str, name: str) -> frozenset[str]:
    """Return the row classes that a store's function takes or gives."""
    path = ROOT / (source.replace(".", "/") + ".py")
    if not path.exists():
        return frozenset()
    for node in tree_of(path).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            arguments = [*node.args.args, *node.args.kwonlyargs]
            spoken = [argument.annotation for argument in arguments] + [node.returns]
            words = (each for one in spoken if one is not None for each in ast.walk(one))
            return ROWS.intersection(word.id for word in words if isinstance(word, ast.Name))
    return frozenset()


def test_a_class_name_stands_once() -> None:
    names = Counter(
        node.name
        for package in FLOORS
        for path in (ROOT / package).rglob("*.py")
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    twice = {name for name, times in names.items() if times > 1}
    assert not twice, f"one meaning a word (docs/architecture.md); rename one of each: {sorted(twice)}"


def test_migrations_stand_in_one_line() -> None:
    """Two that were begun beside each other, with one number or one before them, would leave every database where it is."""
    files = sorted((ROOT / "storage" / "migrations" / "versions").glob("[0-9]*.py"))
    numbers = [file.name.partition("_")[0] for file in files]
    before = {
        number: re.search(r'^down_revision = "?(\w+)', file.read_text("utf-8"), re.MULTILINE)[1]  # type: ignore[index]
        for number, file in zip(numbers, files, strict=True)
    }
    after = {earlier: number for number, earlier in before.items()}
    assert len(before) == len(after) == len(files), "two have one number, or one before them"
    line = ["None"]
    while line[-1] in after:
        line.append(after[line[-1]])
    assert set(line[1:]) == set(numbers)


def test_what_a_row_begins_with_is_made_by_functions_of_ours() -> None:
    """`list` and `dict` have no signature that pydantic could read quickly, and it reads it for every row."""
    rows = [mapper.class_ for mapper in SQLModel._sa_registry.mappers]
    slow = [
        f"{row.__name__}.{name}"
        for row in rows
        for name, field in row.model_fields.items()
        if field.default_factory in (list, dict)
    ]
    assert len(rows) > 50
    assert slow == []
