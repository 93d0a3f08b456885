"""What the commands share: the settings option, the database, tables and JSON, messages.

What a command may do without is imported in the function that needs it: the workbench answers within a second.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.clock import clock_of
from service.clock import iso as iso

if TYPE_CHECKING:
    from service.settings import Settings
    from storage.engine import Database

SettingsOption = Annotated[
    Path,
    typer.Option("--settings", "-s", help="The settings file.", envvar="TOCSIN_SETTINGS", show_default=True),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DEFAULT_SETTINGS = Path("settings.toml")


def printable(text: str) -> str:
    """Return the text without what a terminal would obey: an outlet may have written it."""
    from alerts.delivery.characters import shown as cleaned

    return cleaned(text)


def complain(message: str) -> None:
    """Print an error to standard error."""
    print(f"tocsin: {printable(message)}", file=sys.stderr)  # noqa: T201  (this is where errors are printed)


def say(message: str) -> None:
    """Print a line of the answer, without control sequences of what outlets wrote."""
    typer.echo(printable(message))


def counted(number: int, noun: str) -> str:
    """Return "1 channel", "2 channels"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def read_settings(path: Path) -> Settings:
    """Return the settings; prints their warnings."""
    from service.settings import load_settings

    settings, warnings = load_settings(path)
    for warning in warnings:
        complain(f"warning: {warning}")
    return settings


@contextmanager
def open_database(path: Path) -> Iterator[tuple[Settings, Database]]:
    """Open the database of the settings, which has the newest revision; an empty one is given its tables."""
    from service.actions.acting import Person, acting_as
    from storage.engine import Database
    from storage.migrate import require_newest

    settings = read_settings(path)
    with Database(settings.storage.address) as database:
        require_newest(database)
        with acting_as(Person(account_name(), "cli")):
            yield settings, database


def account_name() -> str:
    """Return whose account of the machine calls: where sudo lent another, whoever lent it."""
    lender = os.environ.get("SUDO_USER")
    try:
        return lender or getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as containers have
        return f"uid {os.getuid()}"


@contextmanager
def provisioned(path: Path) -> Iterator[tuple[Settings, Database]]:
    """Open the database with what the settings file declares in it."""
    from service.actions.provisioning import provision
    from service.logs import configure_logging

    configure_logging()
    with open_database(path) as (loaded, database):
        clock = clock_of(database)
        with database.write() as session:
            provision(session, loaded, now=clock())
        yield loaded, database


def print_json(value: Any) -> None:  # noqa: ANN401  (anything that JSON can say)
    """Print JSON; times are ISO 8601 in UTC."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_as_text))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print a table that fits the terminal, or a sentence where there is nothing."""
    if not rows:
        typer.echo(empty)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(shown(cell))) for cell in row))
    Console().print(table)


def shown(value: object) -> str:
    """Return a value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    return str(value)


def parse_since(text: str | None, *, now: datetime) -> datetime | None:
    """Read `--since`: a date or time in UTC, or how long ago (12h, 30d). Raises `typer.BadParameter`."""
    from storage.units import parse_duration

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    try:
        return now - parse_duration(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is neither a time, such as 2026-03-01 or 2026-03-01T08:00, nor a duration, such as 12h or 30d",
            param_hint="--since",
        ) from None


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return iso(value) or ""
    raise TypeError(f"no JSON for {type(value).__name__}")
