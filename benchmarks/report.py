"""What the benchmarks' command lines share: `--json`, and figures as one JSON object or as a list for people."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def options(about: str | None, *, rounds: int | None = None) -> argparse.ArgumentParser:
    """Return a parser with what every benchmark has; `about` is its module's docstring."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    if rounds is not None:
        parser.add_argument("--rounds", type=int, default=rounds, help="medians are over so many rounds")
    return parser


def report(figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the figures."""
    if as_json:
        print(json.dumps(figures))
        return
    table = Table("figure", "measured", box=None)
    for name, value in _rows(figures):
        table.add_row(name, value)
    Console(highlight=False).print(table)


def _rows(figures: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _rows(value, f"{above}{name} · ")
        else:
            yield f"{above}{name}", _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
