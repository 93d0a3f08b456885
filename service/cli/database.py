"""`tocsin db`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    open_database,
    print_json,
    print_table,
    read_settings,
    say,
)
from storage.backup import backup as copy_database
from storage.engine import Database
from storage.migrate import upgrade as upgrade_database
from storage.queries.stats import rows_by_table, size_bytes

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


@app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; it must not exist yet.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Copy a SQLite database while the service works. To restore it: stop the service, put the file in the database's place.

    Example: tocsin db backup /var/backups/tocsin-monday.db
    """
    loaded = read_settings(settings)
    with Database(loaded.storage.url) as database:
        size = copy_database(database, file)
    say(f"{file}: {size / 1e6:,.1f} MB, checked.")


@app.command("stats")
def stats(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """Show how much is stored.

    Example: tocsin db stats
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        rows, size = rows_by_table(session), size_bytes(session)
    if as_json:
        print_json({"bytes": size, "rows": rows})
        return
    say(f"{size / 1e6:,.1f} MB")
    print_table(["Table", "Rows"], [[name, f"{count:,}"] for name, count in sorted(rows.items())], empty="")
