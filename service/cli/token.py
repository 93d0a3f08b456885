"""`tocsin token` and `tocsin user`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from service.actions.tokens import make_token, revoke_token
from service.actions.users import change_role, invite, remove, renew_link
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
from service.settings import Settings
from storage.stores.people.tokens import all_tokens
from storage.stores.people.users import all_users

tokens = typer.Typer(help="Tokens for the API.", no_args_is_help=True)
users = typer.Typer(help="Who may sign in to the page.", no_args_is_help=True)


class RoleName(StrEnum):
    """The roles to choose from."""

    READER = "reader"
    EDITOR = "editor"
    ADMIN = "admin"


class ScopeName(StrEnum):
    """The scopes to choose from."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


@tokens.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[
        list[ScopeName] | None, typer.Option(help="What it may do; may be given again. Left out: read.")
    ] = None,
    user: Annotated[
        str,
        typer.Option(help="Whose it is: it sees the watch lists that they see. Left out: the team's alone."),
    ] = "",
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="It ends after so many days.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Make a token. It is printed this once; only its hash is kept.

    Example: tocsin token add grafana --scope read --days 365
    """
    scopes = [item.value for item in scope or [ScopeName.READ]]
    with _editing(settings) as (_loaded, session):
        token, secret = make_token(session, name, scopes, user=user, now=utc_now(), days=days)
        facts = {
            "name": token.name,
            "scopes": token.scopes,
            "user": token.user,
            "expires_at": iso(token.expires_at),
            "token": secret,
        }
    if as_json:
        print_json(facts)
        return
    say(secret)
    complain(f"it may {', '.join(scopes)}; it is not shown again")


@tokens.command("list")
def list_tokens(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """List the tokens, newest first.

    Example: tocsin token list
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        rows = all_tokens(session)
    _show(
        as_json,
        [
            {
                "name": row.name,
                "start": row.start,
                "scopes": row.scopes,
                "user": row.user,
                "created_at": iso(row.created_at),
                "expires_at": iso(row.expires_at),
                "last_used_at": iso(row.last_used_at),
                "revoked_at": iso(row.revoked_at),
            }
            for row in rows
        ],
        ["Name", "Begins", "Scopes", "Whose", "Made (UTC)", "Last used", "Ends", "Revoked"],
        [
            [r.name, r.start, r.scopes, r.user, r.created_at, r.last_used_at, r.expires_at, r.revoked_at]
            for r in rows
        ],
        empty="No tokens. Make one: tocsin token add NAME",
    )


@tokens.command("revoke")
def end_token(
    name: Annotated[str, typer.Argument(help="The token's name.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """End a token at once.

    Example: tocsin token revoke grafana
    """
    with _editing(settings) as (_loaded, session):
        revoke_token(session, name, now=utc_now())
    say(f"Revoked {name!r}.")


@users.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[RoleName, typer.Option(help="What they may do.")] = RoleName.READER,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Add a user, and print a one-time link to set the password (good for 24 hours).

    Example: tocsin user add leila --role editor
    """
    with _editing(settings) as (loaded, session):
        path = invite(session, name, role.value, now=utc_now())
    say(page_url(loaded, path))


@users.command("reset")
def reset_user(
    name: Annotated[str, typer.Argument(help="The user's name.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Print a one-time link to set another password; the old one works until then.

    Example: tocsin user reset leila
    """
    with _editing(settings) as (loaded, session):
        _name, path = renew_link(session, name, now=utc_now())
    say(page_url(loaded, path))


@users.command("role")
def role_of_user(
    name: Annotated[str, typer.Argument(help="The user's name.")],
    role: Annotated[RoleName, typer.Argument(help="What they may do from now on.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Give a user another role.

    Example: tocsin user role leila admin
    """
    with _editing(settings) as (_loaded, session):
        change_role(session, name, role.value)
    say(f"{name!r} is {role.value} now.")


@users.command("remove")
def remove_user(
    name: Annotated[str, typer.Argument(help="The user's name.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Remove a user; every browser signed in as them is signed out.

    Example: tocsin user remove leila
    """
    with _editing(settings) as (_loaded, session):
        remove(session, name)
    say(f"Removed {name!r}.")


@users.command("list")
def list_users(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """List the users.

    Example: tocsin user list
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        rows = all_users(session)
    _show(
        as_json,
        [
            {
                "name": row.name,
                "role": row.role.value,
                "has_password": row.has_password,
                "last_sign_in_at": iso(row.last_sign_in_at),
                "origin": row.origin,
                "has_factor": row.has_factor,
            }
            for row in rows
        ],
        ["Name", "Role", "Password", "Signed in last (UTC)"],
        [[r.name, r.role.value, r.has_password, r.last_sign_in_at] for r in rows],
        empty="No users. The service prints a link for the first at its start; or: tocsin user add NAME --role admin",
    )


def page_url(settings: Settings, path: str) -> str:
    """Return the address of a page, as it is reached on this machine."""
    return f"http://{settings.web.listen}{path}"


@contextmanager
def _editing(path: Path) -> Iterator[tuple[Settings, Session]]:
    """Return the settings and a session that is kept unless something is refused."""
    with open_database(path) as (settings, database), database.write() as session:
        yield settings, session


def _show(
    as_json: bool,
    items: Sequence[dict[str, object]],
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    empty: str,
) -> None:
    """Print a list: the items as JSON, or the rows as a table."""
    if as_json:
        print_json(list(items))
    else:
        print_table(headings, rows, empty=empty)
