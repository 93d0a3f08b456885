"""`tocsin watch suggest`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from service.actions.suggestions import ask_wikidata, look_up, names_in, proposed
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    print_json,
    print_table,
    provisioned,
)
from service.wikidata import WikidataError


def register(app: typer.Typer) -> None:
    """Add the command to `tocsin watch`."""
    app.command("suggest")(suggest)


def suggest(
    name: Annotated[str, typer.Argument(help="A person's or an organisation's name.")],
    watch: Annotated[
        str | None,
        typer.Option("--list", help="Its watch list: its languages, and aliases that are there already."),
    ] = None,
    names: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="A file of people and their names: FollowTheMoney JSON lines, or CSV.",
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask Wikidata.")] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Propose spellings of a name, with where each is from: Wikidata, the archive, transliteration, a file. Nothing is added.

    Example: tocsin watch suggest "Nasser Bourita" --list "Morocco and the United States"
    """
    with provisioned(settings) as (loaded, database), database.read() as session:
        asked = look_up(session, name.strip(), watch=watch)
    named = []
    if not offline:
        try:
            named = asyncio.run(ask_wikidata(loaded, asked))
        except WikidataError as error:
            complain(f"warning: {error}")
    spellings = proposed(asked, named, names_in(names, asked) if names else ())
    if as_json:
        print_json([asdict(spelling) for spelling in spellings])
        return
    rows = [(item.text, item.source, item.detail) for item in spellings]
    print_table(("Spelling", "Source", "Detail"), rows, empty="No other spellings found.")
