"""`tocsin subscription`: which lists' alerts come to a user, where and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import Session

from service.actions.channel_edits import OPERATOR
from service.actions.subscriptions import (
    OwnSubscription,
    SubscriptionSettings,
    change_subscription,
    end_subscription,
    every_subscription,
    own_subscriptions,
    pause_subscription,
    resume_subscription,
    subscribe,
)
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    print_json,
    print_table,
    provisioned,
    say,
)
from service.clock import utc_now

app = typer.Typer(help="Alerts that users have sent to themselves.", no_args_is_help=True)

ToOption = Annotated[str | None, typer.Option("--to", help="The e-mail address.")]
ListOption = Annotated[
    list[str] | None, typer.Option("--list", help="A watch list that the user sees. May be given again.")
]
SendOption = Annotated[str | None, typer.Option("--send", help="immediate, hourly, 08:00 Africa/Casablanca.")]
QuietOption = Annotated[
    str | None, typer.Option("--quiet", help="Quiet hours: 22:00-07:00 Africa/Casablanca.")
]
ZoneOption = Annotated[str | None, typer.Option("--zone", help="Time zone of the messages.")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="Language of the messages.")]
ScoreOption = Annotated[float | None, typer.Option("--min-score", help="Only alerts of this relevance.")]
NumberArgument = Annotated[int, typer.Argument(help="Its number: tocsin subscription list")]


@app.command("list")
def show(
    user: Annotated[str, typer.Argument(help="A user's name; left out: everybody's.")] = "",
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """List subscriptions.

    Example: tocsin subscription list leila
    """
    with provisioned(settings) as (_loaded, database), database.read() as session:
        found = own_subscriptions(session, user) if user else every_subscription(session)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    print_table(
        ["Number", "User", "To", "Sent", "Lists", "State"],
        [[one.id, one.user, one.goes_to, one.send, ", ".join(one.lists), _state(one)] for one in found],
        empty="No subscriptions. Users make them on their page; or: tocsin subscription add NAME --to ADDRESS --list LIST",
    )


@app.command("add")
def add(
    user: Annotated[str, typer.Argument(help="The user's name.")],
    to: ToOption = None,
    watch_list: ListOption = None,
    send: SendOption = None,
    quiet: QuietOption = None,
    zone: ZoneOption = None,
    language: LanguageOption = None,
    min_score: ScoreOption = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Send a user the alerts of lists.

    Example: tocsin subscription add leila --to leila@press.example --list "Energy" --send "08:00 Africa/Casablanca" --language fr
    """
    keys = _keys(to, send, quiet, zone, language)
    wanted = SubscriptionSettings(keys=keys, lists=watch_list or [], min_score=min_score)
    with provisioned(settings) as (_loaded, database), database.write() as session:
        made = subscribe(session, wanted, which=user, asker=OPERATOR, now=utc_now())
    _print(made, as_json=as_json)


@app.command("change")
def change(
    number: NumberArgument,
    to: ToOption = None,
    watch_list: ListOption = None,
    send: SendOption = None,
    quiet: QuietOption = None,
    zone: ZoneOption = None,
    language: LanguageOption = None,
    min_score: ScoreOption = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Change a subscription; what is left out stays, and an empty text takes a value away.

    Example: tocsin subscription change 4 --send immediate --quiet "22:00-07:00 Africa/Casablanca"
    """
    keys = _keys(to, send, quiet, zone, language)
    wanted = SubscriptionSettings(keys=keys, lists=watch_list, min_score=min_score)
    with provisioned(settings) as (_loaded, database), database.write() as session:
        made = change_subscription(session, number, wanted, asker=OPERATOR, now=utc_now())
    _print(made, as_json=as_json)


@app.command("pause")
def pause(number: NumberArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Send nothing until it is resumed; what comes meanwhile waits.

    Example: tocsin subscription pause 4
    """
    _done(settings, pause_subscription, number, "Paused")


@app.command("resume")
def resume(number: NumberArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Send again, and what waited.

    Example: tocsin subscription resume 4
    """
    _done(settings, resume_subscription, number, "Resumed")


@app.command("end")
def end(number: NumberArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """End a subscription; what waits of it is not sent.

    Example: tocsin subscription end 4
    """
    _done(settings, partial(end_subscription, now=utc_now()), number, "Ended")


def _done(settings: Path, action: Callable[[Session, int], object], number: int, word: str) -> None:
    with provisioned(settings) as (_loaded, database), database.write() as session:
        action(session, number)
    say(f"{word} subscription {number}.")


def _keys(
    to: str | None, send: str | None, quiet: str | None, zone: str | None, language: str | None
) -> dict[str, Any]:
    several: Callable[[str], list[str]] = lambda text: [text] if text else []  # noqa: E731
    keys: dict[str, Any] = {"send": send, "zone": zone, "language": language}
    keys |= {"to": None if to is None else several(to), "quiet": None if quiet is None else several(quiet)}
    return {key: value for key, value in keys.items() if value is not None}


def _print(made: OwnSubscription, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(made))
        return
    say(f"Subscription {made.id} of {made.user}: {made.goes_to}, {made.send}; {', '.join(made.lists)}")


def _state(one: OwnSubscription) -> str:
    return "off" if one.troubled else "paused" if one.paused else "active"
