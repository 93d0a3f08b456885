"""What the guides show is true: settings load, queries are read, programs compile."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from alerts.query import parse
from crawler.extract.host_rules import parse_rules
from service.settings import load_settings
from tests.conftest import ROOT
from tests.replay.conftest import SECRET

GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMED_CHANNELS = re.compile(r"^channels = \[(.*)\]", re.MULTILINE)


def blocks(language: str) -> list[Any]:
    found = [
        pytest.param(text, id=f"{path.name}: {text.splitlines()[0]}")
        for path in GUIDES
        for kind, text in BLOCK.findall(path.read_text("utf-8"))
        if kind == language
    ]
    assert found
    return found


def is_page_rules(block: str) -> bool:
    return block.startswith("host = ")


@pytest.mark.parametrize("block", [block for block in blocks("toml") if not is_page_rules(block.values[0])])
def test_settings_in_the_guides_load(block: str, tmp_path: Path) -> None:
    named = {name for names in NAMED_CHANNELS.findall(block) for name in re.findall(r'"(.*?)"', names)}
    missing = [name for name in sorted(named) if f'name = "{name}"' not in block]
    path = tmp_path / "settings.toml"
    channels = "".join(f'\n[[channels]]\nname = "{name}"\ntype = "console"\n' for name in missing)
    path.write_text(block.replace("whsec_…", SECRET) + channels, encoding="utf-8")
    path.chmod(0o600)
    load_settings(path)


@pytest.mark.parametrize("block", [block for block in blocks("toml") if is_page_rules(block.values[0])])
def test_page_rules_in_the_guides_load(block: str) -> None:
    assert parse_rules(tomllib.loads(block), name="guide.toml").host == "gazette.example"


def test_every_attack_names_a_test_that_there_is() -> None:
    """Each row of docs/security.md: attack, expected, test, result."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "docs" / "security.md").read_text("utf-8").splitlines()
        if line.startswith("| ") and "| test |" not in line
    ]
    assert len(rows) > 60
    assert {row[3] for row in rows} <= {"held", "mended"}
    defined: dict[str, set[str]] = {}
    for _attack, _expected, test, _result in rows:
        file, _, name = test.partition("::")
        if file not in defined:
            tree = ast.parse((ROOT / file).read_text("utf-8"))
            functions = (ast.FunctionDef, ast.AsyncFunctionDef)
            defined[file] = {node.name for node in ast.walk(tree) if isinstance(node, functions)}
        assert name in defined[file], test


def test_queries_in_the_guide_are_read() -> None:
    guide = (ROOT / "docs" / "watch-lists.md").read_text("utf-8")
    table = guide.partition("| query | finds |")[2].partition("\n\n")[0]
    queries = [
        query
        for row in table.splitlines()[2:]
        for query in re.findall(r"`(.+?)`", row.split("|")[1])
        if query not in ("# …", "-football", "ONEAR/30")
    ]
    assert len(queries) > 20
    for query in queries:
        parse(query)


@pytest.mark.parametrize("block", blocks("python"))
def test_programs_in_the_guides_compile(block: str) -> None:
    compile(block, "guide", "exec")
