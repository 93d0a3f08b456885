"""`tocsin report`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated, get_args

import typer

from alerts.review.printing import PrintError
from service.actions.reports import PeriodReport, read_report, report_asked, report_record
from service.actions.reviews import rights_of
from service.actions.triage import checked_zone
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    counted,
    open_database,
    print_json,
    print_table,
)
from service.clock import utc_now
from service.locale import translator
from service.reports.making import print_report
from service.reports.values import ReportFormat
from service.reports.words import days_of, report_view
from storage.language import Spoken, speaking


def report(
    month: Annotated[
        str | None, typer.Argument(help="Such as 2026-10; left out, and no dates: the last whole month.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="The first day, in place of a month: 2026-03-01.")] = None,
    until: Annotated[str | None, typer.Option(help="The last day.")] = None,
    watch: Annotated[
        list[str] | None,
        typer.Option(help="Only this watch list; may be given several times. Left out: all."),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            help="An actor or topic to be compared; may be given several times. Left out: those with the most."
        ),
    ] = None,
    zone: Annotated[str, typer.Option(help="Whose days: Africa/Casablanca.")] = "UTC",
    language: Annotated[Spoken, typer.Option(help="Of the file: en, fr, es or ar.")] = "en",
    form: Annotated[
        ReportFormat | None,
        typer.Option("--format", help="pdf, docx or xlsx. Left out: as the file's ending says."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it to this file.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Report a month in numbers: volume, share of voice, outlets, stories, time to alert, what was dismissed, triage.

    Example: tocsin report 2026-10 --zone Africa/Casablanca --language fr --output report.pdf
    """
    now = utc_now()
    wanted = _format(form, output)
    asked = report_asked(
        month=month,
        since=_day(since, "--since"),
        until=_day(until, "--until"),
        watch_lists=watch or (),
        names=name or (),
        zone=checked_zone(zone),
        now=now,
    )
    with (
        open_database(settings) as (loaded, database),
        speaking(translator(language)),
        database.read() as session,
    ):
        found = read_report(session, asked, rights_of(loaded), now=now)
        view = report_view(found)
    if wanted is None:
        _show(found, as_json=as_json)
        return
    try:
        body = print_report(wanted, view)
    except PrintError as error:
        complain(str(error))
        raise typer.Exit(1) from error
    if output is None:
        sys.stdout.buffer.write(body)
        return
    output.write_bytes(body)
    typer.echo(f"{output}: {counted(len(body), 'byte')}")


def _show(found: PeriodReport, *, as_json: bool) -> None:
    """Print the numbers of the watch lists, or all of them as JSON."""
    if as_json:
        print_json(report_record(found))
        return
    span, before = found.asked.span, found.asked.before
    typer.echo(f"{days_of(span.first, span.last)}, compared with {days_of(before.first, before.last)}")
    print_table(
        ["Watch list", "Articles", "Before", "Alerts", "Before", "Dismissed", "Open", "Overdue"],
        [
            [
                *(one.name, one.articles.now, one.articles.before, one.alerts.now, one.alerts.before),
                *(sum(one.dismissed.values()), one.still_open, one.overdue),
            ]
            for one in found.lists
        ],
        empty="There are no watch lists.",
    )


def _format(form: ReportFormat | None, output: Path | None) -> ReportFormat | None:
    """Return the format that is asked for, else that of the file's ending; None where the numbers are to be printed."""
    if form is not None:
        return form
    if output is None:
        return None
    found: ReportFormat | None = next(
        (each for each in get_args(ReportFormat) if output.suffix.lower() == f".{each}"), None
    )
    if found is None:
        complain(f"{output.name!r}: write to a file that ends in .pdf, .docx or .xlsx, or say --format")
        raise typer.Exit(2)
    return found


def _day(text: str | None, option: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day, such as 2026-03-01", param_hint=option) from None
