"""`tocsin search`."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text
from sqlmodel import Session

from alerts.delivery.characters import shown
from alerts.search import Indexer
from service.actions.checking import checked_country, checked_language
from service.actions.search import Hit, search
from service.actions.searches import (
    forget_search,
    read_filters,
    save_search,
    search_called,
    search_to_export,
)
from service.actions.views import articles_view
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    counted,
    iso,
    open_database,
    parse_since,
    print_json,
    print_table,
    say,
)
from service.cli.writing import OutputOption, format_of, write_view
from service.clock import utc_now
from storage.engine import Database
from storage.outlet_types import TYPES
from storage.stores.articles.filtered import ArticleFilter
from storage.stores.people.saved_searches import saved_searches


class Order(StrEnum):
    """Which articles come first, by publication."""

    NEWEST = "newest"
    OLDEST = "oldest"


OutletType = StrEnum("OutletType", {name.upper(): name for name in TYPES})  # type: ignore[misc]


def search_archive(  # one option for each filter
    query: Annotated[
        str, typer.Argument(help="A query, as topics are written (docs/watch-lists.md).", show_default=False)
    ] = "",
    since: Annotated[
        str | None,
        typer.Option("--since", help="Only what came out since: a time (UTC), or within 12h or 30d."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only what came out before: the same.")] = None,
    outlet: Annotated[str | None, typer.Option(help="Only this outlet's articles.")] = None,
    country: Annotated[str | None, typer.Option(help="Only of outlets of this country, such as MA.")] = None,
    language: Annotated[str | None, typer.Option(help="Only articles in this language, such as ar.")] = None,
    type_: Annotated[OutletType | None, typer.Option("--type", help="Only of outlets of this type.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only of outlets with this tag.")] = None,
    sort: Annotated[Order, typer.Option(help="Which comes first, by publication.")] = Order.NEWEST,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="At most so many.")] = 20,
    output: OutputOption = None,
    save: Annotated[
        str | None, typer.Option(help="Save query and filters under this name, for everybody.")
    ] = None,
    saved: Annotated[str | None, typer.Option(help="Search as it was saved under this name.")] = None,
    list_saved: Annotated[bool, typer.Option("--list-saved", help="List the saved searches.")] = False,
    forget: Annotated[str | None, typer.Option(help="Forget the saved search of this name.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Search the stored articles by publication, newest first, with the place that matches marked; or save a search.

    Example: tocsin search '"Western Sahara" NEAR/30 autonom*' --since 30d --country MA --output sahara.xlsx
    """
    now = utc_now()
    if list_saved or forget is not None:
        _manage(settings, forget, as_json=as_json)
        return
    if not query and saved is None:
        complain("give a query, or --saved NAME: tocsin search --list-saved")
        raise typer.Exit(2)
    written = None if output is None else format_of(output)
    wanted = ArticleFilter(
        outlet=outlet,
        country=checked_country(country),
        language=checked_language(language),
        type=None if type_ is None else type_.value,
        tag=tag,
        since=parse_since(since, now=now),
        until=parse_since(until, now=now),
        oldest_first=sort is Order.OLDEST,
    )
    with open_database(settings) as (_loaded, database):
        if saved is not None:
            with database.read() as session:
                known = search_called(session, saved)
            query, wanted = known.query, read_filters(known.filters, now=now)
        if save is not None:
            texts = {
                "since": since,
                "until": until,
                "outlet": outlet,
                "country": country,
                "language": language,
            }
            texts |= {"type": wanted.type, "tag": tag, "sort": sort.value}
            filters = {key: text for key, text in texts.items() if text}
            with database.write() as session:
                save_search(session, save, query, filters, caller="", now=now)
        _index(database)
        with database.read() as session:
            if output is not None and written is not None:
                hits = search_to_export(session, query, wanted=wanted)
                write_view(articles_view(hits), written, output, now=now)
                return
            found = search(session, query, wanted=wanted, limit=limit)
    if as_json:
        print_json([_facts(hit) for hit in found.hits])
        return
    for hit in found.hits:
        _show(hit)
    if not found.hits:
        say("No stored article matches.")
        return
    number = counted(len(found.hits), "article")
    say(f"{number}." if found.onward is None else f"More than {number}: --limit shows more.")


def _days(since: str | None, until: str | None) -> dict[str, str | None]:
    """Return a time as a saved search keeps it: so many days back, or between two days."""
    if since is not None and until is None and since.endswith("d") and since[:-1].isdigit():
        return {"days": since[:-1]}
    return {"since": since, "until": until}


def _manage(settings: Path, forget: str | None, *, as_json: bool) -> None:
    """List the saved searches, or forget one."""

    def drop(session: Session, name: str) -> None:
        forget_search(session, search_called(session, name).id)

    with open_database(settings) as (_loaded, database):
        if forget is not None:
            with database.write() as session:
                drop(session, forget)
            say(f"Forgot {forget!r}.")
            return
        with database.read() as session:
            known = saved_searches(session)
    if as_json:
        print_json([{**asdict(each), "saved_at": iso(each.saved_at)} for each in known])
        return
    print_table(
        ["Name", "Query", "Filters", "Saved (UTC)"],
        [
            [
                each.name,
                each.query,
                ", ".join(f"{key} {text}" for key, text in each.filters.items()),
                each.saved_at,
            ]
            for each in known
        ],
        empty="No saved searches: tocsin search QUERY --save NAME",
    )


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
