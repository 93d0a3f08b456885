"""`tocsin search`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from alerts.search import Indexer
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    iso,
    open_database,
    print_json,
    say,
)
from service.clock import utc_now
from service.searching import Hit, search
from storage.engine import Database
from storage.units import parse_duration


def search_archive(
    query: Annotated[str, typer.Argument(help="A query, as topics are written (docs/watch-lists.md).")],
    since: Annotated[
        str | None, typer.Option("--since", help="Only what came out within this time, such as 12h or 30d.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="At most so many.")] = 20,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Search the stored articles, newest first, with the place that matches marked.

    Example: tocsin search '"Western Sahara" NEAR/30 autonom*' --since 30d
    """
    age = _age(since)
    with open_database(settings) as (_loaded, database):
        _index(database)
        with database.read() as session:
            hits = search(session, query, since=None if age is None else utc_now() - age, limit=limit).hits
    if as_json:
        print_json([_facts(hit) for hit in hits])
    elif not hits:
        say("No stored article matches.")
    for hit in [] if as_json else hits:
        _show(hit)


def _age(since: str | None) -> timedelta | None:
    if since is None:
        return None
    try:
        return parse_duration(since)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from error


def _index(database: Database) -> None:
    """Indexes what an earlier Tocsin stored; the service does so too, but may not have run since."""
    indexer, count = Indexer(database), 0
    while True:
        with database.write() as session:
            done = indexer.index_some(session)
        count += done
        if not done:
            break
        if count == done:
            complain("articles are added to the index first (once) ...")


def _facts(hit: Hit) -> dict[str, object]:
    example = hit.example
    return {
        "id": example.article_id,
        "url": example.url,
        "title": example.title,
        "outlet": example.outlet,
        "date": iso(example.date),
        "mentions": hit.mentions,
        "field": example.field,
        "sentence": example.sentence,
        "start": example.start,
        "end": example.end,
    }


def _show(hit: Hit) -> None:
    example = hit.example
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"{example.date:%Y-%m-%d %H:%M}  {example.outlet}  #{example.article_id}", "dim"))
    console.print(Text(f"  {example.title}"))
    sentence = Text(f"  {example.sentence}")
    sentence.stylize("bold reverse", example.start + 2, example.end + 2)
    if example.field == "text":
        console.print(sentence)
    console.print(Text(f"  {example.url}", "dim"))
