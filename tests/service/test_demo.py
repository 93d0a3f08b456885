"""The demonstration's content, and the demonstration itself from end to end."""

from __future__ import annotations

import io
from collections import Counter
from datetime import timedelta

from rich.console import Console
from typer.testing import CliRunner

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


@on_sqlite
async def test_demonstration_alerts_all_that_was_planted_once_and_nothing_else(storage_url: str) -> None:
    shown = io.StringIO()
    console = Console(file=shown, width=200)
    assert await demonstrate(console, storage=storage_url, patience=timedelta(minutes=5)), shown.getvalue()
    assert "0 false alarms" in shown.getvalue()
    again = CliRunner().invoke(app, ["demo", "--storage", storage_url])
    assert (again.exit_code, again.stdout) == (1, "")
    assert "needs a database without outlets" in again.stderr
