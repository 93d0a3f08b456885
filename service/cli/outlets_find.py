"""`tocsin outlets discover`, `import` and `export`: feeds found on a page, and lists of feeds from and for other programs."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from crawler.fetch import Fetcher
from crawler.sources.discovery import Discovery
from service.actions.errors import InvalidError
from service.actions.outlet_lists import (
    discover_feeds,
    export_outlets,
    import_outlets,
    read_outlet_list,
    write_outlet_list,
)
from service.actions.sources import found_source, source_table
from service.assembly import fetcher_options
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    counted,
    open_database,
    print_json,
    print_table,
    provisioned,
    read_settings,
    say,
)
from service.clock import utc_now
from service.discovered import discovery_as_json, next_words, tried_words
from service.logs import configure_logging
from service.settings import Settings

_SOURCES = {
    "platform": "the platform's own",
    "page": "the address itself",
    "link": "named by the page",
    "robots": "robots.txt",
    "path": "a usual path",
}


def register(app: typer.Typer) -> None:
    """Add the commands to `tocsin outlets`."""
    app.command("discover")(discover)
    app.command("import")(import_list)
    app.command("export")(export_list)


def discover(
    site: Annotated[str, typer.Argument(help="The outlet's home page.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Find an outlet's feeds from its home page, or lists of its articles; each was fetched and read. The best stands first.

    Example: tocsin outlets discover https://gazette.example
    """
    configure_logging()
    found = asyncio.run(_discover(site, read_settings(settings)))
    if as_json:
        print_json(discovery_as_json(found))
    else:
        for problem in found.problems:
            complain(problem)
        _print_found(found)
        if not any(feed.entries for feed in found.feeds):
            _print_tried(found)
    if not found.feeds and not found.sources:
        raise typer.Exit(1)


async def _discover(site: str, settings: Settings) -> Discovery:
    async with Fetcher(fetcher_options(settings)) as fetcher:
        return await discover_feeds(fetcher, site)


def _print_tried(found: Discovery) -> None:
    say("Tried:")
    for line in tried_words(found):
        say(f"  – {line}")
    say(next_words(found))


def _print_found(found: Discovery) -> None:
    if found.sources:
        print_table(
            ["Address", "Kind", "Articles", "Newest", "Like"],
            [[s.keys["url"], s.kind, s.entries, s.newest, s.like] for s in found.sources],
            empty="",
        )
        source = source_table(found_source(found.sources[0]))
        say(f"Follow it: tocsin outlets add NAME --source '{source}'")
    if not found.feeds:
        return
    print_table(
        ["Feed", "Kind", "Entries", "Newest", "Title", "Found by"],
        [[f.url, f.kind, f.entries, f.newest, f.title, _SOURCES[f.source]] for f in found.feeds],
        empty="",
    )
    say(f'Poll it: tocsin outlets add "{found.feeds[0].title or found.site}" --feed {found.feeds[0].url}')


def import_list(
    file: Annotated[Path, typer.Argument(help="The OPML file; -, standard input.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Add the outlets of an OPML file: folders become tags. Running it again is safe; each outline left out is named.

    Example: tocsin outlets import feeds.opml
    """
    try:
        listed = read_outlet_list(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except (OSError, InvalidError) as error:
        complain(f"{file}: {error}")
        raise typer.Exit(1) from None
    with provisioned(settings) as (loaded, database), database.write() as session:
        imported = import_outlets(session, listed, interval=loaded.crawler.interval, now=utc_now())
    if as_json:
        print_json(asdict(imported))
    else:
        for problem in imported.problems:
            complain(f"{file}: {problem}")
        say(
            f"{counted(len(imported.added), 'outlet')} added, {len(imported.extended)} extended,"
            f" {imported.unchanged} unchanged."
        )
    if not imported.added and not imported.extended and not imported.unchanged:
        raise typer.Exit(1)


def export_list(
    file: Annotated[
        Path | None, typer.Argument(help="The file to write; left out or -, standard output.")
    ] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Write all outlets as an OPML file, which other programs and `tocsin outlets import` read: a folder for each first tag.

    Example: tocsin outlets export feeds.opml
    """
    with open_database(settings) as (_, database), database.read() as session:
        outlets = export_outlets(session)
    document = write_outlet_list(outlets, now=utc_now())
    if file is None or str(file) == "-":
        sys.stdout.buffer.write(document)
        return
    file.write_bytes(document)
    say(f"{sum(len(outlet.feeds) for outlet in outlets)} feeds of {len(outlets)} outlets are in {file}.")
