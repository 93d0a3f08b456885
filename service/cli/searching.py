"""`tocsin search`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from alerts.delivery.characters import shown
from alerts.search import Indexer
from service.actions.search import Hit, search
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    iso,
    open_database,
    parse_since,
    print_json,
    say,
)
from service.clock import utc_now
from storage.engine import Database


def search_archive(
    query: Annotated[str, typer.Argument(help="A query, as topics are written (docs/watch-lists.md).")],
    since: Annotated[
        str | None,
        typer.Option("--since", help="Only what came out since: a time (UTC), or within 12h or 30d."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="At most so many.")] = 20,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Search the stored articles, newest first, with the place that matches marked.

    Example: tocsin search '"Western Sahara" NEAR/30 autonom*' --since 30d
    """
    came_since = parse_since(since, now=utc_now())
    with open_database(settings) as (_loaded, database):
        _index(database)
        with database.read() as session:
            hits = search(session, query, since=came_since, limit=limit).hits
    if as_json:
        print_json([_facts(hit) for hit in hits])
    elif not hits:
        say("No stored article matches.")
    for hit in [] if as_json else hits:
        _show(hit)


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
    outlet, sentence = shown(example.outlet), example.sentence
    console.print(Text(f"{example.date:%Y-%m-%d %H:%M}  {outlet}  #{example.article_id}", "dim"))
    console.print(Text(f"  {shown(example.title)}"))
    before, marked, after = (
        sentence[: example.start],
        sentence[example.start : example.end],
        sentence[example.end :],
    )
    if example.field != "title":
        console.print(Text.assemble("  ", shown(before), (shown(marked), "bold reverse"), shown(after)))
    console.print(Text(f"  {shown(example.url)}", "dim"))
