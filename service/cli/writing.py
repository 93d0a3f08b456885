"""Lists written to files, for all commands that can: the format is the file's ending."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from service.actions.views import View, ViewFormat, written
from service.cli.common import complain, counted

OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Write what was asked for to this file: .csv, .xlsx, .json, or .html to print."
    ),
]


def format_of(output: Path) -> ViewFormat:
    """Return the format that a file's name says; end with a message where it says none."""
    suffix = output.suffix.lower().lstrip(".")
    if suffix not in set(ViewFormat):
        complain(f"{output.name!r}: write to a file that ends in .csv, .xlsx, .json or .html")
        raise typer.Exit(2)
    return ViewFormat(suffix)


def write_view(view: View, wanted: ViewFormat, output: Path, *, now: datetime) -> None:
    """Write a list to a file, and say so."""
    output.write_bytes(written(view, wanted, now=now))
    typer.echo(f"{counted(len(view.rows), 'row')} in {output}")
