"""`tocsin try spider` shows a spider's entries, or what is wrong with it, to whoever writes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.app import app
from tests.replay.outlets import ReplayOutlets
from tests.replay.test_spider_sources import PRESS, SPIDER, page

SETTINGS = '[crawler]\nproxy = "{proxy}"\nper_host_delay = "0s"\nallow_networks = ["127.0.0.1/32"]\n'


@pytest.fixture
async def outlets() -> AsyncIterator[ReplayOutlets]:
    async with ReplayOutlets() as outlets:
        outlets.script[PRESS] = [page(("/press/1", "Harbour opens", "To all crews."))]
        yield outlets


async def tried(outlets: ReplayOutlets, folder: Path, source: str, *options: str) -> Result:
    (folder / "settings.toml").write_text(SETTINGS.format(proxy=outlets.proxy), encoding="utf-8")
    (folder / "press.py").write_text(source, encoding="utf-8")
    words = ["try", "spider", str(folder / "press.py"), "--settings", str(folder / "settings.toml"), *options]
    runner = CliRunner(env={"COLUMNS": "200"})
    return await asyncio.to_thread(lambda: runner.invoke(app, words))


async def test_its_entries_are_shown(outlets: ReplayOutlets, tmp_path: Path) -> None:
    result = await tried(outlets, tmp_path, SPIDER)
    assert result.exit_code == 0, result.output
    assert "Harbour opens  20 characters  http://fisheries.example/press/1" in result.stdout
    assert "1 entry from 1 request; it ended: finished." in result.stdout


async def test_its_error_is_shown_with_the_line(outlets: ReplayOutlets, tmp_path: Path) -> None:
    result = await tried(outlets, tmp_path, SPIDER.replace('"a"', '"a["'))
    assert result.exit_code == 1
    assert 'line 11, in parse\n    link = item.css("a[")' in result.stderr
    assert "tocsin: the spider press.py raised " in result.stderr
    assert "No entries." in result.stdout


@pytest.mark.parametrize(
    ("source", "options", "code", "words"),
    [
        (SPIDER, ["-a", "section"], 2, "-a section: write it as NAME=VALUE"),
        (SPIDER, ["--timeout", "soon"], 2, "timeout: 'soon' is not a duration"),
        (
            SPIDER,
            ["--project", "no_such_settings"],
            1,
            "the settings 'no_such_settings': ModuleNotFoundError",
        ),
        ("import nothing_such\n", [], 1, "can't start: no module named 'nothing_such'"),
    ],
)
async def test_what_is_wrong_is_said(
    outlets: ReplayOutlets, tmp_path: Path, source: str, options: list[str], code: int, words: str
) -> None:
    result = await tried(outlets, tmp_path, source, *options)
    assert (result.exit_code, words in result.stderr) == (code, True), result.output
    assert outlets.asked == []
