"""`tocsin silence`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from sqlmodel import Session, select

from alerts.delivery.outbox import mute_waiting
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    iso,
    open_database,
    print_json,
    print_table,
    say,
)
from service.clock import utc_now
from storage.stores.alerts.silences import ListedSilence, end_silence, list_silences
from storage.suggest import did_you_mean
from storage.tables import Actor, Outlet, Silence, Story, Topic, WatchList
from storage.units import parse_duration

app = typer.Typer(
    help="Silences: mute a watch list, actor, outlet or story for a time.", no_args_is_help=True
)


@app.callback()
def group() -> None:
    """Silences: mute a watch list, actor, outlet or story for a time."""


@app.command("add")
def add(
    length: Annotated[str, typer.Argument(help="How long: 90m, 8h, 3d.")],
    watch: Annotated[str | None, typer.Option(help="Only alerts of this watch list.")] = None,
    actor: Annotated[
        str | None, typer.Option(help="Alerts that name nobody but this actor or topic.")
    ] = None,
    outlet: Annotated[str | None, typer.Option(help="Alerts that this outlet raised.")] = None,
    story: Annotated[int | None, typer.Option(help="Alerts of this story.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for whoever wonders.")] = "",
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Mute alerts for a time. They are still made and stored, as suppressed. With several options, all must fit.

    Example: tocsin silence add 8h --actor "Nasser Bourita" --reason "summit: we are there"
    """
    if watch is None and actor is None and outlet is None and story is None:
        complain("say what to mute: --watch, --actor, --outlet or --story")
        raise typer.Exit(2)
    try:
        duration = parse_duration(length)
    except ValueError as error:
        complain(str(error))
        raise typer.Exit(2) from error
    if duration <= timedelta():
        complain("a silence must last for some time: 90m, 8h, 3d")
        raise typer.Exit(2)
    now = utc_now()
    with open_database(settings) as (_loaded, database), database.write() as session:
        if story is not None and session.get(Story, story) is None:
            complain(f"there is no story {story}: tocsin alerts list --json shows them")
            raise typer.Exit(1)
        if actor is not None and not _is_tracked(session, actor):
            complain(f"warning: no watch list tracks {actor!r}: the silence mutes nothing yet")
        row = Silence(
            watch_list_id=_number(session, WatchList, watch, "watch list"),
            actor=actor,
            outlet_id=_number(session, Outlet, outlet, "outlet"),
            story_id=story,
            starts_at=now,
            ends_at=now + duration,
            reason=reason,
        )
        session.add(row)
        session.flush()
        muted = mute_waiting(session, now=now)
    waiting = f"; {muted} notifications that were queued are suppressed" if muted else ""
    say(f"Silence {row.id} holds until {row.ends_at:%Y-%m-%d %H:%M} UTC{waiting}.")


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """List silences, with how many notifications each has suppressed.

    Example: tocsin silence list --all
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = list_silences(session, now=utc_now(), all_=all_)
    if as_json:
        print_json(
            [
                {
                    "id": item.id,
                    "watch_list": item.watch_list,
                    "actor": item.actor,
                    "outlet": item.outlet,
                    "story": item.story,
                    "starts_at": iso(item.starts_at),
                    "ends_at": iso(item.ends_at),
                    "reason": item.reason,
                    "suppressed": item.suppressed,
                }
                for item in found
            ]
        )
        return
    print_table(
        ["Id", "Mutes", "Until (UTC)", "Suppressed", "Reason"],
        [[item.id, _words(item), item.ends_at, item.suppressed, item.reason] for item in found],
        empty="No silences.",
    )


@app.command("remove")
def remove(
    number: Annotated[int, typer.Argument(help="The silence's number.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """End a silence now. What it suppressed stays so: tocsin deliveries retry sends it after all.

    Example: tocsin silence remove 3
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        if not end_silence(session, number, now=utc_now()):
            complain(f"there is no silence {number} that holds: tocsin silence list")
            raise typer.Exit(1)
    say(f"Silence {number} has ended.")


def _is_tracked(session: Session, name: str) -> bool:
    """Tells whether an actor or a topic of any list has that name."""
    tracked = {*session.exec(select(Actor.name)), *session.exec(select(Topic.name))}
    return name.casefold() in {each.casefold() for each in tracked}


def _number(
    session: Session, table: type[WatchList] | type[Outlet], name: str | None, word: str
) -> int | None:
    if name is None:
        return None
    number = session.exec(select(table.id).where(table.name == name)).first()
    if number is None:
        names = list(session.exec(select(table.name)))
        complain(f"there is no {word} {name!r}{did_you_mean(name, names)}")
        raise typer.Exit(1)
    return number


def _words(item: ListedSilence) -> str:
    parts = {"watch list": item.watch_list, "actor": item.actor, "outlet": item.outlet, "story": item.story}
    return ", ".join(f"{word} {value}" for word, value in parts.items() if value is not None)
