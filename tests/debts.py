"""What the house still owes, one line each in debts.toml: queries and rows outside storage, class names that stand twice.

The lists only shrink: `python -m tests.debts` strikes what is paid, and never adds.
"""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIST = ROOT / "tests" / "debts.toml"
PACKAGES = ("storage", "crawler", "alerts", "service")
QUERY_WORDS = {"select", "insert", "update", "delete", "func", "col", "text", "exists", "or_", "and_"}
PLAIN_TABLE_NAMES = ("State", "Kind", "Role", "Policy", "Outcome", "Health", "Unit")
"""Ends of the names in storage.tables that are enumerations: values, no rows."""
ADVICE = {
    "queries": "builds a query: move it into the module of storage/stores that has its word, values in, values out",
    "rows": "imports a row of storage.tables: have the store return a frozen dataclass instead",
    "names": "is the name of two public classes: one meaning a word (docs/architecture.md); rename one of them",
}


def owed() -> dict[str, set[str]]:
    """Return the debts that debts.toml lists, by kind."""
    return {kind: set(lines) for kind, lines in tomllib.loads(LIST.read_text("utf-8")).items()}


def found() -> dict[str, set[str]]:
    """Return the debts that the code has, by kind."""
    debts: dict[str, set[str]] = {kind: set() for kind in ADVICE}
    names: Counter[str] = Counter()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            names.update(public_classes(tree))
            if package == "storage":
                continue
            module = path.relative_to(ROOT).as_posix()
            for source, name in imported_names(tree):
                if source.split(".")[0] in ("sqlmodel", "sqlalchemy") and name in QUERY_WORDS:
                    debts["queries"].add(module)
                if source.startswith("storage.tables") and not name.endswith(PLAIN_TABLE_NAMES):
                    debts["rows"].add(module)
    debts["names"] = {name for name, times in names.items() if times > 1}
    return debts


def public_classes(tree: ast.Module) -> Iterator[str]:
    """Yield the names of a module's public classes."""
    return (
        node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )


def imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield module and name of each `from module import name`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from ((node.module, alias.name) for alias in node.names)


def write(debts: dict[str, set[str]]) -> None:
    """Write the list, sorted, one line each."""
    blocks = [
        f"{kind} = [\n" + "".join(f'    "{line}",\n' for line in sorted(debts[kind])) + "]\n"
        for kind in ADVICE
    ]
    LIST.write_text("\n".join(blocks), encoding="utf-8")


if __name__ == "__main__":
    listed, there = owed(), found()
    write({kind: listed[kind] & there[kind] for kind in ADVICE})
