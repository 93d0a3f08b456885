"""`tocsin alerts mark`, `undo` and `seen`: how alerts are dealt with."""

from __future__ import annotations

from typing import Annotated

import typer

from service.actions.triage import AlertChange, By, checked_zone, read_due, see, triage, undo, unsee
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    counted,
    open_database,
    print_json,
    say,
)
from service.clock import utc_now
from storage.stores.people.users import user_called
from storage.tables import DismissalKind

AlertsArgument = Annotated[list[int], typer.Argument(help="The alerts' numbers.")]
ByOption = Annotated[
    str, typer.Option("--by", help="Whose act it is: a user's name, or what you are called.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to `tocsin alerts`."""
    app.command("mark")(mark)
    app.command("undo")(undo_act)
    app.command("seen")(mark_as_seen)


def mark(
    alert_ids: AlertsArgument,
    state: Annotated[str | None, typer.Option(help="new, seen, in-hand, done or dismissed.")] = None,
    because: Annotated[
        DismissalKind, typer.Option("--because", help="Why it is dismissed.")
    ] = DismissalKind.UNSAID,
    reason: Annotated[str, typer.Option(help="The same in your words.")] = "",
    assign: Annotated[str | None, typer.Option(help='A user\'s name; "": nobody.')] = None,
    due: Annotated[
        str | None, typer.Option(help='A date, or date and time: 2026-03-02T17:00; "": none.')
    ] = None,
    zone: Annotated[str, typer.Option(help="The time zone of --due.")] = "UTC",
    tag: Annotated[list[str] | None, typer.Option(help="Add a tag; may be repeated.")] = None,
    untag: Annotated[list[str] | None, typer.Option(help="Take a tag away; may be repeated.")] = None,
    note: Annotated[str, typer.Option(help="Add a note.")] = "",
    by: ByOption = "",
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Change state, assignee, due time or tags of alerts, or add a note.

    Example: tocsin alerts mark 7 9 --state in-hand --assign leila --note "Called the ministry."
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        change = AlertChange(
            state=state,
            because=because,
            reason=reason,
            assignee=assign,
            due_at=read_due(due, checked_zone(zone)) if due else None,
            no_due=due == "",
            add_tags=tuple(tag or ()),
            remove_tags=tuple(untag or ()),
            note=note,
        )
        who = By(by, "command", is_user=user_called(session, by) is not None)
        done = triage(session, alert_ids, change, by=who, now=utc_now())
    if as_json:
        print_json({"act": done.id, "alerts": list(done.changed)})
    elif done.id is None:
        say("Nothing was changed: all stands so already.")
    else:
        say(f"{counted(len(done.changed), 'alert')} changed. To undo it: tocsin alerts undo {done.id}")


def undo_act(
    act: Annotated[int, typer.Argument(help="The act's number, which tocsin alerts mark says.")],
    by: ByOption = "",
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Take an act back, where what it changed still stands so.

    Example: tocsin alerts undo 31
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        done = undo(session, act, by=By(by, "command"), now=utc_now())
    if as_json:
        print_json({"act": done.id, "alerts": list(done.changed)})
    else:
        say(f"{counted(len(done.changed), 'alert')} changed back.")


def mark_as_seen(
    alert_ids: AlertsArgument,
    by: Annotated[str, typer.Option("--by", help="Who has seen them: a user's name.")],
    take_back: Annotated[bool, typer.Option("--undo", help="They have not.")] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Mark alerts as seen by one person. The team's state stays: tocsin alerts mark --state seen.

    Example: tocsin alerts seen 7 9 --by leila
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        for number in alert_ids:
            if take_back:
                unsee(session, number, by)
            else:
                see(session, number, by, now=utc_now())
    say(f"{counted(len(alert_ids), 'alert')} marked as {'not ' if take_back else ''}seen by {by}.")
