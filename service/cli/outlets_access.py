"""`tocsin outlets access`: how an outlet is reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from service.actions.outlet_access import access_shown, read_access_table, set_access, set_browser
from service.actions.sources import toml_value
from service.cli.common import DEFAULT_SETTINGS, JsonOption, SettingsOption, print_json, provisioned, say
from service.cli.outlets import NameArgument

ASKED = "?"
"""In place of a secret: it is asked for, so that no shell remembers it."""


def register(app: typer.Typer) -> None:
    """Add the command to `tocsin outlets`."""
    app.command("access")(access)
    app.command("browser")(browser)


def access(
    name: NameArgument,
    table: Annotated[
        str | None,
        typer.Argument(
            help="What holds from now on, as the settings file has it; *** keeps a secret, ? asks for it; {}: nothing."
        ),
    ] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Show or set an outlet's own headers, cookies, certificates, password or login.

    Example: tocsin outlets access "Example Gazette" '{ basic = { user = "desk", password = "?" } }'
    """
    with provisioned(settings) as (_loaded, database):
        if table is None:
            with database.read() as session:
                shown = access_shown(session, name)
        else:
            wanted = _asked_for(read_access_table(table))
            with database.write() as session:
                shown = set_access(session, name, wanted, files_in=None)
    if as_json:
        print_json(shown)
    else:
        say(toml_value(shown) if shown else f"{name!r} has no access of its own.")


def browser(
    name: NameArgument,
    on: Annotated[bool, typer.Option("--on/--off", help="Whether its pages are opened in a browser.")] = True,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Open an outlet's pages in a browser, because their text needs JavaScript; the rest of its access stays.

    Example: tocsin outlets browser "Example Gazette"
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        set_browser(session, name, on=on)
    say(f"The browser of {name!r} is {'on' if on else 'off'}.")


def _asked_for(table: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """Return a table with what is typed in the places of `?`."""
    return {
        name: _asked_for(value, f"{where}{name}.")
        if isinstance(value, Mapping)
        else typer.prompt(f"{where}{name}", hide_input=True)
        if value == ASKED
        else value
        for name, value in table.items()
    }
