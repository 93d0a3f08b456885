"""`tocsin alerts export`: CSV that no spreadsheet runs, JSON Lines, XLSX."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.actions.exports import ExportFormat, alerts_to_export, exported
from service.actions.spreadsheets import MARK
from service.cli.common import (
    DEFAULT_SETTINGS,
    SettingsOption,
    complain,
    counted,
    open_database,
    parse_since,
)
from service.clock import utc_now


def register(app: typer.Typer) -> None:
    """Add the command to the group."""
    app.command("export")(export)


def export(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; left out: standard output.")
    ] = None,
    form: Annotated[
        ExportFormat | None, typer.Option("--format", help="Left out: by the file's name, else CSV.")
    ] = None,
    watch: Annotated[str | None, typer.Option(help="Only this watch list.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Only alerts made since: a time (UTC), or within 12h or 30d.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 10_000,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Export alerts, newest first: a row each in CSV and XLSX, everything in JSON Lines.

    Example: tocsin alerts export --watch "Sanctions" --since 2026-03-01 --output alerts.xlsx
    """
    chosen = form or _by_name(output)
    if chosen is ExportFormat.XLSX and output is None:
        complain("XLSX is not text: say where to write it with --output alerts.xlsx")
        raise typer.Exit(2)
    made_since = parse_since(since, now=utc_now())
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = alerts_to_export(session, watch_list=watch, since=made_since, limit=limit)
    data = exported(found, chosen)
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    output.write_bytes((MARK if chosen is ExportFormat.CSV else b"") + data)
    typer.echo(f"{counted(len(found), 'alert')} in {output}")


def _by_name(output: Path | None) -> ExportFormat:
    suffix = output.suffix.lower().lstrip(".") if output is not None else ""
    return ExportFormat(suffix) if suffix in set(ExportFormat) else ExportFormat.CSV
