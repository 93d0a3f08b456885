"""The demonstration's content, and the demonstration itself from end to end."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from rich.console import Console
from typer.testing import CliRunner
from typing_extensions import override

from service.cli.app import app
from service.demo.content import OUTLETS, articles
from service.demo.run import demonstrate
from tests.databases import on_sqlite


def test_content_is_what_the_demonstration_promises() -> None:
    languages = {outlet.key: outlet.language for outlet in OUTLETS}
    by_language = Counter(languages[article.outlet] for article in articles())
    assert len(OUTLETS) >= 6
    assert len(articles()) >= 60
    assert min(by_language[language] for language in ("en", "fr", "es", "ar")) >= 12
    assert {outlet.kind for outlet in OUTLETS} == {"rss", "atom", "rdf", "json"}
    assert sum(article.after.total_seconds() > 0 for article in articles()) >= 12
    texts = Counter(article.paragraphs for article in articles())
    assert sum(count > 1 for count in texts.values()) >= 4, "syndicated copies"


class Shown(io.StringIO):
    """What the demonstration prints; `kept` is set once it says where the service goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = asyncio.Event()

    @override
    def write(self, text: str, /) -> int:
        if "Ctrl-C ends it" in text:
            self.kept.set()
        return super().write(text)


async def _sign_in_and_end(shown: Shown) -> str:
    """Open the link that is printed at the end, end the demonstration as Ctrl-C does, and return the page."""
    await shown.kept.wait()
    (link,) = re.findall(r"open (http://\S+)", shown.getvalue())
    async with aiohttp.ClientSession() as client, client.get(link) as response:
        page = await response.text()
    os.kill(os.getpid(), signal.SIGINT)
    return page


@pytest.mark.thorough
@on_sqlite
async def test_demonstration_alerts_all_that_was_planted_once_and_nothing_else(
    storage_url: str, tmp_path: Path
) -> None:
    shown = Shown()
    console = Console(file=shown, width=200)
    ending = asyncio.create_task(_sign_in_and_end(shown))
    assert await demonstrate(console, keep=True, storage=storage_url, patience=timedelta(minutes=5)), (
        shown.getvalue()
    )
    assert "Welcome to Tocsin" in await ending
    assert "0 false alarms" in shown.getvalue()
    written = shown.getvalue()
    (link,) = re.findall(r"open (http://[^/]+)/", written)
    settings = tmp_path / "settings.toml"
    settings.write_text(written[written.index("[storage]") : written.index("\n\nThe service runs on")])
    added = CliRunner().invoke(app, ["user", "add", "leila", "--settings", str(settings)])
    assert added.exit_code == 0, added.stderr
    assert added.stdout.startswith(f"{link}/password/")
    again = CliRunner().invoke(app, ["demo", "--storage", storage_url])
    assert (again.exit_code, again.stdout) == (1, "")
    assert "needs a database without outlets" in again.stderr
