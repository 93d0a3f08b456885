"""`tocsin db`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from service.actions.database import (
    back_up,
    copy_database,
    seal_secrets,
    statistics,
    upgrade_database,
    write_key,
)
from service.actions.database import prune as prune_database
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    counted,
    open_database,
    print_json,
    print_table,
    read_settings,
    say,
)
from service.clock import utc_now
from service.logs import configure_logging
from service.upkeep import upkeep_options

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The database."""


@app.command("upgrade")
def upgrade(settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Bring the database to the newest revision (the service does so itself at its start).

    Example: tocsin db upgrade
    """
    done = upgrade_database(read_settings(settings).storage.address)
    if done.before == done.after:
        say(f"{done.url} is at revision {done.after}.")
    else:
        say(f"{done.url}: {done.before or 'empty'} -> {done.after}.")


@app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; it must not exist yet.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Copy the database into a SQLite file while the service works.

    To restore it: stop the service and put the file in the database's place; or, with PostgreSQL, make an empty database and
    "tocsin db copy" the file into it.

    Example: tocsin db backup /var/backups/tocsin-monday.db
    """
    size = back_up(read_settings(settings).storage.address, file)
    say(f"{file}: {size / 1e6:,.1f} MB, checked.")


@app.command("key")
def key(file: Annotated[Path, typer.Argument(help="Where to; it must not exist yet.")]) -> None:
    """Write a new key, by which secrets are sealed in the database, into a file that its owner alone may read.

    Name it in the settings as [storage] key_file and start the service: from then on no secret is stored open. Keep it apart from
    backups of the database, and keep a copy of it: without it the secrets are lost.

    Example: tocsin db key /etc/tocsin/key
    """
    write_key(file)
    say(f"{file}: a new key, which its owner alone may read.")


@app.command("seal")
def seal(settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Seal all secrets in the database again, with the first key of [storage] key_file.

    To change the key, put a new one in the file's first line, restart the services, seal again, and take the old line out.

    Example: tocsin db seal
    """
    with open_database(settings) as (_loaded, database):
        sealed = seal_secrets(database)
    say(f"{counted(sealed, 'secret')} sealed.")


@app.command("prune")
def prune(
    settings: SettingsOption = DEFAULT_SETTINGS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is too old.")] = False,
    vacuum: Annotated[
        bool,
        typer.Option("--vacuum", help="Then write the database anew, so that the disk has its space back."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete what [storage] keep_articles, keep_alerts and max_size no longer keep (the service does so itself every hour).

    Example: tocsin db prune --dry-run
    """
    configure_logging()
    with open_database(settings) as (loaded, database):
        options = upkeep_options(loaded)
        if not options.prunes:
            complain("nothing is set to be deleted: see [storage] keep_articles, keep_alerts and max_size")
        pruned = asyncio.run(prune_database(database, options, clock=utc_now, dry_run=dry_run, vacuum=vacuum))
    if as_json:
        print_json(asdict(pruned))
        return
    what = "would be deleted by age" if dry_run else "deleted"
    say(f"{pruned.articles:,} articles and {pruned.alerts:,} alerts {what}.")


@app.command("copy")
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The URL of the database as it is.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The URL of one that is empty.")],
    as_json: JsonOption = False,
) -> None:
    """Copy a whole database into an empty one: from SQLite to PostgreSQL, or back. Stop the service first.

    Every table is counted and compared; where anything differs, nothing is kept.

    Example: tocsin db copy sqlite:///tocsin.db postgresql://tocsin@localhost/tocsin
    """
    copied = copy_database(source, target)
    if as_json:
        print_json([asdict(table) for table in copied.tables])
        return
    print_table(
        ["Table", "Rows", "Checksum"], [[t.name, f"{t.rows:,}", t.checksum] for t in copied.tables], empty=""
    )
    say(
        f"{sum(t.rows for t in copied.tables):,} rows, all the same in {copied.url}. Name it in settings.toml: [storage] url."
    )


@app.command("stats")
def stats(settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False) -> None:
    """Show how much is stored.

    Example: tocsin db stats
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = statistics(session)
    if as_json:
        print_json(asdict(found))
        return
    say(f"{found.bytes / 1e6:,.1f} MB, of which {found.used_bytes / 1e6:,.1f} MB are used")
    if found.oldest_article is not None:
        say(f"Articles found from {found.oldest_article:%Y-%m-%d} to {found.newest_article:%Y-%m-%d}")
    print_table(
        ["Table", "Rows"], [[name, f"{count:,}"] for name, count in sorted(found.rows.items())], empty=""
    )
