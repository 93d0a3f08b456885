"""`tocsin init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.actions.checkup import write_starter_settings
from service.cli.common import DEFAULT_SETTINGS, say


def init(
    path: Annotated[
        Path, typer.Argument(help="The file to write; it must not exist yet.")
    ] = DEFAULT_SETTINGS,
) -> None:
    """Write a commented settings file to begin with: sample outlets, a watch list, alerts printed where the service runs.

    Example: tocsin init /etc/tocsin/settings.toml
    """
    write_starter_settings(path)
    given = "" if path == DEFAULT_SETTINGS else f" --settings {path}"
    say(f"{path} is written. Edit it, then: tocsin check{given} && tocsin run{given}")
