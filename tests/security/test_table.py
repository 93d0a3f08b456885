"""The table of docs/security.md is true: every test that it names exists."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import ROOT

ROW = re.compile(
    r"^\| (?P<attack>.+?) \| (?P<expected>.+?) \| (?P<file>tests/\S+)::(?P<test>\w+) \| (?P<result>\w+) \|$",
    re.MULTILINE,
)
GUIDE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = [match.groupdict() for match in ROW.finditer(GUIDE)]


@pytest.mark.parametrize("row", ROWS, ids=[row["attack"] for row in ROWS])
def test_attack_is_tried_by_the_test_named(row: dict[str, str]) -> None:
    tree = ast.parse((ROOT / row["file"]).read_text("utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert row["test"] in names
    assert row["result"] in ("held", "mended")


def test_no_row_is_left_out() -> None:
    rows = [
        line
        for line in GUIDE.splitlines()
        if line.startswith("| ") and not line.startswith(("| attack", "| advisory"))
    ]
    assert len(rows) == len(ROWS) > 60
