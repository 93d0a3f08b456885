"""`tocsin outlets cited`: outlets that tracked stories cite and that are not followed."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from crawler.fetch import Fetcher
from service.actions.citations import FEWEST, WEEK, add_cited, cited_outlets
from service.assembly import fetcher_options
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    iso,
    parse_since,
    print_json,
    print_table,
    provisioned,
    say,
)
from service.clock import utc_now
from service.settings import Settings
from storage.engine import Database


def register(app: typer.Typer) -> None:
    """Add the command to `tocsin outlets`."""
    app.command("cited")(cited)


def cited(
    since: Annotated[str | None, typer.Option("--since", help="Such as 30d; a week if left out.")] = None,
    fewest: Annotated[int, typer.Option("--fewest", help="Cited by so many articles at least.")] = FEWEST,
    add: Annotated[
        str | None, typer.Option("--add", metavar="HOST", help="Look for its feed, and add it.")
    ] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Show the sites that articles in alerts link to, or are copies of, and that are not followed; the most cited first.

    Example: tocsin outlets cited --since 30d

    Example: tocsin outlets cited --add herald.example
    """
    now = utc_now()
    span = now - (parse_since(since, now=now) or now - WEEK)
    with provisioned(settings) as (loaded, database):
        if add is not None:
            name = asyncio.run(_add(loaded, database, add))
            if as_json:
                print_json({"outlet": name})
            else:
                say(f"Added {name!r}; its feeds are polled at once where the service runs.")
            return
        with database.read() as session:
            found = cited_outlets(session, now=now, span=span, fewest=fewest)
    if as_json:
        print_json([asdict(one) | {"newest": iso(one.newest)} for one in found])
        return
    print_table(
        ["Site", "Name", "Articles", "Outlets", "Newest", "Such as"],
        [[one.host, one.name, one.articles, one.outlets, one.newest, one.examples[0].title] for one in found],
        empty="Nothing is cited that is not followed.",
    )
    if found:
        say(f"Follow one: tocsin outlets cited --add {found[0].host}")


async def _add(settings: Settings, database: Database, host: str) -> str:
    async with Fetcher(fetcher_options(settings)) as fetcher:
        return await add_cited(
            database, fetcher, host, interval=settings.crawler.interval, now=utc_now(), span=13 * WEEK
        )
