"""The application and its entry point."""

from __future__ import annotations

from importlib.metadata import version

import typer

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
from service.cli.errors import Commands, errors_in_words

app = typer.Typer(
    name="tocsin",
    cls=Commands,
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
    with errors_in_words():
        app()
