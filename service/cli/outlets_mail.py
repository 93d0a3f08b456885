"""`tocsin outlets recipients`."""

from __future__ import annotations

import typer

from service.actions.recipients import own_addresses
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    print_json,
    print_table,
    provisioned,
)
from service.clock import utc_now


def register(app: typer.Typer) -> None:
    """Add the command to the outlets' group."""
    app.command("recipients")(recipients)


def recipients(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """List the addresses of our own to which newsletters are sent: one for each source of the kind mail with "to".

    Example: tocsin outlets recipients --json
    """
    with provisioned(settings) as (loaded, database), database.write() as session:
        found = own_addresses(session, loaded.inbound.domain, now=utc_now())
    if as_json:
        print_json([{"outlet": each.outlet, "name": each.name, "address": each.address} for each in found])
        return
    print_table(
        ["Outlet", "Source", "Address"],
        [[each.outlet, each.name, each.address] for each in found],
        empty='No addresses. Set [inbound] listen and domain, and give an outlet the source { kind = "mail", to = "NAME" }',
    )
