"""`tocsin alerts export`: CSV that no spreadsheet runs, JSON Lines, XLSX."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.cli.alerts import as_dict
from service.cli.common import (
    DEFAULT_SETTINGS,
    SettingsOption,
    complain,
    counted,
    iso,
    open_database,
    parse_since,
)
from service.clock import utc_now
from storage.stores.alerts.alert_details import FoundAlert, newest_alerts

COLUMNS = (
    *("alert", "watch_list", "story", "created_at", "outlet", "title", "url", "language", "published_at"),
    *("actors", "topics", "mentions", "articles", "outlets"),
)
MAX_CELL = 32_767
"""What a cell of a spreadsheet holds."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


class Form(StrEnum):
    """What may be written."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"


def register(app: typer.Typer) -> None:
    """Adds the command to the group."""
    app.command("export")(export)


def export(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; left out: standard output.")
    ] = None,
    form: Annotated[
        Form | None, typer.Option("--format", help="Left out: by the file's name, else CSV.")
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
    if chosen is Form.XLSX and output is None:
        complain("XLSX is no text: say where to write it with --output alerts.xlsx")
        raise typer.Exit(2)
    made_since = parse_since(since, now=utc_now())
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = newest_alerts(session, limit=limit, watch_list=watch)
    if made_since is not None:
        found = [alert for alert in found if alert.created_at >= made_since]
    match chosen:
        case Form.XLSX:
            assert output is not None  # noqa: S101  (refused above)
            _write_xlsx(output, found)
        case Form.CSV:
            _write(output, csv_text(found))
        case Form.JSONL:
            _write(output, "".join(f"{json.dumps(as_dict(alert), ensure_ascii=False)}\n" for alert in found))
    if output is not None:
        typer.echo(f"{counted(len(found), 'alert')} in {output}")


def csv_text(alerts: Iterable[FoundAlert]) -> str:
    """Gives the alerts as CSV (RFC 4180). No cell begins as a formula does: such a one has an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in rows(alerts))
    return text.getvalue()


def harmless(cell: object) -> object:
    """Gives a cell that a spreadsheet shows and does not run (OWASP, "CSV Injection")."""
    if not isinstance(cell, str):
        return cell
    text = _CONTROLS.sub(" ", cell)
    return f"'{text}" if text.lstrip()[:1] in {"=", "+", "-", "@", "＝", "＋", "－", "＠"} else text


def rows(alerts: Iterable[FoundAlert]) -> Iterator[list[object]]:
    """Gives a row for each alert, in the order of `COLUMNS`; of its articles, the one that raised it."""
    for alert in alerts:
        first = alert.articles[0] if alert.articles else None
        mentions = [mention for article in alert.articles for mention in article.mentions]
        names = {
            kind: "; ".join(dict.fromkeys(m.name for m in mentions if m.kind == kind))
            for kind in ("actor", "topic")
        }
        yield [
            alert.id,
            alert.watch_list,
            alert.story_id,
            iso(alert.created_at),
            first.outlet if first else "",
            first.title if first else "",
            first.url if first else "",
            first.language or "" if first else "",
            iso(first.published_at) or "" if first else "",
            names["actor"],
            names["topic"],
            len(mentions),
            len(alert.articles),
            "; ".join(dict.fromkeys(article.outlet for article in alert.articles)),
        ]


def _by_name(output: Path | None) -> Form:
    suffix = output.suffix.lower().lstrip(".") if output is not None else ""
    return Form(suffix) if suffix in set(Form) else Form.CSV


def _write(output: Path | None, text: str) -> None:
    data = text.encode("utf-8", "replace")
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    # The mark at the beginning is what makes spreadsheets read UTF-8, Arabic included.
    output.write_bytes((b"\xef\xbb\xbf" if text.startswith(COLUMNS[0]) else b"") + data)


def _write_xlsx(output: Path, alerts: Sequence[FoundAlert]) -> None:
    from xlsxwriter import Workbook  # a tenth of a second that only those should wait for who use it

    with Workbook(str(output), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Alerts")
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows(alerts), start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, place, cell)
                else:
                    sheet.write_string(number, place, _CONTROLS.sub(" ", str(cell))[:MAX_CELL])
        sheet.autofilter(0, 0, max(len(alerts), 1), len(COLUMNS) - 1)
