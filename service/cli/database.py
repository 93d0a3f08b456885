"""`tocsin db`."""

from __future__ import annotations

import typer

from service.cli.common import DEFAULT_SETTINGS, SettingsOption, read_settings, say
from storage.engine import Database
from storage.migrate import upgrade as upgrade_database

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The database."""


@app.command("upgrade")
def upgrade(settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Bring the database to the newest revision (the service does so itself at its start).

    Example: tocsin db upgrade
    """
    loaded = read_settings(settings)
    with Database(loaded.storage.url) as database:
        before, after = upgrade_database(database)
    url = database.url.render_as_string(hide_password=True)
    say(f"{url} is at revision {after}." if before == after else f"{url}: {before or 'empty'} -> {after}.")
