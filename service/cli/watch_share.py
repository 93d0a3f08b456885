"""`tocsin watch share`: whose a watch list is, and who else sees and changes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from service.actions.list_access import AccessSettings, access_shown, share
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    print_json,
    provisioned,
    say,
)
from service.cli.watch import NameArgument
from service.clock import utc_now


def register(app: typer.Typer) -> None:
    """Add the command to `tocsin watch`."""
    app.command("share")(share_list)


def share_list(
    name: NameArgument,
    private: Annotated[
        bool | None,
        typer.Option(
            "--private/--team", help="Only its owner, editors and readers see it; or everybody does."
        ),
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", help="Whose it is: a user's name; empty: nobody's.")
    ] = None,
    editor: Annotated[
        list[str] | None,
        typer.Option("--editor", help="Who changes it: a user, or role:editor. May be given again."),
    ] = None,
    reader: Annotated[
        list[str] | None,
        typer.Option("--reader", help="Who sees it: a user, or role:reader. May be given again."),
    ] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Say who sees and changes a watch list, or show it. What is left out stays; `--editor ""` takes all editors away.

    Example: tocsin watch share "Morocco's diplomacy" --private --owner leila --reader hassan
    """
    wanted = AccessSettings(private=private, owner=owner, editors=_names(editor), readers=_names(reader))
    with provisioned(settings) as (_loaded, database), database.write() as session:
        asked = wanted == AccessSettings()
        shown = access_shown(session, name) if asked else share(session, name, wanted, now=utc_now())
    if as_json:
        print_json({key: value for key, value in asdict(shown).items() if key != "may_share"})
        return
    say(
        f"{shown.watch_list}: {'private' if shown.private else 'the team’s'}, owner: {shown.owner or 'nobody'}"
    )
    for words, names in (("editors", shown.editors), ("readers", shown.readers)):
        say(f"{words}: {', '.join(names) or 'none named'}")


def _names(given: list[str] | None) -> list[str] | None:
    return None if given is None else [name for name in given if name]
