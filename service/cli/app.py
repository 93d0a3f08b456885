"""The application and its entry point: what goes wrong as expected is one clear message and an exit code, never a traceback."""

from __future__ import annotations

import sys
from importlib.metadata import version

import typer
from sqlalchemy.exc import SQLAlchemyError

from alerts.errors import AlertsError
from crawler.errors import CrawlerError
from service.cli import (
    alerts,
    backfilling,
    channels,
    database,
    deliveries,
    exporting,
    health,
    outlets,
    outlets_find,
    running,
    searching,
    silence,
    token,
    trying,
    watch,
    watch_edit,
    watch_try,
)
from service.cli.common import complain
from service.settings import SettingsError
from storage.errors import StorageError

app = typer.Typer(
    name="tocsin",
    help="Self-hosted news monitoring: polls outlets' feeds, matches tracked actors and topics, sends alerts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)
running.register(app)
backfilling.register(app)
searching.register(app)
health.register(outlets.app)
outlets_find.register(outlets.app)
app.add_typer(outlets.app, name="outlets")
watch_edit.register(watch.app)
watch_try.register(watch.app)
app.add_typer(watch.app, name="watch")
exporting.register(alerts.app)
app.add_typer(alerts.app, name="alerts")
app.add_typer(channels.app, name="channels")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(silence.app, name="silence")
app.add_typer(database.app, name="db")
app.add_typer(trying.app, name="try")
app.add_typer(token.tokens, name="token")
app.add_typer(token.users, name="user")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tocsin {version('tocsin')}")
        raise typer.Exit


@app.callback()
def root(
    _version: bool = typer.Option(
        False, "--version", help="Show the version.", callback=_show_version, is_eager=True
    ),
) -> None:
    """Self-hosted news monitoring: polls outlets' feeds, matches tracked actors and topics, sends alerts."""


def main() -> None:
    """Runs the command line. Exit code 0: done, 1: failed, 2: the call or the settings are wrong."""
    try:
        app()
    except SettingsError as error:
        for problem in error.problems:
            complain(f"{problem.where}: {problem.message}")
        count = len(error.problems)
        complain(f"{count} mistake{'s' if count > 1 else ''} in the settings; nothing was started.")
        sys.exit(2)
    except (StorageError, AlertsError, CrawlerError, OSError) as error:
        complain(str(error))
        sys.exit(1)
    except SQLAlchemyError as error:
        complain(f"the database can't be used: {str(error).splitlines()[0]}")
        sys.exit(1)
