"""`tocsin outlets catalogue`: outlets found in the catalogue, and added by their names."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from service.actions.catalogue import CatalogueRow, add_from_catalogue, checked_query, search_catalogue
from service.actions.surveys import AddedOutlets
from service.catalogue.entries import catalogue, packs
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    counted,
    print_json,
    print_table,
    provisioned,
    say,
)
from service.clock import utc_now
from storage.codes import country_name, language_name


def register(app: typer.Typer) -> None:
    """Add the command to `tocsin outlets`."""
    app.command("catalogue")(show_catalogue)


def show_catalogue(
    words: Annotated[
        list[str] | None, typer.Argument(help="Words in name, site, country or language.")
    ] = None,
    country: Annotated[str, typer.Option(help="ISO 3166-1, such as MA.")] = "",
    language: Annotated[str, typer.Option(help="ISO 639, such as ar.")] = "",
    type_: Annotated[
        str, typer.Option("--type", help="wire, daily, broadcaster, government, regional, …")
    ] = "",
    theme: Annotated[str, typer.Option(help="diplomacy, business, technology, …")] = "",
    add: Annotated[
        list[str] | None, typer.Option("--add", help="Add this outlet; may be given several times.")
    ] = None,
    add_all: Annotated[bool, typer.Option("--add-all", help="Add all that are shown.")] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Show the outlets of the catalogue, or its packs; add some by name.

    Example: tocsin outlets catalogue --country MA --language ar

    Example: tocsin outlets catalogue --add "Le Monde" --add Hespress
    """
    query = checked_query(" ".join(words or ()), country, language, type_, theme)
    with provisioned(settings) as (loaded, database):
        with database.read() as session:
            rows = search_catalogue(session, query)
        names = [row.entry.name for row in rows if not row.outlet] if add_all else list(add or ())
        added = None
        if add_all or add:
            with database.write() as session:
                added = add_from_catalogue(session, names, interval=loaded.crawler.interval, now=utc_now())
    if as_json:
        print_json([_as_dict(row) for row in rows] if added is None else asdict(added))
    elif added is not None:
        _print_added(added)
    elif query.is_open:
        _print_packs()
    else:
        _print(rows)
    if added is not None and added.problems and not added.added:
        raise typer.Exit(1)


def _print(rows: list[CatalogueRow]) -> None:
    print_table(
        ["Outlet", "Country", "Lang", "Type", "Themes", "Source", "Followed by"],
        [
            [
                row.entry.name,
                row.entry.country,
                row.entry.language,
                row.entry.type,
                row.entry.themes,
                row.entry.address,
                row.outlet,
            ]
            for row in rows
        ],
        empty="None of these. Look at its address: tocsin outlets discover ADDRESS",
    )
    if rows:
        say("Add some: the same command with --add NAME, or --add-all")


def _print_packs() -> None:
    found = packs(catalogue())
    say(
        f"{counted(len(catalogue()), 'outlet')}. Say which: --country MA, --language ar, --type wire, --theme diplomacy"
    )
    say(
        f"Countries: {', '.join(f'{country_name(code)} ({code}) {count}' for code, count in found.countries)}"
    )
    say(
        f"Languages: {', '.join(f'{language_name(code)} ({code}) {count}' for code, count in found.languages)}"
    )
    say(f"Types: {', '.join(f'{name} {count}' for name, count in found.types)}")
    say(f"Themes: {', '.join(f'{name} {count}' for name, count in found.themes)}")


def _print_added(added: AddedOutlets) -> None:
    for problem in added.problems:
        complain(problem)
    say(f"{counted(len(added.added), 'outlet')} added; they are polled at once where the service runs.")


def _as_dict(row: CatalogueRow) -> dict[str, object]:
    return {**asdict(row.entry), "country": row.entry.country or None, "outlet": row.outlet or None}
