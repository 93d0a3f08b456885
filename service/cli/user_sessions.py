"""`tocsin user sessions`, `sign-out` and `reset-factor`: browsers that are signed in, and second factors."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from service.actions.second_factors import reset_factor
from service.actions.sessions import end_session, end_sessions, list_sessions
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    counted,
    open_database,
    print_json,
    print_table,
    say,
)
from service.clock import clock_of


def register(app: typer.Typer) -> None:
    """Add the commands to the group."""
    app.command("sessions")(sessions)
    app.command("sign-out")(sign_out)
    app.command("reset-factor")(reset_second_factor)


def sessions(
    name: Annotated[str | None, typer.Argument(help="Only this user's.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """List the browsers that are signed in, those seen last first.

    Example: tocsin user sessions leila
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = list_sessions(session, which=name, now=clock_of(database)())
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        ["Id", "User", "Signed in (UTC)", "From", "Last seen", "From", "Browser"],
        [
            [one.id, one.user, one.created_at, one.address, one.seen_at, one.seen_from, one.browser]
            for one in found
        ],
        empty="Nobody is signed in.",
    )


def sign_out(
    name: Annotated[str | None, typer.Argument(help="Every browser of this user.")] = None,
    number: Annotated[int | None, typer.Option("--session", help="Only this one.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Sign browsers out: all of a user, or one session.

    Example: tocsin user sign-out leila
    """
    if (name is None) == (number is None):
        raise typer.BadParameter("name a user, or a session by --session", param_hint="NAME")
    with open_database(settings) as (_loaded, database), database.write() as session:
        ended = end_sessions(session, name) if name is not None else 1
        if number is not None:
            end_session(session, number)
    say(f"{counted(ended, 'session')} ended.")


def reset_second_factor(
    name: Annotated[str, typer.Argument(help="The user's name.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Take a user's second factor away, for one whose telephone is lost.

    Example: tocsin user reset-factor leila
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        reset_factor(session, name)
    say(f"{name!r} signs in by the password alone now.")
