"""`tocsin silence`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from service.actions.silences import Muted, add_silence, end_silence
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    open_database,
    print_json,
    print_table,
    say,
)
from service.clock import utc_now
from storage.stores.alerts.silences import ListedSilence, list_silences
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
    """Mute alerts for a time. They are still made and stored, but not sent. With several options, all must fit.

    Example: tocsin silence add 8h --actor "Nasser Bourita" --reason "summit: we are there"
    """
    try:
        duration = parse_duration(length)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="LENGTH") from error
    muted = Muted(watch, actor, outlet, story)
    with open_database(settings) as (_loaded, database), database.write() as session:
        added = add_silence(session, muted, length=duration, reason=reason, now=utc_now())
    waiting = f"; {added.suppressed} queued notifications are suppressed" if added.suppressed else ""
    say(f"Silence {added.silence.id} holds until {added.silence.ends_at:%Y-%m-%d %H:%M} UTC{waiting}.")


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """List silences, with how many notifications each has held back.

    Example: tocsin silence list --all
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = list_silences(session, now=utc_now(), all_=all_)
    if as_json:
        print_json([asdict(item) for item in found])
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
        end_silence(session, number, now=utc_now())
    say(f"Silence {number} has ended.")


def _words(item: ListedSilence) -> str:
    parts = {"watch list": item.watch_list, "actor": item.actor, "outlet": item.outlet, "story": item.story}
    if item.headline is not None:
        parts["story"] = f"{item.story} ({item.headline})"
    return ", ".join(f"{word} {value}" for word, value in parts.items() if value is not None)
