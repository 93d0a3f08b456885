"""`tocsin trends`."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.actions.charting import BYS, asked_of, chart_view, read_chart
from service.actions.pictures import png_of
from service.actions.triage import checked_zone
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    open_database,
    print_json,
    print_table,
)
from service.cli.writing import format_of, write_view
from service.clock import utc_now

By = StrEnum("By", {each.upper(): each for each in BYS})  # type: ignore[misc]
NAMES = By("name")


def trends(
    by: Annotated[By, typer.Option(help="What is compared.")] = NAMES,
    name: Annotated[
        list[str] | None,
        typer.Option(help="Which; may be given several times. Left out: those with the most."),
    ] = None,
    watch: Annotated[str | None, typer.Option(help="Only this watch list.")] = None,
    days: Annotated[int, typer.Option(min=1, help="So many, where --since or --until is left out.")] = 30,
    since: Annotated[str | None, typer.Option(help="The first day: 2026-03-01.")] = None,
    until: Annotated[str | None, typer.Option(help="The last day.")] = None,
    zone: Annotated[str, typer.Option(help="Whose days: Africa/Casablanca.")] = "UTC",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write to this file: .csv, .xlsx, .json, .html to print; .svg or .png."
        ),
    ] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Compare how many articles names, lists, outlets, countries, languages or types of outlets have a day.

    Example: tocsin trends --by country --since 2026-03-01 --zone Africa/Casablanca --output countries.png
    """
    now = utc_now()
    asked = asked_of(
        by.value,
        names=name or (),
        watch_list=watch,
        days=days,
        since=_day(since, "--since"),
        until=_day(until, "--until"),
        zone=checked_zone(zone),
        now=now,
    )
    suffix = "" if output is None else output.suffix.lower()
    written = None if output is None or suffix in (".svg", ".png") else format_of(output)
    with open_database(settings) as (_loaded, database), database.read() as session:
        chart = read_chart(session, asked)
    if output is not None and written is not None:
        write_view(chart_view(chart), written, output, now=now)
    elif output is not None:
        svg = chart.svg()
        output.write_bytes(png_of(svg) if suffix == ".png" else svg.encode("utf-8", "replace"))
        typer.echo(f"A chart in {output}")
    elif as_json:
        view = chart_view(chart)
        print_json([dict(zip(view.columns, row, strict=True)) for row in view.rows])
    else:
        print_table(
            ["Name", "Watch list", "Articles", "Share"],
            [[one.label, one.key.watch_list, one.articles, f"{one.share:.0%}"] for one in chart.series],
            empty="Nothing was counted in this time.",
        )


def _day(text: str | None, option: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day, such as 2026-03-01", param_hint=option) from None
