"""`tocsin watch`."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    open_database,
    print_json,
    print_table,
    say,
)
from service.process import utc_now
from service.provision import provision
from storage.queries.watch import Watched, watch_lists

app = typer.Typer(help="Watch lists.", no_args_is_help=True)


@app.command("list")
def list_watch(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """List the watch lists.

    Example: tocsin watch list
    """
    lists = _read(settings)
    if as_json:
        print_json([_as_dict(watched) for watched in lists])
        return
    print_table(
        ["Watch list", "Actors", "Topics", "Channels", "Alert"],
        [[w.name, len(w.actors), len(w.topics), w.channels, w.alert.value] for w in lists],
        empty="No watch lists. Declare one under [[watch]] in the settings.",
    )


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="The watch list's name.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Show what a watch list tracks.

    Example: tocsin watch show "Morocco's diplomacy"
    """
    watched = next((item for item in _read(settings) if item.name == name), None)
    if watched is None:
        complain(f"there is no watch list {name!r}: tocsin watch list")
        raise typer.Exit(1)
    if as_json:
        print_json(_as_dict(watched))
        return
    say(f"{watched.name}: one alert per {watched.alert.value}, to {', '.join(watched.channels)}")
    if watched.languages:
        say(f"languages: {', '.join(watched.languages)}")
    for actor in watched.actors:
        say(f"\nactor  {actor.name}{' (surname counts after the full name)' if actor.surname else ''}")
        for label, values in (
            ("aliases", actor.names[1:]),
            ("context", actor.context),
            ("exclude", actor.exclude),
        ):
            if values:
                say(f"       {label}: {'; '.join(values)}")
    for topic in watched.topics:
        say(f"\ntopic  {topic.name}\n       {topic.query.strip()}")


def _read(settings: SettingsOption) -> list[Watched]:
    with open_database(settings) as (loaded, database):
        with database.write() as session:
            provision(session, loaded, now=utc_now())
        with database.read() as session:
            return watch_lists(session)


def _as_dict(watched: Watched) -> dict[str, object]:
    return {
        "name": watched.name,
        "alert": watched.alert.value,
        "languages": watched.languages,
        "channels": watched.channels,
        "from_settings": watched.provisioned,
        "actors": [
            {
                "name": actor.name,
                "aliases": [name for name in actor.names if name != actor.name],
                "surname": actor.surname,
                "context": actor.context,
                "exclude": actor.exclude,
            }
            for actor in watched.actors
        ],
        "topics": [{"name": topic.name, "query": topic.query} for topic in watched.topics],
    }
